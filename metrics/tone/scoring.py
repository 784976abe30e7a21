"""One message from raw text to a verdict: cleaned, told by language, cut into sentences, scored; or a reason why not.

A verdict holds numbers and flags only. The text goes no further than this call.
"""

from __future__ import annotations

from dataclasses import dataclass

from metrics.tone import fresh, sentences
from metrics.tone.analysers import Analyser, Assessed, subjectivity
from metrics.tone.furniture import is_courtesy, without_furniture
from metrics.tone.language import SCORED, language_of
from metrics.tone.versions import stamp
from metrics.tone.wording import Wording, wording_of

FEWEST_WORDS = 4
_TELLING = 0.15  # weight of a word that says enough by itself in a comment of fewer words

TOO_SHORT = "too short"
NO_FRESH_TEXT = "no fresh text"
ONLY_COURTESY = "only courtesy"
NO_PROSE = "no prose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is kept of a message's tone.

    score         -1..1, low = negative; None where none is given, and `reason` says why
    subjectivity  0 factual .. 1 personal, a hint; None with the score
    n_words       words of the part that was scored
    language      ISO 639 code, "?" if it could not be told
    reason        "" when scored, else "too short", "language: de", "no fresh text", "only courtesy",
                  "no prose" (code, logs, links alone)
    wording       appreciation, criticism, distress: whether such words occur
    analyser      the stamp of what scored it (versions.py)
    """

    score: float | None
    subjectivity: float | None
    n_words: int
    language: str
    reason: str
    wording: Wording
    analyser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What `tone check` shows: the verdict and what led to it. Lives as long as the command."""

    fresh: str
    left_out: tuple[str, ...]
    sentences: tuple[Assessed, ...]
    verdict: Verdict


def judge(text: str, analyser: Analyser, *, whole_mail: bool, html: str | None = None) -> Verdict:
    """The verdict on one message; `whole_mail` first takes off what is quoted, forwarded or mere furniture."""
    written = _written(text, whole_mail=whole_mail, html=html)
    pieces, left_out = _pieces(written, whole_mail=whole_mail)
    return _verdict(text or html or "", written, pieces, left_out, analyser, whole_mail=whole_mail)


def look(text: str, analyser: Analyser, *, whole_mail: bool, html: str | None = None) -> Look:
    """The same verdict with every sentence and word behind it, for the eyes of the person who asks."""
    written = _written(text, whole_mail=whole_mail, html=html)
    pieces, left_out = _pieces(written, whole_mail=whole_mail)
    verdict = _verdict(text or html or "", written, pieces, left_out, analyser, whole_mail=whole_mail)
    assessed = tuple(analyser.assess(piece) for piece in pieces) if verdict.score is not None else ()
    return Look(fresh=written, left_out=tuple(left_out), sentences=assessed, verdict=verdict)


def _written(text: str, *, whole_mail: bool, html: str | None) -> str:
    return without_furniture(fresh.fresh_text(text, html)) if whole_mail else text


def _pieces(written: str, *, whole_mail: bool) -> tuple[list[str], list[str]]:
    """The sentences that count, and the courtesy formulas that do not."""
    found = sentences.sentences(sentences.prose(written))
    meant = [piece for piece in found if not is_courtesy(piece)]
    if not meant and not whole_mail:
        return found, []  # a comment that only says thanks means it; a mail that does is polite
    return meant, [piece for piece in found if is_courtesy(piece)]


def _verdict(
    given: str, written: str, pieces: list[str], left_out: list[str], analyser: Analyser, *, whole_mail: bool
) -> Verdict:
    counted = " ".join(pieces)
    n_words = sentences.word_count(counted)
    language = language_of(written or given)
    reason = _reason(given, written, pieces, n_words, language, polite=bool(left_out))
    if reason == TOO_SHORT and not whole_mail and _is_telling(counted, language, analyser):
        reason = ""
    scored = not reason
    return Verdict(
        score=analyser.score(pieces) if scored else None,
        subjectivity=subjectivity(pieces) if scored else None,
        n_words=n_words,
        language=language,
        reason=reason,
        wording=wording_of(counted) if scored else Wording(),
        analyser=stamp(analyser.name),
    )


def _is_telling(comment: str, language: str, analyser: Analyser) -> bool:
    """Whether a comment of one to three words says how it is meant: "Thanks, Bo!", "Same failure :(".

    One word must weigh much, and half of them be known; all of them where they look like another language, since three
    words are too few to tell it by. A mail of so few words stays unscored.
    """
    if not comment.isascii():
        return False
    found = analyser.assess(comment).words
    known = sum(len(words.split()) for words, _ in found)
    share = 0.5 if language in (*SCORED, "?") else 1.0
    return any(abs(weight) >= _TELLING for _, weight in found) and known >= share * len(sentences.words(comment))


def _reason(given: str, written: str, pieces: list[str], n_words: int, language: str, *, polite: bool) -> str:
    if not written.strip():
        return NO_FRESH_TEXT if given.strip() else TOO_SHORT
    if not pieces and sentences.word_count(written) >= FEWEST_WORDS:
        if not polite:
            return NO_PROSE
        if language in SCORED:
            return ONLY_COURTESY
    # Chinese and Japanese write no spaces: their words are not counted, so the language speaks first.
    if language not in SCORED and (n_words >= FEWEST_WORDS or not written.isascii()):
        return f"language: {language}"
    return TOO_SHORT if n_words < FEWEST_WORDS else ""
