"""A sheet becomes a mail: text complete in itself, HTML with the same content, and the headers of an automatic mail.

    message = compose(sheet, kind=NoticeKind.ALERT, sender=..., reader=..., message_id=..., at=..., references=(...))

The same input gives the same bytes: no clock, no random boundary, no image to load.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from alerts.sheet import Sheet
from models.letters import NoticeKind

OWN_ALERT_HEADER = "X-Gonequiet-Alert"
_WIDTH = 72
_TOGETHER = re.compile(r"(\d) (?=(?:h|d|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|%)")  # as in "62 %", "3 Nov"
_STUCK = "\N{NO-BREAK SPACE}"
# Marks that turn the direction of what follows: a name must not turn the sentence around it.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F))


def compose(
    sheet: Sheet,
    *,
    kind: NoticeKind,
    sender: str,
    reader: str,
    message_id: str,
    at: datetime,
    references: Sequence[str] = (),
) -> EmailMessage:
    """The mail to one reader. `references` are earlier Message-IDs of the same episode, oldest first."""
    message = EmailMessage()
    message["From"] = Address("Gonequiet", addr_spec=sender)
    message["To"] = reader
    message["Subject"] = " ".join(sheet.subject.translate(_TURNING).split())
    message["Date"] = at
    message["Message-ID"] = message_id
    if references:
        message["In-Reply-To"] = references[-1]
        message["References"] = " ".join(references)
    domain = sender.rpartition("@")[2]
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Id"] = f"Gonequiet alerts <alerts.gonequiet.{domain}>"
    if sheet.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{sheet.unsubscribe}>"
        if sheet.unsubscribe.startswith("http"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message[OWN_ALERT_HEADER] = kind.value
    message.set_content(text_of(sheet), cte="quoted-printable")
    message.add_alternative(html_of(sheet), subtype="html", cte="quoted-printable")
    digest = hashlib.blake2b(message_id.encode(), digest_size=12).hexdigest()
    message.set_boundary(f"gonequiet-{digest}")
    # The folder of headers would turn a long address in List-Unsubscribe into encoded words, which nobody reads.
    message.policy = message.policy.clone(max_line_length=900)
    return message


def text_of(sheet: Sheet) -> str:
    """The mail as plain text, wrapped for a terminal."""
    text = _environment().get_template("mail.txt.j2").render(sheet=sheet).translate(_TURNING)
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    # Mail programs know the footer by its blank: they set it apart, and leave it out of replies.
    return "\n".join(kept).strip().replace("\n--\n", "\n-- \n") + "\n"


def brief_of(sheet: Sheet) -> str:
    """What a chat room is told: the first sentence, our side, one next step, and where the rest is."""
    ours = [line for section in sheet.sections[:1] for line in section.lines]
    step = [f"{sheet.step_title}: {sheet.step[0]}"] if sheet.step else []
    links = [f"{button.label}: {button.url or button.command}" for button in sheet.buttons if button.label == "Details"]
    return "\n".join((sheet.lead, *ours, *step, *links)).translate(_TURNING) + "\n"


def html_of(sheet: Sheet) -> str:
    """The mail as one HTML page without scripts, images or anything to load."""
    page = _environment().get_template("mail.html.j2").render(sheet=sheet).translate(_TURNING)
    return "\n".join(line.strip() for line in page.splitlines() if line.strip()) + "\n"


def _wrap(text: str, first: str = "", rest: str | None = None) -> str:
    """Wrapped to the width of a terminal; `first` and `rest` stand before the first line and the others."""
    indent = " " * len(first) if rest is None else rest
    lines = textwrap.fill(
        _TOGETHER.sub(rf"\1{_STUCK}", text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.replace(_STUCK, " ")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["wrapped"] = _wrap
    return made
