"""Learns the lexicon that the tone analyser ships with, from public work messages whose licence allows it.

    python -m venv /tmp/learn
    /tmp/learn/bin/pip install scikit-learn scipy numpy vaderSentiment textblob
    /tmp/learn/bin/python -m benchmarks.learn_lexicon DATA metrics/tone/lexicon.tsv

DATA holds github, stackoverflow, vader_{tweets,amazon,nyt} and polite_{wiki,se} as NAME.csv.gz (id,text,label,score).
Only these are read. Two logistic regressions (negative against the rest, positive against the rest) over unigrams;
"not good" counts as minus half of "good", just as TextBlob's engine will count it. Each word's weight is the sum of
its own, its stem's, and a share of what TextBlob's and VADER's lexicons and our own list (learn_lexicon_words.py) say
of it, so that a word never met in training has one too. Corpora weigh evenly. The same input gives the same file.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import vaderSentiment
from nltk.stem.porter import PorterStemmer
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from textblob.en import sentiment as textblob_stock

from benchmarks.learn_lexicon_words import HOMONYMS, OWN
from metrics.tone.sentences import GLAD, SORRY, VERSION, prose, sentences, words
from metrics.tone.versions import LEXICON

TRAINING = ("github", "stackoverflow", "vader_tweets", "vader_amazon", "vader_nyt", "polite_wiki", "polite_se")
LICENCES = (
    "github CC0, stackoverflow CC0/MIT, vader_* MIT, polite_* Apache-2.0; priors: TextBlob (MIT/BSD), VADER MIT, own"
)
NEGATIONS = frozenset(("no", "not", "n't", "never"))
SCALE = 14.0  # TextBlob clips a word at +-1
FEWEST = 4  # texts a word or stem must stand in
STRENGTH = 1.5  # inverse of the regularisation, found on four corpora that trained nothing
PRIOR = 4.0  # how much cheaper a prior is than a word of its own
EVEN = 2000.0  # weight of a whole corpus
POLITENESS = 0.8  # rudeness is near negativity, not the same
TOO_WEAK = 0.10  # weights nearer to zero are left out of the file

_stem = PorterStemmer().stem

Text = list[str]  # all words of a text


def main(data: Path, target: Path) -> None:
    """Reads the corpora, learns both channels, writes the file."""
    target.write_text(learned(data), encoding="utf-8")
    print(f"{target}: {target.stat().st_size // 1024} KB")


def learned(data: Path, names: Sequence[str] = TRAINING) -> str:
    """The lexicon's text, learned from these corpora."""
    texts: list[Text] = []
    labels: list[int] = []
    shares: list[float] = []
    for name in names:
        rows = list(_read(data / f"{name}.csv.gz"))
        for text, label, score in rows:
            texts.append(text)
            labels.append(label)
            shares.append(_share(name, len(rows), label, score))
    space = Space(texts)
    design = space.rows(texts, grow=True)
    label = np.array(labels)
    share = np.array(shares)
    channels = []
    for sign, wanted in ((-1.0, label < 0), (1.0, label > 0)):
        model = LogisticRegression(C=STRENGTH, max_iter=500).fit(design, wanted, sample_weight=share)
        channels.append(sign * model.coef_[0])
    return _table(space, channels, names)


def _read(path: Path) -> Iterator[tuple[Text, int, float]]:
    csv.field_size_limit(1 << 30)
    with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            text = [word for sentence in sentences(prose(row["text"])) for word in words(sentence)]
            if text:
                yield text, int(float(row["label"])), float(row["score"])


def _share(name: str, size: int, label: int, score: float) -> float:
    """The weight of one text: corpora even, doubtful ratings less."""
    share = min(EVEN, size) / size
    if name.startswith("polite"):
        share *= POLITENESS
    if name.startswith("vader") and label:
        share *= min(1.0, 0.4 + abs(score) / 1.5)
    return share


class Space:
    """The columns of the design: words, stems and the six priors."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self.seen = Counter(word for text in texts for word in set(text))
        self.stems: Counter[str] = Counter()
        for word, count in self.seen.items():
            if word.isalpha():
                self.stems[_stem(word)] += count
        self.stock = _textblob_words()
        self.rated = _vader_words()
        self.columns: dict[str, int] = {}
        self._parts: dict[str, list[tuple[str, float]]] = {}

    def vocabulary(self) -> list[str]:
        """Every word that can have a weight."""
        known = {word for word, count in self.seen.items() if count >= 2}
        return sorted(known | {word for word in (*self.stock, *self.rated, *OWN) if word.isalpha() and word.isascii()})

    def parts(self, word: str) -> list[tuple[str, float]]:
        """The columns a word feeds, and how strongly."""
        if word not in self._parts:
            found = [(f"word {word}", 1.0)] if self.seen[word] >= FEWEST else []
            if word.isalpha() and self.stems[_stem(word)] >= FEWEST:
                found.append((f"stem {_stem(word)}", 1.0))
            for source, known in (("stock", self.stock), ("rated", self.rated), ("own", OWN)):
                if value := known.get(word, 0.0):
                    found.append((f"{source} {'+' if value > 0 else '-'}", PRIOR * abs(value)))
            self._parts[word] = found
        return self._parts[word]

    def rows(self, texts: Sequence[Text], *, grow: bool) -> sparse.csr_matrix:
        """One row a text: what each column adds to the sum over the root of the length."""
        at: list[int] = []
        column: list[int] = []
        value: list[float] = []
        for row, text in enumerate(texts):
            feeds: dict[str, float] = {}
            negated = False
            for word in text:
                factor = -0.5 if negated else 1.0
                negated = word in NEGATIONS
                for name, strength in self.parts(word):
                    feeds[name] = feeds.get(name, 0.0) + factor * strength
            length = max(4, len(text)) ** 0.5
            for name, amount in feeds.items():
                if grow:
                    self.columns.setdefault(name, len(self.columns))
                if name in self.columns:
                    at.append(row)
                    column.append(self.columns[name])
                    value.append(amount / length)
        return sparse.csr_matrix((value, (at, column)), shape=(len(texts), len(self.columns)))

    def weight(self, word: str, coefficients: np.ndarray) -> float:
        """The sum of what the word's columns have learned."""
        return float(
            sum(
                strength * coefficients[self.columns[name]]
                for name, strength in self.parts(word)
                if name in self.columns
            )
        )


def _textblob_words() -> dict[str, float]:
    textblob_stock.load()
    stock = {word: senses[None][0] for word, senses in dict.items(textblob_stock) if None in senses}
    return {word: value for word, value in stock.items() if abs(value) > 0.05 and word not in HOMONYMS}


def _vader_words() -> dict[str, float]:
    path = Path(vaderSentiment.__file__).parent / "vader_lexicon.txt"
    rated = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, valence = line.split("\t")[:2]
        rated[word.lower()] = float(valence) / 4
    rated[GLAD], rated[SORRY] = 0.5, -0.5
    return {word: value for word, value in rated.items() if word not in HOMONYMS}


def _table(space: Space, channels: Sequence[np.ndarray], names: Sequence[str]) -> str:
    lines = [
        "# Tone lexicon of Gonequiet: word, weight against negative, weight for positive (each of -1..1).",
        f"# version {LEXICON}; words as in metrics/tone/sentences.py version {VERSION}; benchmarks/learn_lexicon.py.",
        f"# trained on: {', '.join(names)}.",
        f"# licences of the training sets: {LICENCES}. This file: Apache-2.0.",
    ]
    for word in space.vocabulary():
        weights = [space.weight(word, coefficients) for coefficients in channels]
        if max(map(abs, weights)) >= TOO_WEAK:
            lines.append("\t".join([word, *(f"{max(-1.0, min(1.0, w / SCALE)):.3f}" for w in weights)]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
