"""Text cut into sentences, and sentences into the words that the lexicons know.

TextBlob's own `.sentences` and `.words` need NLTK data that nobody should have to download; its engine takes any
tokeniser, and this is the one it gets. The lexicon was learned on exactly these words.
"""

from __future__ import annotations

import re

VERSION = "2"
"""Changes whenever the same text could give other words: learned weights fit one version only."""

LIMIT = 20_000  # characters read of one message: a tone is told long before
_SENTENCES = 250

_NOT_PROSE = re.compile(
    r"""```.{0,20000}?(?:```|\Z)          # code blocks and inline code
      |`[^`\n]{1,300}`
      |^[ \t>]*[^\s:]{0,100}[./][^\s:]{1,100}:\d+[.:\d-]*:?[ \t][^\n]*$|^make(?:\[\d+\])?:[^\n]*$   # compilers
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
      |^[ \t]*(?:\[\s*\d+\.\d+\]|\d{1,2}:\d\d:\d\d[.,\d]*\s|[#$][ \t]+\w|[<>]{7}|={7})[^\n]*$   # logs, shells
      |^[ \t]*(?:\w+[ \t]){0,3}\w+[ \t]*=[ \t]*[^=\n]*$   # assignments and other lines of code
      |^[^\n]*[\])"'>=\d];[ \t]*$|^[^\n]*=[^\n]*;[ \t]*$|^[^\n]*(?:[{}\\]|\*/|&&|\|\|)[ \t]*$
      |^[ \t]*(?:/\*|//|\#\s*(?:include|define|if|ifdef|ifndef|endif|else|undef)\b)[^\n]*$
      |^[ \t]*(?:(?:create|delete)\smode|index\s[0-9a-f]{6})[^\n]*$   # what a patch touches
      |^[^\n|]*\|[ \t]+\d+[ \t]+[+-]+$|^[^\n]*\bfiles?\schanged,[^\n]*$
      |\bCODE_?(?:FRAGMENT|TERM|SNIPPET)\w*
      |(?<!\w)_*[a-zA-Z]*(?:[a-z0-9]_+[a-zA-Z0-9]|[A-Z]_+[A-Z0-9]|[a-z][A-Z]|\d[a-zA-Z]|[a-zA-Z]\d)\w*""",  # names
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_SIGNS = re.compile(r"[\d_#$%&*+/<=>@\[\\\]^`{|}~]|(?<=\w):(?=\w)")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "…": "..."})
_BREAK = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Za-z0-9@:;])|\n\s*\n|\n(?=\s*(?:[-*•–]|\d{1,2}[.)])\s)")
# A smiley stands alone: "(see foo):" and "int x[n=]" are no faces, nor is a row of carets under an error.
_GLAD = (
    r"(?<![=<>(\[])(?:[:;]|(?<!\w)=)'?-?(?:\)|(?<!\w[:;])(?:D|[\]pP](?![\w\]])))(?!\w)"
    r"|(?<![\w):])\(:(?![\w(])|(?<![\w<])<3(?![\w>;])|(?<!\^)\^_?\^(?!\^)|\b[xX]D\b"
    r"|[🙂😀😃😄😊😉👍🎉❤🙏😍😂🤣😁👏💯]|:\+1:|:smiley?:|:tada:|:heart:|:wink:"
)
_SORRY = (
    r"(?<![:/)\]}=\"'])(?:[:;]|(?<!\w)=)'?-?(?:\(|(?<!\w[:;])(?:[\[|]|[/\\](?![/\\])))(?![\w/(\[\"'<])|(?<!\w)D:(?!\w)"
    r"|[😞😟😠😡😢😭😕🙁☹👎🤦🙄💩😤🤬]|:-1:|:sob:|:angry:|:confused:|:disappointed:|:rage:"
)
_WORD = re.compile(
    rf"(?P<glad>{_GLAD})|(?P<sorry>{_SORRY})|(?P<word>[a-zA-Z]+(?:'[a-zA-Z]+)?)|(?P<mark>!+|\?[?!]*|\.\.+)"
)
_BARE_NOT = frozenset(
    "dont doesnt didnt isnt wasnt arent werent wont cant couldnt shouldnt wouldnt hasnt havent hadnt aint".split()
)
# Capitals raise the voice only in everyday words: most others are names of things.
_SHOUTED = frozenset(
    """
    about again all always and any anything are because been before but can could did do does doing done ever every
    everyone everything for from get give have how just know like look make more most must need never no nobody none not
    nothing now of one only our out over please really right same should still stop such that the their them then there
    these they thing this time too two us use very want was we well were what when where which who why will with without
    work wrong years yes you your
    """.split()
)
_STEMS = {"wo": "will", "ca": "can", "sha": "shall"}

GLAD = "(glad)"
SORRY = "(sorry)"
SHOUT = "(shout)"


def prose(text: str) -> str:
    """The text without code, addresses, links and mentions, with plain quotation marks; at most LIMIT characters."""
    kept = _NOT_PROSE.sub(" ", text[:LIMIT].replace("\r", "")).translate(_QUOTES)
    return "\n".join(line for line in kept.split("\n") if len(line) < 20 or not _is_output(line))


def _is_output(line: str) -> bool:
    """Whether so much of a line is signs and digits that a machine wrote it."""
    return len(_SIGNS.findall(line)) > 0.15 * len(line)


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
        if word in _SHOUTED and piece.isupper() and len(piece) > 1:
            found.append(SHOUT)


def word_count(text: str) -> int:
    """How many words of two letters or more stand in it, smileys and marks not counted."""
    return len(_COUNTED.findall(text))


_COUNTED = re.compile(r"[^\W\d_]{2,}|\b[aAiI]\b")
