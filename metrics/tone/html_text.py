"""The visible text of an HTML mail, without the parts its client marked as quoted.

One pass of the standard library's parser with bounded depth. Knows the containers of Gmail, Outlook (desktop, web,
mobile), Windows Mail, Apple Mail, Thunderbird, Yahoo, Proton and mail.ru; header blocks that are mere text are left
to the rules for plain text.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_TAG = re.compile(
    r"<(?:!doctype\s+html|html|head|body|div|p|br|table|span|blockquote|style|meta|font|b|ul|ol|h[1-6])\b[^<>]{0,400}>",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"</(?:html|body|div|p|table|span|blockquote|font|b|ul|ol|style|h[1-6])\s*>|<br\s*/?>", re.IGNORECASE
)

_BLOCKS = frozenset(
    "p div li tr table h1 h2 h3 h4 h5 h6 blockquote pre ul ol dl dt dd section article header footer hr".split()
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_HIDDEN = frozenset("script style head title".split())
_QUOTED_CLASSES = frozenset(
    """gmail_attr moz-cite-prefix moz-forward-container OutlookMessageHeader yahoo_quoted protonmail_quote
    zmail_extra tutanota_quote gmail_extra_quote AppleMailQuote WordSection1_quoted""".split()
)
_QUOTED_IDS = frozenset("divRplyFwdMsg appendonsend mail-editor-reference-message-container".split())
_REST_IDS = frozenset("divRplyFwdMsg appendonsend stopSpelling mail-editor-reference-message-container".split())
_SIGNATURE_CLASSES = frozenset("gmail_signature moz-signature protonmail_signature_block".split())
_BORDER = re.compile(
    r"border(?:-top)?\s*:\s*(?:none\s*;\s*border-top\s*:\s*)?(?:solid\s+#(?:b5c4df|e1e1e1)|1(?:\.0)?p[tx]\s+solid\s*#?(?:b5c4df|e1e1e1))"
    r"|border-top:\s*(?:solid\s+#(?:b5c4df|e1e1e1)|#(?:b5c4df|e1e1e1)\s+1(?:\.0)?p[tx]\s+solid|1(?:\.0)?p[tx]\s+solid\s+#(?:b5c4df|e1e1e1))"
    r"|border-top-color:\s*(?:rgb\(229,\s*229,\s*229\)|#e5e5e5)",
    re.IGNORECASE,
)
_DEPTH_LIMIT = 200
_RULE = "________________________________"


def looks_like_html(text: str) -> bool:
    """Whether this is HTML source rather than plain text that mentions a tag."""
    head = text[:4000].lstrip("\ufeff \t\r\n")
    if not head.startswith("<"):
        return (
            bool(re.search(r"<(?:html|body|blockquote)\b", head, re.IGNORECASE))
            and len(_CLOSING.findall(text[:20_000])) >= 2
        )
    return _TAG.search(head[:2000]) is not None and (
        _CLOSING.search(text[:20_000]) is not None or re.match(r"<!doctype|<html", head, re.IGNORECASE) is not None
    )


def without_quotes(html: str) -> str:
    """The visible text outside quoted containers, one line a block; signatures marked as such are left out."""
    reader = _Reader()
    try:
        reader.feed(_without_comments(html))
        reader.close()
    except (AssertionError, ValueError):  # the parser's own word for markup it cannot follow: keep what it read
        pass
    return reader.text()


def _without_comments(html: str) -> str:
    """No comments: the parser takes quadratic time over thousands that never end."""
    pieces: list[str] = []
    at = 0
    while (start := html.find("<!--", at)) >= 0:
        pieces.append(html[at:start])
        end = html.find("-->", start + 4)
        if end < 0:
            return "".join(pieces) + html[start:].replace("<!--", " ")
        at = end + 3
    return "".join(pieces) + html[at:]


class _Reader(HTMLParser):
    """Collects lines; counts how many quoted, signature or hidden containers are open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, bool]] = []  # tag, and whether it shuts the text off
        self._shut = 0
        self._ended = False
        self._pieces: list[str] = []
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens a container, or breaks the line."""
        if self._ended:
            return
        if tag in _BLOCKS or tag == "br":
            self._pieces.append("\n")
        values = {name: value or "" for name, value in attrs}
        if not self._shut and self._ends_here(tag, values):
            self._ended = True
            return
        if tag == "hr" and not self._shut:
            self._pieces.append(f"{_RULE}\n")
        if tag in _VOID or len(self._open) >= _DEPTH_LIMIT:
            return
        shuts = tag in _HIDDEN or tag == "blockquote" or self._is_shut(values)
        self._open.append((tag, shuts))
        self._shut += shuts

    def handle_endtag(self, tag: str) -> None:
        """Closes the nearest container of this name, and what was left open in it."""
        if self._ended:
            return
        if tag in _BLOCKS:
            self._pieces.append("\n")
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] == tag:
                self._shut -= sum(shuts for _, shuts in self._open[index:])
                del self._open[index:]
                break

    def handle_data(self, data: str) -> None:
        """Visible text, kept where nothing shuts it off."""
        if not self._shut and not self._ended:
            self._pieces.append(" ".join(data.split("\n")) if data.strip() else " ")

    @staticmethod
    def _ends_here(tag: str, values: dict[str, str]) -> bool:
        # From here down everything is the mail that is answered: these clients never let one type below it.
        return values.get("id", "") in _REST_IDS or (
            tag in ("div", "td", "table") and _BORDER.search(values.get("style", "")[:600]) is not None
        )

    @staticmethod
    def _is_shut(values: dict[str, str]) -> bool:
        classes = values.get("class", "").split()
        return (
            any(name in _QUOTED_CLASSES or name in _SIGNATURE_CLASSES for name in classes)
            or values.get("id", "") in _QUOTED_IDS
            or "data-signatureblock" in values
        )

    def text(self) -> str:
        """The lines read, white space folded, no more than one blank line in a row."""
        lines: list[str] = []
        for line in "".join(self._pieces).split("\n"):
            folded = " ".join(line.split())
            if folded or (lines and lines[-1]):
                lines.append(folded)
        while lines and lines[-1] in ("", _RULE):  # drawn above a quote that is already left out
            lines.pop()
        return "\n".join(lines).strip()
