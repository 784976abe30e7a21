"""Analysers: a text goes in, a tone between -1 and 1 comes out, each behind the same small interface.

"textblob-learned" (the default) is TextBlob's sentiment engine, with its negation, filled with words learned from
public work messages. "textblob-stock" is TextBlob as it comes, the baseline every release must beat. Scores of two
analysers, or of two versions of one, never meet in one trend.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, Protocol

from textblob import Blobber
from textblob._text import Sentiment as Engine  # its public instance has one lexicon: ours needs its own
from textblob.base import CONTINUOUS, BaseSentimentAnalyzer
from textblob.en import sentiment as stock

from metrics.tone import sentences
from metrics.tone.versions import DEFAULT, NAMES, STOCK, version_of

NEGATIVE_BELOW = -0.05
POSITIVE_ABOVE = 0.05

# Where the two channels turn, on the engine's scale; found on four labelled corpora (docs/tone.md, "The scale").
_MEAN_SHARE = 0.3
_NEGATIVE_CUT = -0.085
_LENGTH = 0.15  # a long text gathers more against it by chance alone: its sum is worth less by this power
_PRAISE_CUT = 0.13
_PRAISE_FROM = -0.03  # praise counts only where nothing speaks for "negative"


@dataclass(frozen=True, slots=True)
class Assessed:
    """One sentence and why it scored so: its value on the engine's scale, and (words, weight) pairs."""

    sentence: str
    value: float
    words: tuple[tuple[str, float], ...]


class Analyser(Protocol):
    """Anything that scores prose."""

    @property
    def name(self) -> str:
        """How the setting names it."""

    @property
    def version(self) -> str:
        """Name and what its scores depend on; scores of different versions are never compared."""

    def score(self, pieces: Sequence[str]) -> float:
        """The tone of these sentences together, -1..1, low = negative; 0 for none."""

    def assess(self, sentence: str) -> Assessed:
        """One sentence, and the words that made its value. For the eyes of one run, never stored."""


class _Filled(Engine):  # type: ignore[misc]
    """TextBlob's engine with a lexicon of its own that is there from the start.

    The engine asks at each word whether its file has been read; half of its time goes there.
    """

    __contains__ = dict.__contains__
    __getitem__ = dict.__getitem__

    def sum_of(self, found: Sequence[str]) -> float:
        """The assessments of these words added up, negation and all."""
        return float(sum(entry[1] for entry in self.assessments([(word, None) for word in found])))


@cache
def _stock_words() -> _Filled:
    stock.load()
    engine = _Filled()
    dict.update(engine, {word: senses for word, senses in dict.items(stock) if None in senses})
    return engine


def subjectivity(pieces: Sequence[str]) -> float:
    """How personal rather than factual the wording is, 0..1, by TextBlob's stock lexicon; a hint, no more."""
    found = [word for piece in pieces for word in sentences.words(piece)]
    return float(_stock_words()(found)[1])


class Sentiment(NamedTuple):
    """What TextBlob's `.sentiment` gives."""

    polarity: float
    subjectivity: float


class WorkTone(BaseSentimentAnalyzer):  # type: ignore[misc]
    """TextBlob's engine filled with the learned lexicon, as TextBlob's own analyser interface wants it.

    Two channels of one vocabulary: how much a word speaks against "negative", and how much for "positive".
    """

    kind = CONTINUOUS
    RETURN_TYPE = Sentiment

    def __init__(self, table: str | None = None) -> None:
        """`table`: the text of a lexicon; None = the one that ships."""
        super().__init__()
        against, positive = _Filled(), _Filled()
        shipped = files("metrics.tone") / "lexicon.tsv"
        for line in (shipped.read_text(encoding="utf-8") if table is None else table).splitlines():
            if line.startswith("#"):
                continue
            word, low, high = line.split("\t")
            # Straight into the dictionary: the engine's annotate would build each entry twice.
            dict.__setitem__(against, word, {None: (float(low), 0.0, 1.0)})
            dict.__setitem__(positive, word, {None: (float(high), 0.0, 1.0)})
        self._against, self._positive = against, positive

    def against(self, found: Sequence[str]) -> float:
        """How much the words of a sentence speak against "negative": their sum over the root of their number."""
        return self._against.sum_of(found) / math.sqrt(max(4, len(found)))

    def praise(self, found: Sequence[str]) -> float:
        """How much they speak for "positive"."""
        return self._positive.sum_of(found) / math.sqrt(max(4, len(found)))

    def tone(self, pieces: Sequence[str]) -> float:
        """All sentences as one score, -1..1.

        What is negative is told by the first channel alone; what is left is neutral unless the second speaks up.
        """
        split = [found for piece in pieces if (found := sentences.words(piece))]
        if not split:
            return 0.0
        against = pooled([self.against(found) for found in split])
        if against < 0:
            against /= len(split) ** _LENGTH
        gap = against - _NEGATIVE_CUT
        if gap < 0:
            return NEGATIVE_BELOW + (1 + NEGATIVE_BELOW) * math.tanh(gap / 0.15)
        if against < 0:
            neutral = NEGATIVE_BELOW * against / _NEGATIVE_CUT
        else:  # 0 is a text that speaks neither way
            neutral = POSITIVE_ABOVE * (1 - math.exp(-against / 0.03))
        if against <= _PRAISE_FROM:
            return neutral
        praise = -pooled([-self.praise(found) for found in split])
        unspoilt = math.tanh((against - _PRAISE_FROM) / 0.05)
        return neutral + 0.9 * unspoilt * max(0.0, math.tanh((praise - _PRAISE_CUT) / 0.15))

    def why(self, sentence: str) -> list[tuple[str, float]]:
        """The engine's assessments against "negative": words with their modifiers, and weights."""
        found = self._against.assessments([(word, None) for word in sentences.words(sentence)])
        return [(" ".join(entry[0]), float(entry[1])) for entry in found]

    def analyze(self, text: str, keep_assessments: bool = False) -> Any:
        """TextBlob's hook: polarity is the tone of the whole text, subjectivity is the stock lexicon's."""
        pieces = sentences.sentences(sentences.prose(text))
        return self.RETURN_TYPE(self.tone(pieces), subjectivity(pieces))


def pooled(values: Sequence[float]) -> float:
    """Many sentences as one value: the negative ones together, over the root of their number, and a share of the mean.

    Added pleasantries can hardly outweigh one angry sentence; 0 for none.
    """
    if not values:
        return 0.0
    below = sum(value for value in values if value < 0)
    return below / math.sqrt(len(values)) + _MEAN_SHARE * sum(values) / len(values)


class LearnedTone:
    """The default: WorkTone behind TextBlob's Blobber."""

    name = DEFAULT
    version = version_of(DEFAULT)

    def __init__(self, table: str | None = None) -> None:
        """`table`: the text of a lexicon; None = the one that ships."""
        self._tone = WorkTone(table)
        self.blobber = Blobber(analyzer=self._tone)

    def score(self, pieces: Sequence[str]) -> float:
        """The tone of these sentences, -1..1; below -0.05 negative, above 0.05 positive."""
        return self._tone.tone(pieces)

    def assess(self, sentence: str) -> Assessed:
        """The sentence's value against "negative", and the words behind it."""
        value = self._tone.against(sentences.words(sentence))
        return Assessed(sentence, value, tuple(self._tone.why(sentence)))


class StockTextBlob:
    """TextBlob as it comes: PatternAnalyzer's polarity of the whole text."""

    name = STOCK
    version = version_of(STOCK)

    def score(self, pieces: Sequence[str]) -> float:
        """TextBlob's polarity, -1..1."""
        return float(stock(" ".join(pieces))[0])

    def assess(self, sentence: str) -> Assessed:
        """TextBlob's polarity of the sentence, and its assessments."""
        found = stock(sentence).assessments
        words = tuple((" ".join(entry[0]), float(entry[1])) for entry in found)
        return Assessed(sentence, float(stock(sentence)[0]), words)


_MADE: dict[str, type[LearnedTone] | type[StockTextBlob]] = {DEFAULT: LearnedTone, STOCK: StockTextBlob}


def analyser(name: str = DEFAULT) -> Analyser:
    """The analyser of this name ("default" is the default's), its lexicon read once a process; KeyError if unknown."""
    return _once(NAMES[name])


@cache
def _once(name: str) -> Analyser:
    return _MADE[name]()
