"""The freshly written part of a mail: what its author typed, without what they quoted or forwarded.

Greeting, sign-off and signature stay (see furniture for those). Own rules first, since every library misses
Outlook's and Gmail's headers in several languages; then email-reply-extractor, which knows wrapped quotes and
pasted threads. Time is linear in the size; what lies beyond LIMIT characters is not read.
"""

from __future__ import annotations

import re

from email_reply_extractor import EXTRACTION_VERSION as _LIBRARY_VERSION
from email_reply_extractor import extract_new_text

from metrics.tone.html_text import looks_like_html, without_quotes
from metrics.tone.quote_headers import (
    attribution_end,
    header_block_end,
    is_divider,
    is_rule,
    label_role,
    named_attribution,
    notes_header_start,
)

LIMIT = 200_000
_HTML_LIMIT = 400_000  # a client's styles alone may take a hundred thousand
_LIBRARY_LIMIT = 60_000  # the library's parent search is quadratic in odd mails: spare it the giants

VERSION = f"2.{_LIBRARY_VERSION}"
"""Changes whenever the same mail could give another text."""

_LABELLED = 200  # lines like "To:" that are looked at as the head of a block: a mail with more is no mail

_BLANK_RUN = re.compile(r"\n(?:[ \t]*\n){2,}")
_ESCAPED = re.compile(r"=(?:20|09)")
_MARKED = re.compile(r"^\s{0,3}(?:>|\|\s|[A-Za-z]{1,3}>|:\s)")
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x00AD))
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")


def fresh_text(body: str, html: str | None = None) -> str:
    """What the author of this mail wrote themselves; "" where they wrote nothing.

    `body` is the decoded text/plain part, or HTML (recognised as such); `html` the text/html part where there is
    one: it is used when the plain part is empty.
    """
    if not body.strip() and html:
        body = html
    body = without_quotes(body[:_HTML_LIMIT]) if looks_like_html(body) else body
    body = body[:LIMIT]
    text = "\n".join(_without_quoted(_cut(_normal_lines(body)))).strip()
    if text and len(text) <= _LIBRARY_LIMIT:
        text = extract_new_text(text).text.strip()
    return _BLANK_RUN.sub("\n\n", text)


def _normal_lines(body: str) -> list[str]:
    body = body.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)
    return _SPACES.sub(" ", body).split("\n")


def _cut(written: list[str]) -> list[str]:
    """The lines above the first header block, divider or attribution that opens an unmarked quote."""
    # A body that some archive never decoded still shows its headers once the escapes are read as blanks.
    lines = [_ESCAPED.sub(" ", line) for line in written] if sum(map(_escaped, written)) > 2 else written
    index = looked = 0
    kept: list[str] = []
    while index < len(lines):
        line = written[index]
        if not line.strip():
            kept.append(line)
            index += 1
            continue
        if _MARKED.match(line) and line.lstrip()[0] == ">":
            kept.append(line)
            index += 1
            continue
        line = lines[index]
        if is_divider(line):
            return kept
        if is_rule(line) and _block_follows(lines, index + 1):
            return kept
        labelled = looked < _LABELLED and label_role(line) is not None
        looked += labelled
        if labelled and header_block_end(lines, index) is not None:
            start = notes_header_start(lines, index)
            return kept[: len(kept) - (index - start)] if start < index else kept
        end = attribution_end(lines, index)
        if end is not None:
            if not _quote_follows(lines, end):
                return kept
            index = end
            continue
        if named_attribution(line) and _quote_follows(lines, index + 1, near=2):
            index += 1
            continue
        kept.append(written[index])
        index += 1
    return kept


def _escaped(line: str) -> bool:
    return line.endswith("=20") or line.startswith("=09")


def _block_follows(lines: list[str], start: int) -> bool:
    for index in range(start, min(start + 3, len(lines))):
        if lines[index].strip():
            return (label_role(lines[index]) is not None and header_block_end(lines, index) is not None) or is_divider(
                lines[index]
            )
    return False


def _quote_follows(lines: list[str], start: int, near: int = 4) -> bool:
    """Whether the next written line is marked as a quote."""
    for line in lines[start : start + near]:
        if line.strip():
            return _MARKED.match(line) is not None
    return False


def _without_quoted(lines: list[str]) -> list[str]:
    """Lines without marked quotes, nor the fragments that wrapping broke off them."""
    # A few old clients mark with a colon; believed only where a header stands behind the mark.
    colon = sum(line.startswith(": ") and label_role(line[2:]) is not None for line in lines) > 1
    kept: list[str] = []
    after_quote = False
    for index, line in enumerate(lines):
        if line.lstrip().startswith(">") or (colon and line.startswith(":")):
            after_quote = True
            continue
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if after_quote and line.strip() and following.lstrip().startswith(">") and _broken_off(lines[index - 1], line):
            continue
        after_quote = False
        kept.append(line)
    return kept


def _broken_off(quoted: str, line: str) -> bool:
    return len(quoted) > 55 and len(line) < 40
