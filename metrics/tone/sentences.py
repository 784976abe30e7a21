"""Text cut into sentences, and sentences into the words that the lexicons know.

TextBlob's own `.sentences` and `.words` need NLTK data that nobody should have to download; its engine takes any
tokeniser, and this is the one it gets. The lexicon was learned on exactly these words.
"""

from __future__ import annotations

import re

VERSION = "1"
"""Changes whenever the same text could give other words: learned weights fit one version only."""

LIMIT = 20_000  # characters read of one message: a tone is told long before
_SENTENCES = 250

_NOT_PROSE = re.compile(
    r"""```.{0,20000}?(?:```|\Z)          # code blocks and inline code
      |`[^`\n]{1,300}`
      |</?[a-zA-Z][^<>\n]{0,300}>         # tags
      |\{code[^}\n]{0,40}\}.{0,20000}?(?:\{code\}|\Z)|\{noformat\}.{0,20000}?(?:\{noformat\}|\Z)
      |\b(?:https?://|ftp://|www\.|URL_)[^\s<>]+
      |[^\s<>@]{1,80}@[^\s<>@]{1,80}\.[a-zA-Z]{2,12}
      |(?<!\w)@[\w.-]{1,60}:?             # mentions
      |\b(?:[a-zA-Z_]\w*[._/\\]){2,}\w+   # paths and dotted names
      |\b\w+\([^()\n]{0,80}\)             # calls
      |^[ \t]*(?:>|[|])[^\n]*$            # quoted lines
      |^(?:diff\s--git\s|---\sa/|Index:\s\S+$|@@\s-\d).{0,50000}\Z            # patches
      |^(?:[A-Z][a-z]+(?:-[a-z]+)*-by|Fixes|Link|Cc|Closes|Change-Id):[^\n]*$   # their trailers
      |^[ \t]+at[ ][\w.$<>]+\([^\n]*$      # stack traces
      |\bCODE_?(?:FRAGMENT|TERM|SNIPPET)\w*""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "…": "..."})
_BREAK = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Za-z0-9@:;])|\n\s*\n|\n(?=\s*(?:[-*•–]|\d{1,2}[.)])\s)")
_GLAD = (
    r"[:;=]-?[)D\]pP](?!\w)|(?<!\w)\(:|<3|\^_?\^|\b[xX]D\b|[🙂😀😃😄😊😉👍🎉❤🙏😍😂🤣😁👏💯]"
    r"|:\+1:|:smiley?:|:tada:|:heart:|:wink:"
)
_SORRY = (
    r"(?<![\w:/])[:;=]'?-?(?:[(\[|]|[/\\](?![/\\]))(?![\w/])|\):|\bD:|[😞😟😠😡😢😭😕🙁☹👎🤦🙄💩😤🤬]"
    r"|:-1:|:sob:|:angry:|:confused:|:disappointed:|:rage:"
)
_WORD = re.compile(
    rf"(?P<glad>{_GLAD})|(?P<sorry>{_SORRY})|(?P<word>[a-zA-Z]+(?:'[a-zA-Z]+)?)|(?P<mark>!+|\?[?!]*|\.\.+)"
)
_BARE_NOT = frozenset(
    "dont doesnt didnt isnt wasnt arent werent wont cant couldnt shouldnt wouldnt hasnt havent hadnt aint".split()
)
_STEMS = {"wo": "will", "ca": "can", "sha": "shall"}

GLAD = "(glad)"
SORRY = "(sorry)"
SHOUT = "(shout)"


def prose(text: str) -> str:
    """The text without code, addresses, links and mentions, with plain quotation marks; at most LIMIT characters."""
    return _NOT_PROSE.sub(" ", text[:LIMIT].replace("\r", "")).translate(_QUOTES)


def sentences(text: str) -> list[str]:
    """The sentences of prose, blank ones left out; what is beyond the first 250 is not read."""
    return [piece for piece in _BREAK.split(text) if piece.strip()][:_SENTENCES]


def words(sentence: str) -> list[str]:
    """Lower-case words with "n't" apart, smileys as (glad) and (sorry), "!" "?" "..." as words of their own."""
    found: list[str] = []
    for match in _WORD.finditer(sentence):
        kind, piece = match.lastgroup, match.group()
        if kind == "word":
            _add_word(found, piece)
        elif kind == "glad":
            found.append(GLAD)
        elif kind == "sorry":
            found.append(SORRY)
        elif piece[0] == ".":
            found.append("...")
        else:
            found.append(piece[0])
            if len(piece) > 1:
                found.append(piece[0] * 2)
    return found


def _add_word(found: list[str], piece: str) -> None:
    word = piece.lower()
    if word.endswith("n't") and len(word) > 3:
        found += (_STEMS.get(word[:-3], word[:-3]), "n't")
    elif word == "cannot":
        found += ("can", "not")
    elif word in _BARE_NOT:
        found += (_STEMS.get(word[:-2], word[:-2]), "n't")
    elif "'" in word:
        found.append(word.partition("'")[0])
    else:
        found.append(word)
        if len(word) > 3 and piece.isupper():
            found.append(SHOUT)


def word_count(text: str) -> int:
    """How many words of two letters or more stand in it, smileys and marks not counted."""
    return len(_COUNTED.findall(text))


_COUNTED = re.compile(r"[^\W\d_]{2,}|\b[aAiI]\b")
