"""Microsoft for the machine of random lives: `python -m tests.connectors.machine --vendor microsoft`."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from connectors.base import Connector, Known
from connectors.microsoft.calendar_reader import read_event
from connectors.microsoft.calendar_view import GraphCalendar, horizon
from connectors.microsoft.mail import GraphMail
from connectors.microsoft.mail_reader import read_mail
from models.records import Interaction, Meeting, Message
from tests.connectors.keepers import MemoryKeeper, Vendor
from tests.connectors.machine import MailboxMachine
from tests.connectors.memory_budget import MemoryBudget
from tests.connectors.microsoft.harness import ANA, World
from tests.connectors.store_keeper import StoreKeeper
from tests.microsoft_server.agenda import attendee, unwall, wall
from tests.microsoft_server.mailbox import ROOT, Folder, Raw, person

PEOPLE = ("ann@northwind.example", "bo@southwind.example", "cy@eastwind.example")
AHEAD = timedelta(days=60)
LEFT_OUT = ("drafts", "outbox", "junkemail")


class MicrosoftVendor(Vendor):
    """A mailbox and a calendar over one server, both with holes; after the faults a day passes: the audit is due."""

    changes: ClassVar[tuple[str, ...]] = (
        "mail arrives",
        "mail is sent",
        "mail arrives in a folder of their own",
        "mail moves",
        "mail moves back",
        "mail goes out and back",
        "mail is junked",
        "mail is deleted",
        "mail is read",
        "subject changes",
        "draft is saved",
        "draft is sent",
        "folder appears",
        "folder is renamed",
        "folder moves",
        "folder vanishes",
        "event appears",
        "far event appears",
        "series appears",
        "event moves",
        "guest answers",
        "event is cancelled",
        "event vanishes",
        "series changes",
        "series vanishes",
        "days pass",
    )
    faults: ClassVar[tuple[str, ...]] = ("429", "429 long", "500", "503", "html", "truncated", "hang up", "410", "401")
    hole: ClassVar[bool] = True

    def __init__(self) -> None:
        self.world = World()
        self.box, self.agenda, self.clock = self.world.box, self.world.agenda, self.world.clock
        self.box.hole = self.agenda.hole = self.hole
        self.world.tenant.replays = True

    # --- changes ---

    def change(self, what: str, dice: random.Random) -> None:
        """One change; see `changes`."""
        with self.world.tenant.lock:
            getattr(self, "_" + what.replace(" ", "_"))(dice)

    def _now(self) -> datetime:
        return self.clock.time().replace(microsecond=0)

    def _some_mail(self, dice: random.Random, *, draft: bool = False) -> Raw | None:
        found = [m for m in self.box.messages.values() if m["isDraft"] == draft]
        return dice.choice(found) if found else None

    def _some_folder(self, dice: random.Random, *, own: bool = False) -> Folder | None:
        found = [f for f in self.box.folders.values() if (f.well_known is None or not own) and f.well_known != "drafts"]
        return dice.choice(found) if found else None

    def _mail_arrives(self, dice: random.Random) -> None:
        folder = self._some_folder(dice)
        assert folder is not None
        self.box.deliver(folder.id, at=self._now() - timedelta(hours=dice.randint(0, 200)), sender=dice.choice(PEOPLE))

    def _mail_arrives_in_a_folder_of_their_own(self, dice: random.Random) -> None:
        folder = self._some_folder(dice, own=True)
        if folder is None:
            self._folder_appears(dice)
            return
        self.box.deliver(folder.id, at=self._now() - timedelta(hours=dice.randint(0, 200)), sender=dice.choice(PEOPLE))

    def _mail_is_sent(self, dice: random.Random) -> None:
        to = [person(dice.choice(PEOPLE))]
        self.box.deliver("sentitems", at=self._now(), sender=ANA, toRecipients=to)

    def _mail_moves(self, dice: random.Random) -> None:
        mail, folder = self._some_mail(dice), self._some_folder(dice)
        if mail is not None and folder is not None:
            self.box.move(mail["id"], folder.id)

    def _mail_moves_back(self, dice: random.Random) -> None:
        """To a folder it once left: the hole, where there is one."""
        pairs = [
            (m["id"], f.id)
            for m in self.box.messages.values()
            for f in self.box.folders.values()
            if m["id"] in f.left and not m["isDraft"] and m["parentFolderId"] != f.id
        ]
        if pairs:
            self.box.move(*dice.choice(pairs))

    def _mail_goes_out_and_back(self, dice: random.Random) -> None:
        mail, folder = self._some_mail(dice), self._some_folder(dice)
        if mail is not None and folder is not None:
            home = mail["parentFolderId"]
            self.box.move(mail["id"], folder.id)
            self.box.move(mail["id"], home)

    def _mail_is_junked(self, dice: random.Random) -> None:
        mail = self._some_mail(dice)
        if mail is not None:
            self.box.move(mail["id"], "junkemail")

    def _mail_is_deleted(self, dice: random.Random) -> None:
        mail = self._some_mail(dice)
        if mail is not None:
            if dice.random() < 0.5:
                self.box.delete(mail["id"])
            else:
                self.box.move(mail["id"], "deleteditems")

    def _mail_is_read(self, dice: random.Random) -> None:
        mail = self._some_mail(dice)
        if mail is not None:
            self.box.change(mail["id"], isRead=not mail["isRead"])

    def _subject_changes(self, dice: random.Random) -> None:
        mail = self._some_mail(dice)
        if mail is not None:
            self.box.change(mail["id"], subject=f"Changed {dice.randint(0, 99)}")

    def _draft_is_saved(self, dice: random.Random) -> None:
        where = dice.choice(["drafts", "inbox"])
        self.box.deliver(where, at=self._now(), sender=ANA, isDraft=True)

    def _draft_is_sent(self, dice: random.Random) -> None:
        mail = self._some_mail(dice, draft=True)
        if mail is not None:
            self.box.change(mail["id"], isDraft=False)
            self.box.move(mail["id"], "sentitems")

    def _folder_appears(self, dice: random.Random) -> None:
        parent = dice.choice([ROOT, *self.box.folders])
        self.box.add_folder(f"Folder {dice.randint(0, 99)}", parent=parent, hidden=dice.random() < 0.2)

    def _folder_is_renamed(self, dice: random.Random) -> None:
        folder = self._some_folder(dice, own=True)
        if folder is not None:
            self.box.rename_folder(folder.id, f"Renamed {dice.randint(0, 99)}")

    def _folder_moves(self, dice: random.Random) -> None:
        folder, target = self._some_folder(dice, own=True), self._some_folder(dice)
        if folder is None or target is None:
            return
        above: str | None = target.id
        while above in self.box.folders:  # never below itself
            if above == folder.id:
                return
            above = self.box.folders[above].parent
        self.box.move_folder(folder.id, target.id)

    def _folder_vanishes(self, dice: random.Random) -> None:
        folder = self._some_folder(dice, own=True)
        if folder is not None:
            self.box.delete_folder(folder.id)

    def _event_appears(self, dice: random.Random) -> None:
        self.agenda.add(self._soon(dice), attendees=self._guests(dice), now=self._now())

    def _far_event_appears(self, dice: random.Random) -> None:
        self.agenda.add(
            self._now() + timedelta(days=dice.randint(90, 150)), attendees=self._guests(dice), now=self._now()
        )

    def _series_appears(self, dice: random.Random) -> None:
        first = self._soon(dice)
        starts = [first + timedelta(days=7 * week) for week in range(dice.randint(2, 4))]
        self.agenda.add_series(
            starts, organiser=dice.choice([None, *PEOPLE]), attendees=self._guests(dice), now=self._now()
        )

    def _event_moves(self, dice: random.Random) -> None:
        row = self._some_event(dice)
        if row is not None:
            start = self._soon(dice)
            self.agenda.change(row["id"], now=self._now(), start=wall(start), end=wall(start + timedelta(hours=1)))

    def _guest_answers(self, dice: random.Random) -> None:
        row = self._some_event(dice)
        if row is not None:
            self.agenda.change(row["id"], now=self._now(), attendees=list(self._guests(dice)))

    def _event_is_cancelled(self, dice: random.Random) -> None:
        row = self._some_event(dice)
        if row is not None:
            self.agenda.change(row["id"], now=self._now(), isCancelled=True)

    def _event_vanishes(self, dice: random.Random) -> None:
        row = self._some_event(dice)
        if row is not None:
            self.agenda.delete(row["id"])

    def _series_changes(self, dice: random.Random) -> None:
        if self.agenda.masters:
            master = dice.choice(list(self.agenda.masters))
            if self._recent(master):
                self.agenda.change_series(master, now=self._now(), attendees=list(self._guests(dice)))

    def _series_vanishes(self, dice: random.Random) -> None:
        if self.agenda.masters:
            master = dice.choice(list(self.agenda.masters))
            if self._recent(master):
                self.agenda.delete_series(master)

    def _days_pass(self, dice: random.Random) -> None:
        self.clock.sleep(86_400 * dice.randint(1, 12))

    def _recent(self, master: str) -> bool:
        """Whether every occurrence is still followed; with no audit, what lies a month back stays as it was."""
        if self.hole:
            return True
        rows = [r for r in self.agenda.rows.values() if r["seriesMasterId"] == master]
        return all(unwall(r["start"]) > self._now() - timedelta(days=15) for r in rows)

    def _some_event(self, dice: random.Random) -> Raw | None:
        edge = self._now() - timedelta(days=700 if self.hole else 15)
        near = self._now() + timedelta(days=50)
        found = [r for r in self.agenda.rows.values() if edge < unwall(r["start"]) < near]
        return dice.choice(found) if found else None

    def _soon(self, dice: random.Random) -> datetime:
        return self._now() + timedelta(days=dice.randint(-10, 25), hours=dice.randint(0, 12))

    @staticmethod
    def _guests(dice: random.Random) -> tuple[Raw, ...]:
        answers = ("none", "accepted", "declined", "tentativelyAccepted", "notResponded")
        return tuple(attendee(p, dice.choice(answers)) for p in PEOPLE[: dice.randint(0, 3)])

    # --- faults ---

    def age(self, dice: random.Random) -> None:
        """A folder's delta state, or all, or the access tokens."""
        with self.world.tenant.lock:
            what = dice.choice(["folder", "all", "access"])
            if what == "folder":
                folder = self._some_folder(dice)
                assert folder is not None
                self.world.tenant.age_tokens(folder=folder.id)
            elif what == "all":
                self.world.tenant.age_tokens()
            else:
                self.world.tenant.grants.clear()

    def inject(self, faults: Sequence[str], rate: float, dice: random.Random) -> None:
        """Each request suffers one of these with this probability."""
        with self.world.tenant.lock:
            self.world.tenant.faults, self.world.tenant.fault_rate = tuple(faults), rate
            self.world.tenant.dice = dice

    def calm(self) -> None:
        """No faults, no debts, and a day later."""
        with self.world.tenant.lock:
            self.world.tenant.faults = ()
            self.world.tenant.spent.clear()
        self.world.budget = MemoryBudget()
        if self.hole:
            self.clock.sleep(86_400)

    # --- reading ---

    def connectors(self, known: Callable[[str], Known]) -> Sequence[Connector]:
        """Mail and calendar, as after a restart."""
        while self.world.doors:
            self.world.doors.pop().close()
        now = self.clock.time()
        audit_every = timedelta(hours=24 if self.hole else 10**6)
        return (
            GraphMail(self.world.door(), now=now, known=known(f"outlook:{ANA}"), page_size=3, audit_every=audit_every),
            GraphCalendar(
                self.world.door(),
                now=now,
                known=known(f"outlook-calendar:{ANA}"),
                page_size=3,
                ahead=AHEAD,
                audit_every=audit_every,
            ),
        )

    def truth(self) -> Mapping[str, Mapping[str, Interaction]]:
        """Mail outside drafts, outbox and junk; meetings up to the horizon."""
        assert not self.world.tenant.violations, self.world.tenant.violations
        assert self.world.tenant.most_in_flight <= 4
        now = self.clock.time()
        mail: dict[str, Interaction] = {}
        for raw in self.box.messages.values():
            if not any(self.box.within(raw["parentFolderId"], name) for name in LEFT_OUT):
                read = read_mail(raw, source=f"outlook:{ANA}")
                if isinstance(read, Message):
                    mail[raw["id"]] = read
        meetings: dict[str, Interaction] = {}
        for row in self.agenda.rows.values():
            if unwall(row["start"]) < horizon(now, AHEAD):
                seen = read_event(row, source=f"outlook-calendar:{ANA}", now=now)
                if isinstance(seen, Meeting):
                    meetings[row["id"]] = seen
        return {f"outlook:{ANA}": mail, f"outlook-calendar:{ANA}": meetings}

    def close(self) -> None:
        """Stop the server."""
        self.world.close()


class SoundVendor(MicrosoftVendor):
    """The same without holes, and without audits: the delta alone must be exact."""

    hole = False


class MicrosoftMachine(MailboxMachine):
    """Random lives of an Outlook mailbox and calendar, in memory."""

    vendor_type = MicrosoftVendor
    keeper_type = MemoryKeeper
    vendor: MicrosoftVendor
    tally: ClassVar[dict[str, int]] = {"steps": 0, "lives": 0, "settled": 0, "kills": 0, "errors": 0}

    def teardown(self) -> None:
        """Settle, and stop the server."""
        try:
            super().teardown()
        finally:
            self.vendor.close()


class SoundMachine(MicrosoftMachine):
    """Without holes, and with no audit."""

    vendor_type = SoundVendor


class MicrosoftStoreMachine(MicrosoftMachine):
    """Random lives over the real store, killed between any two statements."""

    keeper_type = StoreKeeper
    tally: ClassVar[dict[str, int]] = {"steps": 0, "lives": 0, "settled": 0, "kills": 0, "errors": 0}
