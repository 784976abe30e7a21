"""HTML as the words a reader sees, for services that hand out a mail's parts already decoded."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "head", "title"})
_NEW_LINE = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table", "ul", "ol"})
_BLANKS = re.compile(r"\n{3,}")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        if tag in _NEW_LINE:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.words.append(" ".join(data.split()) + " ")


def text_from_html(html: str) -> str:
    """The visible words, a line a block; "" for markup that cannot be read. Never fails."""
    reader = _Words()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, RecursionError, ValueError):
        return ""
    return _BLANKS.sub("\n\n", "".join(reader.words)).strip().replace("\0", "")
