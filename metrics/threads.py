"""Mails joined into conversations, and conversations cut into turns.

A thread is joined by References and In-Reply-To across mailboxes, with the provider's thread as evidence within one.
A mail that has neither, and that nobody answers by header, continues the latest conversation of the same people with
the same subject within 14 days; such a thread is marked as not sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from metrics.acts import Act
from models.records import Side

_SAME_SUBJECT = 14 * 86_400
_REPLY_WITHOUT_HEADERS = 3 * 86_400
NEW_EPISODE = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Turn:
    """A maximal run of mails by one side in one conversation: five short mails in a row are one turn."""

    side: Side
    acts: tuple[Act, ...]

    @property
    def start(self) -> int:
        """When its first mail was sent."""
        return self.acts[0].at

    @property
    def end(self) -> int:
        """When its last mail was sent."""
        return self.acts[-1].at


@dataclass(frozen=True)
class Thread:
    """One conversation; `key` is the uid of its first act."""

    key: str
    acts: tuple[Act, ...]

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """The turns of all episodes in order."""
        return tuple(turn for episode in self.episodes for turn in episode)

    @cached_property
    def episodes(self) -> tuple[tuple[Turn, ...], ...]:
        """The conversation cut wherever it slept for more than 30 days: a revival asks anew."""
        cuts = [0] + [i for i in range(1, len(self.acts)) if self.acts[i].at - self.acts[i - 1].at > NEW_EPISODE]
        return tuple(
            turns_of(self.acts[first:last]) for first, last in zip(cuts, [*cuts[1:], len(self.acts)], strict=True)
        )

    @property
    def started(self) -> int:
        """When its first mail was sent."""
        return self.acts[0].at

    @property
    def starter(self) -> Side:
        """The side of the first mail; an introduction by others counts for the first of the two sides to write."""
        return self.acts[0].side


def turns_of(acts: Iterable[Act]) -> tuple[Turn, ...]:
    """The turns of acts in ascending order."""
    return tuple(Turn(side, tuple(run)) for side, run in groupby(acts, key=lambda act: act.side))


def threads_of(acts: Sequence[Act]) -> tuple[Thread, ...]:
    """The conversations of acts in ascending order, by their first act."""
    parent: dict[object, object] = {}

    def root(node: object) -> object:
        while (above := parent.setdefault(node, node)) != node:
            parent[node] = node = parent[above]
        return node

    joined: set[str] = set()  # acts that some header or provider placed
    for act in acts:
        for other in (*act.references, *act.threads):
            parent[root(other)] = root(act.uid)
        if act.references or act.threads:
            joined.add(act.uid)
            joined.update(act.references)
    for uid, earlier in _joined_by_people(acts, joined).items():
        parent[root(uid)] = root(earlier)
    members: dict[object, list[Act]] = {}
    for act in acts:
        members.setdefault(root(act.uid), []).append(act)
    return tuple(Thread(found[0].uid, tuple(found)) for found in members.values())


def _joined_by_people(acts: Sequence[Act], joined: set[str]) -> dict[str, str]:
    """For each mail that no header places: the earlier mail it continues, by people and subject."""
    continued: dict[str, str] = {}
    by_people: dict[tuple[object, ...], Act] = {}
    by_subject: dict[str, list[Act]] = {}
    for act in acts:
        if not act.subject:
            continue
        people = (act.subject, act.ours, act.theirs)
        if act.uid not in joined:
            before = by_people.get(people)
            if before is not None and act.at - before.at <= _SAME_SUBJECT:
                continued[act.uid] = before.uid
            elif act.marked_reply:
                for other in reversed(by_subject.get(act.subject, [])[-20:]):
                    if act.at - other.at > _REPLY_WITHOUT_HEADERS:
                        break
                    if set(act.ours) & set(other.ours) and set(act.theirs) & set(other.theirs):
                        continued[act.uid] = other.uid
                        break
        by_people[people] = act
        by_subject.setdefault(act.subject, []).append(act)
    return continued
