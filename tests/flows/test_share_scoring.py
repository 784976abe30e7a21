"""Scoring by two processes gives what one gives, and goes on alone where the other is gone."""

from __future__ import annotations

import signal
from select import select

import pytest

from flows.share_scoring import WORTH_IT, SharedScoring
from metrics.tone.analysers import Analyser, analyser
from metrics.tone.scoring import judge

TEXTS = [
    f"The delivery number {n} came late and nobody told us, we are {word}."
    for n in range(30)
    for word in ("angry", "glad")
]


def started(with_tone: Analyser) -> SharedScoring:
    """One whose other process is there."""
    shared = SharedScoring(with_tone, processes=2)
    shared.verdicts(TEXTS[:WORTH_IT])
    other = shared._other
    assert other is not None
    select([other.stdout], [], [], 60)
    return shared


@pytest.mark.parametrize("name", ["textblob-learned", "textblob-stock"])
def test_two_processes_give_what_one_gives(name: str) -> None:
    with_tone = analyser(name)
    alone = [judge(text, with_tone, whole_mail=True) for text in TEXTS]
    shared = started(with_tone)

    assert shared.verdicts(TEXTS) == alone
    assert shared._is_there


def test_a_process_that_died_is_not_missed() -> None:
    shared = started(analyser())
    shared.verdicts(TEXTS)
    assert shared._other is not None
    shared._other.send_signal(signal.SIGKILL)
    shared._other.wait()

    found = shared.verdicts(TEXTS)

    assert found == [judge(text, analyser(), whole_mail=True) for text in TEXTS]


def test_few_texts_start_nobody() -> None:
    shared = SharedScoring(analyser(), processes=2)

    assert len(shared.verdicts(TEXTS[: WORTH_IT - 1])) == WORTH_IT - 1
    assert shared._other is None
