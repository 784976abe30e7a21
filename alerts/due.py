"""Which flips to tell whom, and when: pure, from flips, notices, answers and rules.

    plan = due(flips, notices, answers, partners=..., people=..., rules=..., now=now)
    plan.letters   to be sent now, each with its flips
    plan.skips     flips that need no letter for this reader, and why
    plan.held      flips that wait, and what for

Never to a partner: an owner or deputy on a partner's domain is passed over here, as in the settings and the mailer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from alerts.episodes import Episode, episodes_of
from alerts.plan import COUNTED, EAR, WEEK, Draft, Item, People, Plan, Rules, Skip
from models.letters import Answer, AnswerKind, Notice, NoticeKind, StoredFlip
from models.records import Partner, State

_WORST = {State.GONE: 0, State.QUIET: 1, State.LATE: 2, State.FADING: 3}


def due(
    flips: Iterable[StoredFlip],
    notices: Sequence[Notice],
    answers: Sequence[Answer],
    *,
    partners: Mapping[str, Partner],
    people: People,
    rules: Rules,
    sent: Mapping[str, int],
    now: datetime,
) -> Plan:
    """The letters of this moment. `flips` hold each partner's whole recent past; historical ones tell nobody.

    sent   alert letters each reader got in the last seven days: the weekly limit counts them
    """
    known = _Known(notices, answers)
    items: list[Item] = []
    skips: list[Skip] = []
    held: list[tuple[Item, str]] = []
    blind: list[Item] = []
    for episode in episodes_of(flips):
        partner = partners.get(episode.partner)
        if partner is None:
            continue
        blind += _blind(episode, people, known)
        skips += _overtaken(episode, rules, known)
        wanted, unheard = _wanted(episode, partner, people, rules, known, now)
        skips += unheard
        for item in wanted:
            wait = _wait(item, known, rules, people, now)
            if wait is None:
                items.append(item)
            else:
                held.append((item, wait))
    letters = _letters(items, sent, rules, held)
    if blind and rules.hold_for_hours and not people.calendar(blind[0].reader).is_open(now):
        held += [(item, HOURS) for item in blind]
    elif blind:
        letters.append(Draft(reader=blind[0].reader, kind=NoticeKind.BLIND, items=tuple(blind)))
    return Plan(letters=tuple(letters), skips=tuple(skips), held=tuple(held))


HOURS = "until the reader's working hours"
LIMIT = "the reader's weekly limit is reached"
SNOOZED = "snoozed"


class _Known:
    """Notices and answers by what is asked of them."""

    def __init__(self, notices: Sequence[Notice], answers: Sequence[Answer]) -> None:
        self.by_key = {(n.about, n.reader, n.kind): n for n in notices}
        self.of_flip: dict[int, list[Notice]] = defaultdict(list)
        for notice in notices:
            self.of_flip[notice.about].append(notice)
        self.answers: dict[str, list[Answer]] = defaultdict(list)
        for answer in answers:
            if answer.undone_at is None and answer.kind is not AnswerKind.UNDO and answer.concern is None:
                self.answers[answer.partner].append(answer)

    def has(self, item: Item) -> bool:
        return (item.flip.id, item.reader, item.kind) in self.by_key


def _overtaken(episode: Episode, rules: Rules, known: _Known) -> list[Skip]:
    """Flips that nobody was told of and nobody will be, each with the reason: nothing vanishes without a word."""
    found = []
    for stored in (*episode.before, *episode.flips, *episode.blind):
        if stored.flip.historical or known.of_flip[stored.id]:
            continue
        is_last = bool(episode.flips) and stored is episode.last
        if stored.flip.new is State.BLIND:
            reason = "readable again" if not (episode.is_blind and stored is episode.blind[-1]) else None
        elif not is_last:
            reason = "overtaken by a later change"
        elif not episode.is_over and stored.flip.new not in rules.tell:
            reason = f"{stored.flip.new.value} is not told by mail: the digest has it"
        else:
            reason = None
        if reason is not None:
            found.append(Skip(flip=stored, reader="", kind=NoticeKind.ALERT, reason=reason))
    return found


def _wanted(
    episode: Episode, partner: Partner, people: People, rules: Rules, known: _Known, now: datetime
) -> tuple[list[Item], list[Skip]]:
    """The notices that this episode calls for at this moment, and why there are none where there are none."""
    if not episode.flips or episode.last.flip.historical:
        return [], []
    last = episode.last
    told = [notice for stored in episode.flips for notice in known.of_flip[stored.id] if _is_told(notice)]
    if episode.is_over:
        readers = dict.fromkeys(notice.reader for notice in told if notice.kind in COUNTED)
        kept = [reader for reader in readers if reader not in people.silent and not people.is_partner(reader)]
        items = [Item(flip=last, reader=reader, kind=NoticeKind.RECOVERY) for reader in kept]
        if not kept and not known.of_flip[last.id]:
            reason = "nobody was told of the silence"
            return [], [Skip(flip=last, reader="", kind=NoticeKind.RECOVERY, reason=reason)]
        return [item for item in items if not known.has(item)], []
    if last.flip.new not in rules.tell:
        return [], []
    if any(answer.kind is AnswerKind.NOT_A_PROBLEM for answer in _said(episode, known)):
        if known.of_flip[last.id]:
            return [], []
        return [], [Skip(flip=last, reader="", kind=NoticeKind.ALERT, reason="answered: not a problem")]
    readers_now = readers_of(partner, people)
    items = [Item(flip=last, reader=reader, kind=NoticeKind.ALERT) for reader in (*readers_now, *people.ears)]
    items = [item for item in items if not known.has(item)]
    if readers_now and any(
        n.kind is NoticeKind.ALERT and _is_told(n) and not _is_ear(n) for n in known.of_flip[last.id]
    ):
        items = [item for item in items if item.reader.startswith(EAR)]  # a change of owner tells nobody twice
    if not _is_settled(episode, known):
        items += _reminders(episode, partner, people, rules, known, now)
    if not readers_now and not known.of_flip[last.id]:
        reason = f"nobody to tell: {partner.key} has no owner who may be written to"
        return items, [Skip(flip=last, reader="", kind=NoticeKind.ALERT, reason=reason)]
    return items, []


def _is_ear(notice: Notice) -> bool:
    return notice.reader.startswith(EAR)


def _is_told(notice: Notice) -> bool:
    return notice.skipped is None and not notice.given_up


def readers_of(partner: Partner, people: People) -> list[str]:
    """The owner, or who stands in: deputy, fallback, operator; the first who may be written to."""
    for address in (partner.owner, partner.deputy, people.fallback, people.operator):
        if address is not None and address not in people.silent and not people.is_partner(address):
            return [address]
    return []


def _said(episode: Episode, known: _Known) -> list[Answer]:
    """Answers that stand and were given since the episode began."""
    return [a for a in known.answers[episode.partner] if a.at >= episode.began]


def _is_settled(episode: Episode, known: _Known) -> bool:
    """Whether somebody has the episode in hand, after the last snooze ran out if there was one."""
    said = _said(episode, known)
    return any(a.kind in {AnswerKind.HANDLED, AnswerKind.NOT_A_PROBLEM, AnswerKind.LEAVE} for a in said)


def _reminders(
    episode: Episode, partner: Partner, people: People, rules: Rules, known: _Known, now: datetime
) -> list[Item]:
    """An escalation to the deputy after working days without an answer, and one re-notice a week after the alert."""
    found = []
    alerts = [
        (stored, notice)
        for stored in episode.flips
        for notice in known.of_flip[stored.id]
        if notice.kind is NoticeKind.ALERT and notice.told_at is not None and not notice.reader.startswith(EAR)
    ]
    if not alerts:
        return []
    first, first_notice = min(alerts, key=lambda pair: pair[1].told_at or now)
    newest, newest_notice = max(alerts, key=lambda pair: pair[1].told_at or now)
    snoozes = [a for a in _said(episode, known) if a.kind is AnswerKind.SNOOZE]
    told_at = first_notice.told_at
    deputy = partner.deputy
    if (
        told_at is not None
        and deputy is not None
        and not snoozes
        and deputy != first_notice.reader
        and deputy not in people.silent
        and not people.is_partner(deputy)
        and people.calendar(first_notice.reader).days_between(told_at, now) >= rules.escalate_after_days
    ):
        found.append(Item(flip=first, reader=deputy, kind=NoticeKind.ESCALATION))
    again_at = newest_notice.told_at
    reader = newest_notice.reader
    snoozed_out = any(a.until is not None and a.until < people.calendar(reader).date_of(now) for a in snoozes)
    if again_at is not None and (now - again_at >= WEEK or snoozed_out) and reader not in people.silent:
        found.append(Item(flip=newest, reader=reader, kind=NoticeKind.REMINDER))
    return [item for item in found if not known.has(item)]


def _blind(episode: Episode, people: People, known: _Known) -> list[Item]:
    """Flips to blind, for the operator alone: a source we cannot read is not a silent partner."""
    operator = people.operator
    newest = episode.blind[-1] if episode.blind and episode.is_blind else None
    if newest is None or operator is None or newest.flip.historical or people.is_partner(operator):
        return []
    item = Item(flip=newest, reader=operator, kind=NoticeKind.BLIND)
    return [] if known.has(item) or operator in people.silent else [item]


def _wait(item: Item, known: _Known, rules: Rules, people: People, now: datetime) -> str | None:
    """What an item waits for; None = nothing."""
    if item.reader.startswith(EAR):
        return None
    calendar = people.calendar(item.reader)
    if item.kind is not NoticeKind.RECOVERY:
        today = calendar.date_of(now)
        muted = [
            a.until
            for a in known.answers[item.flip.flip.partner]
            if a.kind in {AnswerKind.SNOOZE, AnswerKind.LEAVE} and a.until is not None and a.until >= today
        ]
        if muted:
            return f"{SNOOZED} until {max(muted):%-d %b}"
    return HOURS if rules.hold_for_hours and not calendar.is_open(now) else None


def _letters(items: list[Item], sent: Mapping[str, int], rules: Rules, held: list[tuple[Item, str]]) -> list[Draft]:
    """One letter a reader: what turned bad, worst first, within the weekly limit; what is back rides along."""
    by_reader: dict[str, list[Item]] = defaultdict(list)
    letters = []
    for item in items:
        if item.reader.startswith(EAR):
            letters.append(Draft(reader=item.reader, kind=item.kind, items=(item,)))
        else:
            by_reader[item.reader].append(item)
    for reader in sorted(by_reader):
        mine = sorted(by_reader[reader], key=lambda item: _rank(item, rules.belief))
        counted = [item for item in mine if item.kind in COUNTED]
        if counted and sent.get(reader, 0) >= rules.weekly_limit:
            held += [(item, LIMIT) for item in counted]
            mine = [item for item in mine if item.kind not in COUNTED]
        if mine:
            letters.append(Draft(reader=reader, kind=mine[0].kind, items=tuple(mine)))
    return letters


def _rank(item: Item, belief: Mapping[str, int]) -> tuple[int, int, int, str]:
    flip = item.flip.flip
    is_good_news = item.kind is NoticeKind.RECOVERY
    return (int(is_good_news), _WORST.get(flip.new, 9), -belief.get(flip.partner, 0), item.flip.name)
