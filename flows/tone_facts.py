"""What is known of a partner's tone, both directions, for `explain` and the page: values and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from metrics.tone.change import Limits, limits_for
from metrics.tone.phrases import leaning_sentence, trend_sentence, words_sentences
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
        self._measures: dict[Side, tuple[Yardstick | None, dict[int, Limits] | None]] = {}

    def summary(self, key: str, *, now: datetime) -> ToneSummary | None:
        """The tone of this partner up to `now`; None where no mail of theirs or ours was ever scored or tried."""
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

    def _trend(self, mails: Sequence[Heard], side: Side, now: datetime) -> ToneTrend:
        yardstick, limits = self._measure(side)
        return tone_trend(mails, yardstick, limits, now=now)

    def _measure(self, side: Side) -> tuple[Yardstick | None, dict[int, Limits] | None]:
        if side not in self._measures:
            yardstick = Yardstick.of(self._store.tones.everyone(side, self.analyser))
            self._measures[side] = (yardstick, limits_for(yardstick.all_z()) if yardstick is not None else None)
        return self._measures[side]

    def _by_person(self, mails: Sequence[Heard], now: datetime) -> dict[str, ToneTrend]:
        names = self._store.tones.people({mail.person for mail in mails if mail.person is not None})
        return {
            name: self._trend([mail for mail in mails if mail.person == number], Side.PARTNER, now)
            for number, name in sorted(names.items(), key=lambda pair: pair[1])
        }


def tone_summary(store: Store, settings: Settings, key: str, *, now: datetime) -> ToneSummary | None:
    """The tone of one partner up to `now`; None where nothing was ever read."""
    return ToneReader(store, settings).summary(key, now=now)
