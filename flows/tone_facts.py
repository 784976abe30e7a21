"""What is known of a partner's tone, both directions, for `explain`, the page, mails and replay: values, sentences."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from metrics.tone.phrases import belief_sentence, leaning_sentence, trend_sentence, words_sentences
from metrics.tone.section import ToneSection, section_of
from metrics.tone.trend import Leaning, ToneTrend, Words, leaning, tone_trend, words_of
from metrics.tone.versions import stamp
from metrics.tone.yardstick import Yardstick
from models.records import Side
from models.settings import Settings
from models.store.store import Store
from models.store.tones import Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneSummary:
    """One partner's tone.

    theirs, ours   the trend of each direction
    lean           what their tone adds to the confidence in other signals; it never decides alone
    sentences      all of it in words, ready to show
    people         trend of each person of theirs by address; empty unless the setting tone.people allows it
    analyser       the stamp of the scores; others are not in it
    """

    theirs: ToneTrend
    ours: ToneTrend
    their_words: Words
    our_words: Words
    lean: Leaning
    sentences: Sequence[str]
    analyser: str
    people: dict[str, ToneTrend] = field(default_factory=dict)


class ToneReader:
    """Reads summaries of many partners with one yardstick a direction."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._people = settings.tone.people
        self.analyser = stamp(settings.tone.analyser)
        self._scored: dict[Side, tuple[list[datetime], list[float]]] = {}
        self._yardsticks: dict[tuple[Side, datetime], Yardstick | None] = {}

    def summary(self, key: str, *, now: datetime) -> ToneSummary | None:
        """The tone of this partner up to `now`; None where no mail of theirs or ours was ever scored or tried."""
        if not self._is_on:
            return None  # thousands of mails need not be asked one by one
        mails = self._store.tones.of(key, self.analyser)
        if all(mail.reason == "not read" for mail in mails):
            return None
        theirs = [mail for mail in mails if mail.side is Side.PARTNER]
        ours = [mail for mail in mails if mail.side is Side.US]
        their_trend, our_trend = self._trend(theirs, Side.PARTNER, now), self._trend(ours, Side.US, now)
        their_words, our_words = words_of(theirs, now=now), words_of(ours, now=now)
        said = [
            trend_sentence(their_trend, "Their tone"),
            trend_sentence(our_trend, "Our tone to them"),
            *words_sentences(their_words, our_words),
            leaning_sentence(their_trend),
        ]
        return ToneSummary(
            theirs=their_trend,
            ours=our_trend,
            their_words=their_words,
            our_words=our_words,
            lean=leaning(their_trend),
            sentences=tuple(sentence for sentence in said if sentence),
            analyser=self.analyser,
            people=self._by_person(theirs, now) if self._people else {},
        )

    def theirs(self, key: str, *, now: datetime) -> ToneTrend | None:
        """The trend of what this partner writes, up to `now`; None where nothing was ever read."""
        if not self._is_on:
            return None
        mails = [mail for mail in self._store.tones.of(key, self.analyser) if mail.side is Side.PARTNER]
        return None if all(mail.reason == "not read" for mail in mails) else self._trend(mails, Side.PARTNER, now)

    def beliefs(self, keys: Iterable[str], *, now: datetime) -> dict[str, int]:
        """What their tone does to the belief in a warning about each: 1 more, -1 less; the others are not named."""
        found = {key: trend for key in keys if (trend := self.theirs(key, now=now)) is not None}
        worth = {Leaning.RAISES: 1, Leaning.LOWERS: -1}
        return {key: worth[lean] for key, trend in found.items() if (lean := leaning(trend)) in worth}

    def belief_sentence(self, key: str, *, now: datetime) -> str:
        """The same of one partner in words, for the "how sure" of a warning; "" where tone has nothing to add."""
        trend = self.theirs(key, now=now)
        return "" if trend is None else belief_sentence(trend)

    @cached_property
    def _is_on(self) -> bool:
        return self._store.tones.has(self.analyser)

    def _trend(self, mails: Sequence[Heard], side: Side, now: datetime) -> ToneTrend:
        return tone_trend(mails, self._yardstick(side, now), now=now)

    def _yardstick(self, side: Side, now: datetime) -> Yardstick | None:
        if (side, now) not in self._yardsticks:
            if side not in self._scored:
                everyone = self._store.tones.everyone(side, self.analyser)
                self._scored[side] = [at for at, _ in everyone], [score for _, score in everyone]
            moments, scores = self._scored[side]
            self._yardsticks[side, now] = Yardstick.of(scores[: bisect_right(moments, now)])
        return self._yardsticks[side, now]

    def _by_person(self, mails: Sequence[Heard], now: datetime) -> dict[str, ToneTrend]:
        names = self._store.tones.people({mail.person for mail in mails if mail.person is not None})
        return {
            name: self._trend([mail for mail in mails if mail.person == number], Side.PARTNER, now)
            for number, name in sorted(names.items(), key=lambda pair: pair[1])
        }


def tone_section(store: Store, settings: Settings, key: str, *, now: datetime) -> ToneSection | None:
    """What the partner's page shows, up to `now`; None where no text was ever read: then there is no such section."""
    summary = tone_summary(store, settings, key, now=now)
    if summary is None:
        return None
    return section_of(
        summary.theirs,
        summary.ours,
        summary.their_words,
        summary.our_words,
        sentences=summary.sentences,
        people=summary.people,
        now=now,
    )


def tone_summary(store: Store, settings: Settings, key: str, *, now: datetime) -> ToneSummary | None:
    """The tone of one partner up to `now`; None where nothing was ever read."""
    return ToneReader(store, settings).summary(key, now=now)
