"""Who a header names: people with lower-case addresses, from whatever real mail writes there.

A strict pattern reads the ordinary case; anything else goes to the standard library, so odd mail costs time, not
correctness.
"""

from __future__ import annotations

import binascii
import re

from models.records import Person

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_SPEC = rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
# An @ too: Outlook writes 'ana@example.org' <ana@example.org>, which the standard library takes for two mailboxes.
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]+"
# One mailbox and what ends it: "Name" <a@b>, Name <a@b>, <a@b> or a@b.
_QUOTED = r'"([^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*)"'
_MAILBOX = re.compile(rf"[ \t]*(?:(?:{_QUOTED}|({_WORD}(?: +{_WORD})*))?[ \t]*<({_SPEC})>|({_SPEC}))[ \t]*(?:,|$)")
_ESCAPED = re.compile(r"\\(.)")
_ANY_SPEC = re.compile(rf"(?<![A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]){_SPEC}")  # never from amid a word: linear time
_PLAIN = re.compile(r"[^\s<>()\",:;'\\]+\Z")
_SLOW_LIMIT = 64 * 1024  # beyond this the standard library's reader is not asked
_MEMO_LIMIT = 20_000

# What senders call a charset -> the codec that reads what they really send.
_CODECS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "iso-8859-1": "cp1252",
    "us-ascii": "ascii",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "windows-874": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "x-utf-8": "utf-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}

_memo: dict[str, tuple[Person, ...]] = {}
_mailboxes: dict[str, Person] = {}


def text_of(raw: bytes, charset: str | None) -> str:
    """Bytes as text in the charset their sender named, whatever that is; never fails, never holds a lone surrogate."""
    name = (charset or "").strip().strip("\"'").lower().partition("*")[0]
    for codec in (_CODECS.get(name, name), "utf-8", "cp1252"):
        try:
            text = raw.decode(codec or "utf-8")
        except (LookupError, UnicodeError, ValueError):
            continue
        if not any("\ud800" <= c <= "\udfff" for c in text):
            return text
    return raw.decode("latin-1")


def decoded(value: str) -> str:
    """A header value with its encoded words (RFC 2047) read; the value itself where they cannot be."""
    if "=?" not in value:
        return value
    from email.errors import HeaderParseError  # noqa: PLC0415 - slow to load, and much mail never needs it
    from email.header import decode_header  # noqa: PLC0415

    try:
        parts = decode_header(value)
    except (HeaderParseError, binascii.Error, ValueError):
        return value
    words: list[str] = []
    for raw, charset in parts:
        if isinstance(raw, str):
            words.append(raw)
        elif charset is None:  # the standard library's own detour for what stood between the words
            words.append(raw.decode("raw-unicode-escape", "replace") if b"\\u" in raw else raw.decode("latin-1"))
        else:
            words.append(text_of(raw, charset))
    return "".join(words)


def people_of(value: str | None) -> tuple[Person, ...]:
    """Everyone an address header names, in order, each once; () for None, empty groups and what holds no address."""
    if not value:
        return ()
    known = _memo.get(value)
    if known is None:
        known = _read(value)
        if len(_memo) >= _MEMO_LIMIT:  # bounded, or a large archive would fill the memory
            _memo.clear()
        if len(value) < 4096:
            _memo[value] = known
    return known


def first_person(value: str | None) -> Person | None:
    """The first mailbox of a header such as From; None where there is none."""
    people = people_of(value)
    return people[0] if people else None


def plain_address(value: str) -> str | None:
    """The address in "mailto:Ana@Example.org", "<ana@example.org>" or "ana@example.org"; None without one."""
    text = value.strip().removeprefix("mailto:").removeprefix("MAILTO:").removeprefix("Mailto:")
    people = people_of(text)
    return people[0].address if people else None


def _read(value: str) -> tuple[Person, ...]:
    # People come again and again in ever new lists. Cut at commas, each piece has to be a whole mailbox; a comma
    # within quotes or brackets leaves pieces that are none.
    seen: dict[str, Person] = {}
    for piece in value.split(", "):
        person = _mailboxes.get(piece)
        if person is None:
            found = _MAILBOX.fullmatch(piece)
            if found is None or piece.endswith(","):
                return _read_whole(value)
            quoted, phrase, angled, bare = found.groups()
            person = Person(address=(angled or bare).lower(), name=_name(_bare(quoted) or phrase or ""))
            if len(_mailboxes) >= _MEMO_LIMIT:
                _mailboxes.clear()
            _mailboxes[piece] = person
        if person.address not in seen:
            seen[person.address] = person
    return tuple(seen.values())


def _read_whole(value: str) -> tuple[Person, ...]:
    seen: dict[str, Person] = {}
    at, end = 0, len(value)
    while at < end:
        found = _MAILBOX.match(value, at)
        if found is None:
            return _read_slowly(value)
        quoted, phrase, angled, bare = found.groups()
        address = (angled or bare).lower()
        if address not in seen:
            seen[address] = Person(address=address, name=_name(_bare(quoted) or phrase or ""))
        at = found.end()
    return tuple(seen.values())


def _read_slowly(value: str) -> tuple[Person, ...]:
    pairs: list[tuple[str, str]]
    if len(value) > _SLOW_LIMIT:
        pairs = [("", spec) for spec in _ANY_SPEC.findall(value)]
    else:
        try:
            pairs = _standard(value)
        except (RecursionError, IndexError, ValueError):  # nested comments, unbalanced brackets
            pairs = [("", spec) for spec in _ANY_SPEC.findall(value)]
    seen: dict[str, Person] = {}
    for name, spec in pairs:
        address = "".join(spec.split()).lower().rstrip(".")
        if not _PLAIN.match(address):  # an unbalanced quote or bracket swallowed more than the address
            inside = _ANY_SPEC.findall(address)
            address = (inside[-1] if inside else address).strip("'\"")
        local, at, domain = address.rpartition("@")
        if at and local and domain and address not in seen:
            seen[address] = Person(address=address, name=_name(name))
    return tuple(seen.values())


def _standard(value: str) -> list[tuple[str, str]]:
    import email.utils  # noqa: PLC0415 - slow to load

    # Newer patch releases refuse the whole header when one mailbox is odd, unless told not to.
    if getattr(email.utils, "supports_strict_parsing", False):
        return email.utils.getaddresses([value], strict=False)
    return email.utils.getaddresses([value])


def _bare(quoted: str | None) -> str | None:
    """What stands between quotes, without the marks that let odd characters stand there."""
    return _ESCAPED.sub(r"\1", quoted) if quoted and "\\" in quoted else quoted


def _name(raw: str) -> str:
    if "=?" in raw:
        raw = decoded(raw)
    return " ".join(raw.split())
