"""Tell whom it concerns: untold flips become letters, letters are claimed, sent, and marked as told.

    told = notify(store, settings, now=now)

At least once, and never twice in a mailbox: a letter is written down with a Message-ID that follows from its flips and
its reader, and claimed, before it is sent; a crash at any moment leaves it to the next run, which sends the same mail
under the same Message-ID. A refusal stands in `status` and `doctor` until somebody acts.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from alerts.due import due
from alerts.episodes import Episode, episodes_of
from alerts.links import Links
from alerts.mailer import Guarded, Mailer, Outbox
from alerts.plan import COUNTED, EAR, WEEK, Draft, People, Rules
from flows.account_troubles import episodes as episodes_of_accounts
from flows.account_troubles import note_troubles
from flows.alert_facts import World
from flows.audience import known_readers, people_of, rules_of
from flows.send_letters import Post
from flows.told import Told
from flows.way_out import way_out
from flows.weigh_concerns import are_over, concern_plan
from flows.write_letters import Writer, Written, calendar_of, concern_root
from models.directory import Directory
from models.letters import Letter, NoticeKind, StoredFlip, message_id_of
from models.records import Partner, Side
from models.settings import Settings
from models.store.notices import CONCERNS
from models.store.store import Store
from models.worker import worker_name

if TYPE_CHECKING:
    from flows.tone_facts import ToneReader

log = logging.getLogger(__name__)

_LEASE = timedelta(minutes=15)
_DIGEST_UNTIL = 2  # a digest missed on Monday is still sent until Wednesday


def notify(
    store: Store, settings: Settings, *, now: datetime, mailer: Mailer | None = None, worker: str | None = None
) -> Told:
    """Send what is due at `now`. `mailer` None takes the way that the settings choose."""
    began = time.monotonic()
    chosen = mailer or way_out(store, settings, clock=lambda: now + timedelta(seconds=time.monotonic() - began))
    teller = _Teller(store, settings, now, chosen, worker)
    teller.finish_open_letters()
    teller.tell_accounts()
    teller.tell_flips()
    if settings.alerts.concerns:
        teller.tell_concerns()
    if settings.alerts.digest:
        teller.tell_the_week()
    told = teller.told
    log.info("notify: %d sent, %d failed, %d held, %d skipped", told.sent, told.failed, len(told.held), told.skipped)
    return told


class _Teller:
    """One run: everything loaded at most once, letters sent one by one."""

    def __init__(self, store: Store, settings: Settings, now: datetime, mailer: Mailer, worker: str | None) -> None:
        self._store, self._settings, self._now = store, settings, now
        self._began = time.monotonic()
        self._worker = worker or worker_name()
        self._outbox = mailer if isinstance(mailer, Outbox) else None
        self._mailer = Guarded(mailer, self._is_partner)
        self._flips = store.notices.flips(now=now)
        self._episodes = {episode.partner: episode for episode in episodes_of(self._flips)}
        self.told = Told()
        self._post = Post(
            store,
            settings.alerts,
            self._mailer,
            outbox=self._outbox,
            write=self._write,
            told=self.told,
            now=now,
        )

    def _write(self, letter: Letter) -> Written:
        return self._writer.write(letter)

    # What costs time with thousands of partners is loaded by whoever needs it first: most runs have nothing to tell.

    @cached_property
    def _partners(self) -> dict[str, Partner]:
        return {partner.key: partner for partner in self._store.partners.all()}

    @cached_property
    def _directory(self) -> Directory:
        return self._store.partners.directory(self._settings.us)

    @cached_property
    def _writer(self) -> Writer:
        world = World(
            store=self._store,
            settings=self._settings,
            directory=self._directory,
            partners=self._partners,
            standings=self._store.standings.all(),
            now=self._now,
            tones=self._tones,
        )
        links = Links(self._settings.alerts.link_base, self._store.readers.link_key())
        return Writer(world, links, self._flips)

    @cached_property
    def _tones(self) -> ToneReader:
        from flows.tone_facts import ToneReader  # noqa: PLC0415  loads numpy: only a run that has something to tell

        return ToneReader(self._store, self._settings)

    @cached_property
    def _troubles(self) -> dict[str, str]:
        """Episodes of accounts that stand, with whom to tell."""
        note_troubles(self._store, now=self._now)
        silent = self._store.readers.silent()
        standing = episodes_of_accounts(self._store, self._settings, self._directory, silent=silent)
        return {episode.about: episode.reader for episode in standing}

    def _is_partner(self, address: str) -> bool:
        return self._directory.side(address.lower()) is Side.PARTNER

    def finish_open_letters(self) -> None:
        """Letters of earlier runs: sent again under their Message-ID, or dropped where they are overtaken."""
        for letter in self._store.letters.open():
            if letter.next_at is not None and letter.next_at > self._now:
                continue
            if letter.lease_until is not None and letter.lease_until > self._now:
                continue  # another worker is at it
            # What is mended has no words left.
            is_sure = letter.lease_until is None or letter.kind is NoticeKind.ACCOUNT
            if is_sure and self._is_old_news(letter):
                self._store.letters.drop(letter.id, "overtaken before it could be sent")
                continue
            if self._sleeps(letter.reader) or self._post.is_down(letter.reader):
                continue
            if self._store.letters.claim(letter.id, self._worker, now=self._now, lease=self._lease):
                self._post.send(letter)

    def tell_accounts(self) -> None:
        """Accounts that a person must mend: one mail an episode, to whoever can."""
        told = self._store.troubles.told() if self._troubles else frozenset()
        for about, reader in self._troubles.items():
            if about in told or self._is_partner(reader) or self._sleeps(reader) or self._post.is_down(reader):
                continue
            self._make(reader, NoticeKind.ACCOUNT, (), (about,), about=about)

    def tell_flips(self) -> None:
        """What is due now."""
        if not self._flips:
            return
        keys = {stored.flip.partner for stored in self._flips}
        notices = self._store.notices
        plan = due(
            self._flips,
            notices.of_partners(keys),
            self._store.answers.of_partners(keys),
            partners=self._partners,
            people=self._people,
            rules=self._rules(self._troubled()),
            sent=self._sent_this_week(),
            now=self._now,
        )
        for skip in plan.skips:
            reason = skip.reason
            self.told.skipped += notices.skip(skip.flip.id, skip.reader, skip.kind, reason, now=self._now)
        for draft in plan.letters:
            if not self._post.is_down(draft.reader):
                self._tell(draft)
        self.told.held += [(item.flip.flip.partner, item.reader, why) for item, why in plan.held]

    def tell_concerns(self) -> None:
        """Too much of us, an answer we owe, one person of theirs gone silent: told once, within the same limit."""
        plan = concern_plan(
            self._store,
            partners=self._partners,
            people=self._people,
            rules=self._rules(),
            sent=self._sent_this_week(),
            now=self._now,
        )
        for concern, why in plan.skips:
            self.told.skipped += self._store.notices.skip(
                concern.id, "", NoticeKind.CONCERN, why, now=self._now, subject=CONCERNS
            )
        for items in plan.letters:
            reader = items[0].reader
            if not self._post.is_down(reader):
                names = sorted(f"{item.kind}|{concern_root('', '', item.concern)}" for item in items)
                concerns = tuple((item.concern.id, item.kind) for item in items)
                self._make(reader, NoticeKind.CONCERN, (), names, concerns=concerns)
        self.told.held += [(item.concern.partner, item.reader, why) for item, why in plan.held]

    def _sent_this_week(self) -> Counter[str]:
        sent = self._store.letters.sent_to(
            known_readers(self._settings, self._partners.values()), since=self._now - WEEK
        )
        return Counter(reader for reader, kind in sent if kind in COUNTED or kind is NoticeKind.CONCERN)

    def tell_the_week(self) -> None:
        """The digest of each owner and of the operator, once a week from Monday morning on."""
        owners = {partner.owner for partner in self._partners.values() if partner.owner is not None}
        if self._settings.alerts.operator is not None and self._partners:
            owners.add(self._settings.alerts.operator)
        silent = self._store.readers.silent()
        for reader in sorted(owners - silent.keys()):
            today = calendar_of(self._settings, reader).date_of(self._now)
            if today.weekday() > _DIGEST_UNTIL or self._is_partner(reader) or self._sleeps(reader):
                continue
            week = date.fromordinal(today.toordinal() - today.weekday()).isoformat()
            if not self._post.is_down(reader):
                self._make(reader, NoticeKind.DIGEST, (), (week,), about=week)

    def _tell(self, draft: Draft) -> None:
        names = sorted(f"{item.kind}|{item.flip.name}" for item in draft.items)
        items = tuple((item.flip.id, item.kind) for item in draft.items)
        self._make(draft.reader, draft.kind, items, names)

    def _make(
        self,
        reader: str,
        kind: NoticeKind,
        items: Sequence[tuple[int, NoticeKind]],
        names: Sequence[str],
        *,
        about: str = "",
        concerns: Sequence[tuple[int, NoticeKind]] = (),
    ) -> None:
        letter = self._store.letters.make(
            message_id=message_id_of(self._settings.alerts.sender, kind, reader, *names),
            reader=reader,
            kind=kind,
            items=items,
            concerns=concerns,
            worker=self._worker,
            now=self._now,
            lease=self._lease,
            about=about,
        )
        if letter is not None:
            self._post.send(replace(letter, lease_until=None))  # made just now: nothing can have been accepted before

    def _is_old_news(self, letter: Letter) -> bool:
        if letter.kind is NoticeKind.ACCOUNT:
            return letter.about not in self._troubles
        if letter.concerns:
            return are_over(self._store, [number for number, _ in letter.concerns])
        return bool(letter.flips) and all(self._is_overtaken(flip_id) for flip_id, _ in letter.flips)

    def _is_overtaken(self, flip_id: int) -> bool:
        """Whether a later change has made this flip old news."""
        for episode in self._episodes.values():
            if any(stored.id == flip_id for stored in (*episode.flips, *episode.before, *episode.blind)):
                return not self._is_newest(flip_id, episode)
        return False

    @staticmethod
    def _is_newest(flip_id: int, episode: Episode) -> bool:
        newest: list[StoredFlip] = [episode.last] if episode.flips else []
        if episode.is_blind and episode.blind:
            newest.append(episode.blind[-1])
        return any(stored.id == flip_id for stored in newest)

    @cached_property
    def _people(self) -> People:
        silent = self._store.readers.silent()
        return people_of(self._settings, silent=silent, is_partner=self._is_partner)

    def _rules(self, troubled: Sequence[str] = ()) -> Rules:
        belief = self._tones.beliefs(troubled, now=self._now) if troubled else {}
        return rules_of(self._settings, hold_for_hours=self._outbox is None, belief=belief)

    def _troubled(self) -> list[str]:
        """Partners about whom there may be something to tell now."""
        return [key for key, episode in self._episodes.items() if episode.flips and not episode.is_over]

    def _sleeps(self, reader: str) -> bool:
        """Whether a mail has to wait for this reader's working hours; files in a folder disturb nobody."""
        if self._outbox is not None or reader.startswith(EAR):
            return False
        return not calendar_of(self._settings, reader).is_open(self._now)

    @property
    def _lease(self) -> timedelta:
        # Sending many letters takes time: a lease counts from the moment it is taken, not from the run's beginning.
        return _LEASE + timedelta(seconds=time.monotonic() - self._began)
