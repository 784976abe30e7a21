"""HTML bodies as they are handed on: source that says what it is.

Only the tone's cleaner (metrics/tone/html_text.py) makes words of it, since it must see which containers a client
marked as quoted: whoever takes the tags off first loses that.
"""

from __future__ import annotations

from collections.abc import Sequence


def html_source(parts: Sequence[str]) -> str:
    """The HTML parts of a mail as one source that begins with its <html> tag: nobody takes it for plain text."""
    source = "\n".join(parts).replace("\0", "").lstrip("\ufeff \t\r\n")
    return source if source[:14].lower().startswith(("<html", "<!doctype html")) else f"<html>{source}"
