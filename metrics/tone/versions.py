"""What a score depends on, in one short stamp: analyser, lexicon, words, cleaning. Needs no TextBlob to be told."""

from __future__ import annotations

from metrics.tone import fresh, sentences

DEFAULT = "textblob-learned"
STOCK = "textblob-stock"
NAMES = {"default": DEFAULT, DEFAULT: DEFAULT, STOCK: STOCK}

LEXICON = "2"  # stands in the head of lexicon.tsv too; a test keeps them equal
CLEANING = f"{fresh.VERSION}-2"  # quotes, furniture, language gate

_OWN = {DEFAULT: f"{LEXICON}.{sentences.VERSION}", STOCK: "0.20"}


def version_of(name: str) -> str:
    """The analyser's own version; KeyError for an unknown name."""
    return f"{NAMES[name]} {_OWN[NAMES[name]]}"


def stamp(name: str) -> str:
    """What stands with every score: "textblob-learned 1.1/1.5-1". Scores of two stamps never meet in one trend."""
    return f"{version_of(name)}/{CLEANING}"
