"""From a letter's rows to the mail itself: whose desk it lands on, its links, its thread, its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from email.message import EmailMessage

from alerts.compose import brief_of, compose
from alerts.compose_account import account_sheet
from alerts.compose_alert import alert_sheet
from alerts.compose_blind import blind_sheet
from alerts.compose_concern import concerns_sheet
from alerts.compose_digest import digest_sheet
from alerts.compose_grouped import grouped_sheet
from alerts.compose_recovery import recovery_sheet
from alerts.episodes import Episode, episodes_of
from alerts.facts import AlertFacts, BlindFacts, BlindSource, ConcernFacts
from alerts.links import Links, Ticket
from alerts.mailer import MailerError
from alerts.plan import EAR
from alerts.sheet import Desk, Sheet
from alerts.words import count
from flows.account_troubles import account_facts
from flows.account_troubles import episodes as episodes_of_accounts
from flows.alert_facts import World, facts_of
from flows.concern_facts import concern_facts_of
from flows.digest_facts import digest_facts
from metrics.reader_calendar import ReaderCalendar
from models.letters import Letter, NoticeKind, StoredFlip, message_id_of
from models.records import Concern
from models.settings import Settings


def calendar_of(settings: Settings, reader: str) -> ReaderCalendar:
    """The working time of a reader: their own where the settings name them, else the operator's."""
    return ReaderCalendar.of(settings.hours_of(reader))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A letter ready to go: the mail, or for a program what it is told."""

    subject: str
    partners: tuple[str, ...]
    message: EmailMessage | None = None
    facts: tuple[AlertFacts, ...] = ()
    text: str = ""


class Writer:
    """Writes the letters of one moment; the same rows give the same mail."""

    def __init__(self, world: World, links: Links, flips: Sequence[StoredFlip]) -> None:
        self._world, self._links = world, links
        self._settings = world.settings
        self._episodes: Mapping[str, Episode] = {episode.partner: episode for episode in episodes_of(flips)}

    def write(self, letter: Letter) -> Written:
        """The whole letter."""
        flips = self._world.store.notices.flips_by_id([flip_id for flip_id, _ in letter.flips])
        if letter.kind is NoticeKind.DIGEST:
            return self._mail(letter, self._digest(letter), (), ())
        if letter.kind is NoticeKind.BLIND:
            facts = self._blind(flips)
            return self._mail(
                letter, blind_sheet(facts, self._plain_desk(letter, why=_WHY_OPERATOR)), facts.partners, ()
            )
        if letter.kind is NoticeKind.CONCERN:
            return self._concerns(letter)
        if letter.kind is NoticeKind.ACCOUNT:
            return self._account(letter)
        told = [facts_of(self._world, flips[flip_id], kind) for flip_id, kind in letter.flips if flip_id in flips]
        partners = tuple(each.partner.key for each in told)
        if letter.reader.startswith(EAR):
            sheet = self._sheet(letter, told[0], letter.flips[0][0])
            return Written(subject=sheet.subject, partners=partners, facts=tuple(told), text=brief_of(sheet))
        if len(told) == 1:
            sheet = self._sheet(letter, told[0], letter.flips[0][0])
            return self._mail(letter, sheet, partners, self._thread(letter, partners[0]))
        desks = {
            each.partner.key: self._desk(letter, each, flip_id)
            for each, (flip_id, _) in zip(told, letter.flips, strict=True)
        }
        sheet = grouped_sheet(told, desks, self._plain_desk(letter, why=_WHY_GROUP))
        return self._mail(letter, sheet, partners, self._threads(letter, partners))

    def _account(self, letter: Letter) -> Written:
        """A mail about access that has ended; MailerError where it was mended meanwhile."""
        world = self._world
        standing = {e.about: e for e in episodes_of_accounts(world.store, world.settings, world.directory)}
        if letter.about not in standing:
            raise MailerError("the account was mended meanwhile", permanent=True)
        facts = account_facts(world.store, world.settings, standing[letter.about])
        is_owner = letter.reader in facts.mailboxes
        desk = self._plain_desk(letter, why="You get it because this is your mailbox." if is_owner else _WHY_OPERATOR)
        return self._mail(letter, account_sheet(facts, desk), facts.partners, ())

    def _concerns(self, letter: Letter) -> Written:
        """A mail about concerns; what was answered or ended meanwhile is left out while something remains."""
        stored = self._world.store.concerns.by_id([number for number, _ in letter.concerns])
        there = [(stored[n], kind) for n, kind in letter.concerns if n in stored]
        there = [(c, kind) for c, kind in there if c.partner in self._world.partners]
        if not there:
            raise MailerError("its partner is no longer watched", permanent=True)
        facts = [concern_facts_of(self._world, concern, kind) for concern, kind in there]
        desks = {each.number: self._concern_desk(letter, each) for each in facts}
        sheet = concerns_sheet(facts, desks, self._plain_desk(letter, why=_WHY_GROUP))
        roots = [concern_root(self._settings.alerts.sender, letter.reader, concern) for concern, _ in there]
        return self._mail(letter, sheet, tuple(dict.fromkeys(c.partner for c, _ in there)), roots)

    def _concern_desk(self, letter: Letter, facts: ConcernFacts) -> Desk:
        role = {facts.partner.owner: "its owner", facts.partner.deputy: "its deputy"}.get(letter.reader)
        return Desk(
            reader=letter.reader,
            zone=calendar_of(self._settings, letter.reader).zone,
            at=letter.made_at,
            link=self._link(letter, facts.partner.key, None, concern=facts.number),
            why=f"You get it as {role}." if role else "You get it because nobody else is named for it.",
            unsubscribe=self._unsubscribe(letter),
        )

    def _sheet(self, letter: Letter, facts: AlertFacts, flip_id: int) -> Sheet:
        desk = self._desk(letter, facts, flip_id)
        return recovery_sheet(facts, desk) if facts.kind is NoticeKind.RECOVERY else alert_sheet(facts, desk)

    def _desk(self, letter: Letter, facts: AlertFacts, flip_id: int) -> Desk:
        partner, reader = facts.partner, letter.reader
        others = [
            other
            for other in self._world.store.notices.readers_of(flip_id)
            if other != reader and not other.startswith(EAR)
        ]
        role = {partner.owner: "its owner", partner.deputy: "its deputy"}.get(reader, "nobody else is named for it")
        return Desk(
            reader=reader,
            zone=calendar_of(self._settings, reader).zone,
            at=letter.made_at,
            link=self._link(letter, partner.key, flip_id),
            others=tuple(others),
            escalates=self._escalates(letter, facts),
            why=f"You get it as {role}." if role.startswith("its") else f"You get it because {role}.",
            unsubscribe=self._unsubscribe(letter),
        )

    def _plain_desk(self, letter: Letter, *, why: str) -> Desk:
        return Desk(
            reader=letter.reader,
            zone=calendar_of(self._settings, letter.reader).zone,
            at=letter.made_at,
            link=self._link(letter, "", None),
            about=lambda key: self._link(letter, key, None)("details"),
            why=why,
            unsubscribe=self._unsubscribe(letter),
        )

    def _link(
        self, letter: Letter, partner: str, flip_id: int | None, *, concern: int | None = None
    ) -> Callable[[str], str | None]:
        def made(action: str) -> str | None:
            ticket = Ticket(action=action, reader=letter.reader, partner=partner, flip_id=flip_id, concern=concern)
            return self._links.url(ticket, now=letter.made_at)

        return made

    def _unsubscribe(self, letter: Letter) -> str | None:
        if letter.reader.startswith(EAR):
            return None
        url = self._links.url(Ticket(action="unsubscribe", reader=letter.reader), now=letter.made_at)
        operator = self._settings.alerts.operator
        return url or (f"mailto:{operator}?subject=unsubscribe" if operator and operator != letter.reader else None)

    def _escalates(self, letter: Letter, facts: AlertFacts) -> str | None:
        deputy = facts.partner.deputy
        if facts.kind is not NoticeKind.ALERT or deputy is None or deputy == letter.reader:
            return None
        calendar = calendar_of(self._settings, letter.reader)
        days = self._settings.alerts.escalate_after_days
        day = calendar.nth_after(calendar.date_of(letter.made_at), days)
        return f"Without an answer, {deputy} is told on {day:%a} {day.day} {day:%b}."

    def _thread(self, letter: Letter, partner: str) -> tuple[str, ...]:
        """The episode's root and the letters of it that this reader got before."""
        episode = self._episodes.get(partner)
        if episode is None or not episode.flips:
            return ()
        ids = [stored.id for stored in episode.flips]
        earlier = self._world.store.letters.thread(ids, letter.reader)
        if letter.message_id in earlier:
            earlier = earlier[: earlier.index(letter.message_id)]
        return (episode.root(self._settings.alerts.sender, letter.reader), *earlier[-20:])

    def _threads(self, letter: Letter, partners: Sequence[str]) -> tuple[str, ...]:
        """The episodes of a mail about several: each one's root and newest letter, that of the worst one last.

        Mail programs put a mail into the thread of the last reference they know.
        """
        found: list[str] = []
        for partner in reversed(partners[:_MOST_THREADS]):
            thread = self._thread(letter, partner)
            found += [thread[0], *thread[-1:]] if thread else []
        return tuple(dict.fromkeys(found))

    def _blind(self, flips: Mapping[int, StoredFlip]) -> BlindFacts:
        stale = timedelta(hours=self._settings.judge.stale_after_hours)
        now = self._world.now
        sources = [
            BlindSource(
                name=source.name,
                failure=source.failure or "it has not been read lately",
                since=source.failed_at,
                read_until=source.read_until,
                needs_person=source.needs_person,
            )
            for source in self._world.store.sources.all()
            if source.live and (source.read_until is None or now - source.read_until > stale or source.needs_person)
        ]
        titles = sorted({self._world.partners[stored.flip.partner].title for stored in flips.values()})
        return BlindFacts(sources=tuple(sources), partners=tuple(titles))

    def _digest(self, letter: Letter) -> Sheet:
        facts = digest_facts(self._world, letter.reader, week=date.fromisoformat(letter.about))
        mine = sum(row.partner.owner == letter.reader for row in facts.rows)
        why = f"You get it as owner of {count(mine, 'partner')}." if mine else _WHY_OPERATOR
        return digest_sheet(facts, self._plain_desk(letter, why=why))

    def _mail(self, letter: Letter, sheet: Sheet, partners: Sequence[str], references: Sequence[str]) -> Written:
        message = compose(
            sheet,
            kind=letter.kind,
            sender=self._settings.alerts.sender,
            reader=letter.reader,
            message_id=letter.message_id,
            at=letter.made_at.astimezone(UTC),
            references=references,
        )
        return Written(subject=sheet.subject, partners=tuple(partners), message=message)


def concern_root(sender: str, reader: str, concern: Concern) -> str:
    """The Message-ID that every letter about this concern to this reader refers to."""
    since = concern.since.isoformat()
    return message_id_of(sender, "concern", concern.partner, concern.name, concern.subject, since, reader)


_MOST_THREADS = 10
_WHY_OPERATOR = "You get it as the operator of Gonequiet."
_WHY_GROUP = "You get it as owner or deputy of these partners."
