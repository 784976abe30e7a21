"""The tone step: texts of partner mail are scored in memory while a page is pulled; numbers are kept, text is not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flows.share_scoring import SharedScoring
from models.directory import Directory
from models.records import Message, MessageClass, Side
from models.settings import Settings
from models.store.store import Store
from models.store.tones import Toned

if TYPE_CHECKING:
    from metrics.tone.analysers import Analyser
    from metrics.tone.scoring import Verdict

log = logging.getLogger(__name__)

APPRECIATION, CRITICISM, DISTRESS = 1, 2, 4


def scorer(store: Store, settings: Settings) -> Callable[[Sequence[Message]], None]:
    """A function that scores the mails of a page and keeps their tone. Mail with no partner is not looked at.

    Nothing is loaded before the first text comes: an account of the headers tier pays nothing.
    """
    ready: list[tuple[SharedScoring, Directory]] = []

    def score(messages: Sequence[Message]) -> None:
        if not ready:
            ready.append((SharedScoring(chosen(settings)), store.partners.directory(settings.us)))
        scoring, directory = ready[0]
        scored = [message for message in messages if message.text is not None and is_scored(message, directory)]
        verdicts = scoring.verdicts([message.text or "" for message in scored])
        rows = [_row(message, verdict) for message, verdict in zip(scored, verdicts, strict=True)]
        store.tones.save(rows)
        log.info("tone: %d of %d mails scored", sum(row.score is not None for row in rows), len(rows))

    return score


def chosen(settings: Settings) -> Analyser:
    """The analyser of the settings, which know its name."""
    from metrics.tone.analysers import analyser  # noqa: PLC0415  loads TextBlob

    return analyser(settings.tone.analyser)


def is_scored(message: Message, directory: Directory) -> bool:
    """Whether a mail's tone is about us and a partner: a human wrote it, one side to the other."""
    if message.message_class is not MessageClass.HUMAN or message.sender is None:
        return False
    side = directory.side(message.sender.address)
    if side is Side.PARTNER:
        return True
    readers = (*message.to, *message.cc, *message.bcc)
    return side is Side.US and any(directory.side(person.address) is Side.PARTNER for person in readers)


def _row(message: Message, verdict: Verdict) -> Toned:
    wording = verdict.wording
    return Toned(
        uid=message.uid,
        analyser=verdict.analyser,
        score=verdict.score,
        subjectivity=verdict.subjectivity,
        n_words=verdict.n_words,
        language=verdict.language,
        reason=verdict.reason,
        wording=APPRECIATION * wording.appreciation + CRITICISM * wording.criticism + DISTRESS * wording.distress,
    )
