"""A silence from its first sign to its end: the flips of a partner, cut into episodes. Pure.

Being blind or paused is about us, not about them: such flips neither begin nor end an episode.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.letters import StoredFlip, message_id_of
from models.records import State

TROUBLE = frozenset({State.LATE, State.QUIET, State.GONE, State.FADING})
_ASIDE = frozenset({State.BLIND, State.PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A partner's newest silence, up to its end if it has one.

    flips     ascending; the first one began it, and the last one ended it if `is_over`; empty = all is well so far
    before    flips of earlier episodes, ascending
    blind     flips into being blind, ascending
    is_blind  the partner cannot be judged now
    """

    partner: str
    flips: tuple[StoredFlip, ...]
    before: tuple[StoredFlip, ...] = ()
    blind: tuple[StoredFlip, ...] = ()
    is_blind: bool = False

    @property
    def began(self) -> datetime:
        """When its first sign turned, UTC."""
        return self.flips[0].flip.turned_at

    @property
    def last(self) -> StoredFlip:
        """The newest flip that is about them."""
        return self.flips[-1]

    @property
    def is_over(self) -> bool:
        """Whether they are back."""
        return self.last.flip.new not in TROUBLE

    def root(self, sender: str, reader: str) -> str:
        """The Message-ID that every letter of this episode to this reader refers to: one thread a silence."""
        first = self.flips[0].flip if self.flips else self.blind[0].flip
        return message_id_of(sender, "episode", self.partner, first.turned_at.isoformat(), reader)


def episodes_of(flips: Iterable[StoredFlip]) -> list[Episode]:
    """The newest episode of each partner, by key; flips in any order."""
    by_partner: dict[str, list[StoredFlip]] = defaultdict(list)
    for stored in flips:
        by_partner[stored.flip.partner].append(stored)
    return [_newest(partner, by_partner[partner]) for partner in sorted(by_partner)]


def _newest(partner: str, flips: list[StoredFlip]) -> Episode:
    flips.sort(key=lambda stored: (stored.flip.turned_at, stored.id))
    about_them = [stored for stored in flips if stored.flip.new not in _ASIDE]
    start = end = 0
    trouble = False
    for i, stored in enumerate(about_them):
        bad = stored.flip.new in TROUBLE
        if bad and not trouble:
            start = i
        if bad or trouble:
            end = i + 1
        trouble = bad
    return Episode(
        partner=partner,
        flips=tuple(about_them[start:end]),
        before=tuple(about_them[:start]),
        blind=tuple(stored for stored in flips if stored.flip.new is State.BLIND),
        is_blind=flips[-1].flip.new is State.BLIND,
    )
