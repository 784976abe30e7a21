"""TextBlob's engine with our words in it."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textblob import TextBlob
from textblob._text import Sentiment

from metrics.tone.analysers import NEGATIVE_BELOW, POSITIVE_ABOVE, LearnedTone, WorkTone, analyser, pooled
from metrics.tone.sentences import SHOUT, prose, sentences, words
from metrics.tone.versions import LEXICON, stamp, version_of


def test_the_private_engine_still_negates_as_the_lexicon_expects() -> None:
    engine = Sentiment()
    engine.annotate("good", None, 0.8, 0.0, 1.0)

    assert [entry[1] for entry in engine.assessments([("good", None)])] == [0.8]
    assert [entry[1] for entry in engine.assessments([("not", None), ("good", None)])] == [-0.4]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("This is terrible, nobody answered us and the delivery failed again.", "negative"),
        ("Your code is a horrible mess and I am really annoyed.", "negative"),
        ("The meeting is on Tuesday at ten in room four.", "neutral"),
        ("Excellent work, I love the new design, thanks a lot!", "positive"),
    ],
)
def test_plain_cases_fall_where_anybody_would_put_them(text: str, kind: str) -> None:
    score = analyser().score(sentences(prose(text)))

    found = "negative" if score < NEGATIVE_BELOW else "positive" if score > POSITIVE_ABOVE else "neutral"
    assert found == kind


def test_negation_turns_a_word_around() -> None:
    assert analyser().score(["It is not good."]) < analyser().score(["It is good."])


def test_the_blob_says_what_the_analyser_says() -> None:
    text = "This is terrible, nobody answered us and the delivery failed again."
    tone = LearnedTone()

    assert tone.blobber(text).sentiment.polarity == tone.score(sentences(prose(text)))


def test_one_angry_sentence_is_not_outweighed_by_pleasantries() -> None:
    angry = ["This is a terrible and useless answer."]
    kind = ["The weather is lovely here.", "We had a wonderful summer.", "The team is happy."]

    assert analyser().score([*kind, *angry]) < NEGATIVE_BELOW


def test_stock_textblob_is_there_under_its_own_name_and_differs() -> None:
    text = "Nobody answered us and the delivery failed again."

    assert analyser("textblob-stock").score([text]) == TextBlob(text).sentiment.polarity
    assert analyser("textblob-stock").score([text]) != analyser().score([text])
    assert analyser("default") is analyser()


def test_the_lexicon_says_its_version_training_sets_and_licence() -> None:
    head = [line for line in (files("metrics.tone") / "lexicon.tsv").read_text().splitlines() if line.startswith("#")]

    assert f"version {LEXICON};" in head[1]
    assert "github, stackoverflow, vader_tweets, vader_amazon, vader_nyt, polite_wiki, polite_se" in head[2]
    assert "Apache-2.0" in head[3]


def test_two_analysers_have_two_stamps() -> None:
    assert stamp("textblob-stock") != stamp("default")
    assert stamp("default").startswith(version_of("textblob-learned"))


def test_each_assessment_is_shown_with_its_words() -> None:
    assessed = analyser().assess("This is not good.")

    assert ("not good", assessed.words[-1][1]) == assessed.words[-1]
    assert assessed.words[-1][1] < 0


def test_words_split_negations_and_note_shouting() -> None:
    assert words("I don't KNOW, cannot say :(") == ["i", "do", "n't", "know", SHOUT, "can", "not", "say", "(sorry)"]


def test_code_links_and_quotes_are_not_prose() -> None:
    text = "See `terrible()` at https://bad.example/awful\n> horrible\nFine by me."

    assert words(prose(text)) == ["see", "at", "fine", "by", "me"]


@given(st.lists(st.floats(-1, 1), max_size=20))
def test_a_worse_sentence_never_makes_a_text_better(values: list[float]) -> None:
    if values:
        assert pooled([min(values[0], -0.5), *values[1:]]) <= pooled([max(values[0], -0.5), *values[1:]]) + 1e-9


@given(st.text(max_size=200))
def test_any_text_scores_between_minus_one_and_one(text: str) -> None:
    assert -1 <= WorkTone().tone([text]) <= 1 if len(text) < 3 else -1 <= analyser().score([text]) <= 1
