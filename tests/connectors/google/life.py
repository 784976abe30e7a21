"""Google as the machine's vendor: what can happen to a mailbox and a calendar, and what a perfect reader would hold.

The truth is worked out from the server's own state with its own expansion of series (dateutil), not with the product's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from connectors.base import Connector, Known
from connectors.google.calendar import horizon
from connectors.google.gmail_reader import read_mail
from connectors.meetings import instance_uid
from models.records import Attendee, Interaction, Meeting, MeetingStatus, Message, Person, Response
from tests.connectors.google.accounts import calendar, gmail
from tests.connectors.keepers import MemoryKeeper, Vendor
from tests.connectors.machine import MailboxMachine
from tests.connectors.memory_budget import MemoryBudget
from tests.connectors.store_keeper import StoreKeeper
from tests.google_server import people
from tests.google_server.agenda import Agenda, Event, instance_id, instances, length_of, when
from tests.google_server.faults import KINDS
from tests.google_server.mailbox import Mail, resource
from tests.google_server.server import GoogleServer

ANA = "ana@example.org"
_OUT = {"SPAM", "TRASH", "DRAFT", "CATEGORY_PROMOTIONS", "CHAT"}
_RULES = (
    ["RRULE:FREQ=WEEKLY"],
    ["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=9"],
    ["RRULE:FREQ=MONTHLY;BYDAY=-1FR"],
    ["RRULE:FREQ=DAILY;UNTIL=20261101T120000Z"],
)
_ANSWERS = {
    "accepted": Response.ACCEPTED,
    "declined": Response.DECLINED,
    "tentative": Response.TENTATIVE,
    "needsAction": Response.NONE,
}


class GoogleVendor(Vendor):
    """One account with mail and two calendars."""

    changes: ClassVar[tuple[str, ...]] = (
        "mail arrives",
        "mail arrives",
        "answer arrives",
        "answer arrives",
        "promotion arrives",
        "draft saved",
        "mail read",
        "mail trashed",
        "mail restored",
        "mail to spam",
        "promotion kept",
        "mail deleted",
        "meeting called",
        "series called",
        "days called",
        "own block",
        "meeting moved",
        "meeting answered",
        "meeting cancelled",
        "instance moved",
        "instance cancelled",
        "instance answered",
        "series moved",
        "series ended",
        "series cancelled",
        "time passes",
    )
    faults: ClassVar[tuple[str, ...]] = KINDS

    def __init__(self) -> None:
        self.server = GoogleServer()
        self.server.latency = 0.05
        self.box = self.server.mailbox(ANA)
        self.book = self.server.agenda(ANA)
        self.team = Agenda("team@group.calendar.google.com", ANA, zone="America/New_York")
        self.server.agendas[ANA].append(self.team)
        self.since = self.now() - timedelta(days=60)
        self.budget = MemoryBudget()
        self.opened = 0
        self.server.validate = False  # other tests check every answer; here speed buys more lives
        self.server.page_size = 7

    def now(self) -> datetime:
        return people.when(self.server.clock.now())

    # --- changes

    def change(self, what: str, dice: random.Random) -> None:
        """One of `changes`."""
        made = getattr(self, "_" + what.replace(" ", "_"))
        self.book.sparse = self.team.sparse = dice.random() < 0.3
        made(dice)

    def _mail_arrives(self, dice: random.Random) -> None:
        partner = dice.choice(people.PARTNERS + people.OTHERS)
        sender, to, label = (partner, ANA, "INBOX") if dice.random() < 0.6 else (ANA, partner, "SENT")
        people.write(self.box, self._recently(dice), sender=sender, to=to, labels=(label, "UNREAD"))

    def _answer_arrives(self, dice: random.Random) -> None:
        if parent := self._mail(dice, lambda m: bool(m.headers)):
            people.write(self.box, self._recently(dice), sender=people.PARTNERS[0], to=ANA, answers=parent)

    def _promotion_arrives(self, dice: random.Random) -> None:
        labels = ("INBOX", "CATEGORY_PROMOTIONS")
        people.write(self.box, self._recently(dice), sender=people.OTHERS[1], to=ANA, labels=labels)

    def _draft_saved(self, dice: random.Random) -> None:
        people.write(self.box, self.now(), sender=ANA, to=people.PARTNERS[1], labels=("DRAFT",))

    def _mail_read(self, dice: random.Random) -> None:
        if mail := self._mail(dice, lambda m: "UNREAD" in m.labels):
            self.box.label(mail.id, remove=["UNREAD"])

    def _mail_trashed(self, dice: random.Random) -> None:
        if mail := self._mail(dice, lambda m: "TRASH" not in m.labels):
            self.box.label(mail.id, add=["TRASH"], remove=["INBOX", "SPAM"])

    def _mail_restored(self, dice: random.Random) -> None:
        if mail := self._mail(dice, lambda m: bool(m.labels & {"TRASH", "SPAM"})):
            self.box.label(mail.id, add=["INBOX"], remove=["TRASH", "SPAM"])

    def _mail_to_spam(self, dice: random.Random) -> None:
        if mail := self._mail(dice, lambda m: "SPAM" not in m.labels):
            self.box.label(mail.id, add=["SPAM"], remove=["INBOX", "TRASH"])

    def _promotion_kept(self, dice: random.Random) -> None:
        if mail := self._mail(dice, lambda m: "CATEGORY_PROMOTIONS" in m.labels):
            self.box.label(mail.id, remove=["CATEGORY_PROMOTIONS"])

    def _mail_deleted(self, dice: random.Random) -> None:
        if mail := self._mail(dice, lambda m: True):
            self.box.delete(mail.id)

    def _meeting_called(self, dice: random.Random) -> None:
        agenda = self._agenda(dice)
        people.meet(agenda, self._soon(dice), self.now(), with_whom=dice.choice(people.PARTNERS))

    def _series_called(self, dice: random.Random) -> None:
        start = self._soon(dice) - timedelta(days=dice.randrange(40))
        rule = list(dice.choice(_RULES))
        first = _first(start, rule)
        if first is not None:
            people.meet(self._agenda(dice), first, self.now(), with_whom=dice.choice(people.PARTNERS), recurrence=rule)

    def _days_called(self, dice: random.Random) -> None:
        day = self._soon(dice).date()
        guests = [people.guest(people.PARTNERS[2])]
        rule = ["RRULE:FREQ=WEEKLY;COUNT=5"] if dice.random() < 0.5 else None
        self._agenda(dice).make(
            {"date": day.isoformat()},
            {"date": (day + timedelta(days=1)).isoformat()},
            now=self.now(),
            attendees=guests,
            recurrence=rule,
        )

    def _own_block(self, dice: random.Random) -> None:
        at = self._soon(dice)
        end = people.timed(at + timedelta(hours=1))
        self.book.make(people.timed(at), end, now=self.now(), attendees=[], eventType="focusTime")

    def _meeting_moved(self, dice: random.Random) -> None:
        agenda = self._agenda(dice)
        if (event := self._one(agenda.singles(), dice)) and "dateTime" in event["start"]:
            at = self._soon(dice)
            moved = {"start": people.timed(at), "end": people.timed(at + length_of(event))}
            agenda.put({**event, **moved, "sequence": event["sequence"] + 1}, self.now())

    def _meeting_answered(self, dice: random.Random) -> None:
        agenda = self._agenda(dice)
        if event := self._one(agenda.singles() + agenda.masters(), dice):
            self._answer(agenda, event, dice)

    def _answer(self, agenda: Agenda, event: Event, dice: random.Random) -> None:
        before = event["updated"]
        guests = [dict(g) for g in event["attendees"]]
        if guests:
            guests[-1]["responseStatus"] = dice.choice(sorted(_ANSWERS))
        agenda.put({**event, "attendees": guests}, self.now())
        if dice.random() < 0.5:
            agenda.events[event["id"]]["updated"] = before  # an answer need not move it

    def _meeting_cancelled(self, dice: random.Random) -> None:
        agenda = self._agenda(dice)
        if event := self._one(agenda.singles(), dice):
            agenda.cancel(event["id"], self.now())

    def _instance(self, dice: random.Random) -> tuple[Agenda, Event, dict[str, Any]] | None:
        agenda = self._agenda(dice)
        master = self._one(agenda.masters(), dice)
        if master is None:
            return None
        all_of_them = [o for _, o in instances(master, self.now() + timedelta(days=60))]
        return (agenda, master, dice.choice(all_of_them)) if all_of_them else None

    def _instance_moved(self, dice: random.Random) -> None:
        if (found := self._instance(dice)) and "dateTime" in found[2]:
            agenda, master, original = found
            at = when(original) + timedelta(hours=dice.choice([-30, 2, 50]))
            moved = {"start": people.timed(at), "end": people.timed(at + length_of(master))}
            agenda.exception(master, original, self.now(), **moved, status="confirmed")

    def _instance_answered(self, dice: random.Random) -> None:
        if found := self._instance(dice):
            agenda, master, original = found
            event = agenda.exception(master, original, self.now())
            if event["status"] != "cancelled" and "attendees" in event:
                self._answer(agenda, event, dice)

    def _instance_cancelled(self, dice: random.Random) -> None:
        if found := self._instance(dice):
            agenda, master, original = found
            if dice.random() < 0.5:
                agenda.exception(master, original, self.now(), status="cancelled")
                return
            name = instance_id(master["id"], original)
            sparse = {"id": name, "recurringEventId": master["id"], "originalStartTime": original}
            agenda.put({"kind": "calendar#event", **sparse, "status": "cancelled"}, self.now())

    def _series_moved(self, dice: random.Random) -> None:
        agenda = self._agenda(dice)
        if (event := self._one(agenda.masters(), dice)) and "dateTime" in event["start"]:
            at = _first(when(event["start"]) + timedelta(hours=dice.choice([1, 24])), event["recurrence"])
            if at is None:  # Google refuses a series that begins after its end
                return
            self._without_exceptions(agenda, event)
            moved = {"start": people.timed(at), "end": people.timed(at + length_of(event))}
            agenda.put({**event, **moved, "sequence": event["sequence"] + 1}, self.now())

    def _series_ended(self, dice: random.Random) -> None:
        agenda = self._agenda(dice)
        if (event := self._one(agenda.masters(), dice)) and "dateTime" in event["start"]:
            first = when(event["start"])
            last = (first + timedelta(days=self._dice_days(dice))).strftime("%Y%m%dT%H%M%SZ")
            rule = event["recurrence"][0].partition(";COUNT")[0].partition(";UNTIL")[0] + f";UNTIL={last}"
            ended = agenda.put({**event, "recurrence": [rule]}, self.now())
            left = {name for name, _ in instances(ended, first + timedelta(days=400))}
            for name in agenda.exceptions_of(event["id"]).keys() - left:
                del agenda.events[name]
                del agenda.changed[name]

    @staticmethod
    def _dice_days(dice: random.Random) -> int:
        return dice.choice([0, 15, 40, 90])

    @staticmethod
    def _without_exceptions(agenda: Agenda, master: Event) -> None:
        for name in agenda.exceptions_of(master["id"]):
            del agenda.events[name]
            del agenda.changed[name]

    def _series_cancelled(self, dice: random.Random) -> None:
        agenda = self._agenda(dice)
        if event := self._one(agenda.masters(), dice):
            agenda.cancel(event["id"], self.now())

    def _time_passes(self, dice: random.Random) -> None:
        self.server.clock.sleep(dice.choice([60, 3600, 86_400, 5 * 86_400]))

    def _recently(self, dice: random.Random) -> datetime:
        return self.now() - timedelta(minutes=dice.randrange(3000))

    def _soon(self, dice: random.Random) -> datetime:
        return (self.now() + timedelta(hours=dice.randrange(-200, 400))).replace(minute=0, second=0)

    def _agenda(self, dice: random.Random) -> Agenda:
        return dice.choice([self.book, self.team])

    def _mail(self, dice: random.Random, which: Callable[[Mail], bool]) -> Mail | None:
        return self._one([m for m in self.box.mails.values() if which(m)], dice)

    @staticmethod
    def _one(choices: list[Any], dice: random.Random) -> Any:
        return dice.choice(choices) if choices else None

    # --- the machine's other doors

    def age(self, dice: random.Random) -> None:
        """Gmail forgets its history, or a calendar its tokens."""
        dice.choice([self.box.age, self.book.age, self.team.age])()

    def inject(self, faults: Sequence[str], rate: float, dice: random.Random) -> None:
        """From now on."""
        self.server.faults.begin(faults, rate, dice)

    def calm(self) -> None:
        """All well, and an hour later, so that no budget is in debt."""
        self.server.calm()
        self.server.clock.sleep(3600)

    def connectors(self, known: Callable[[str], Known]) -> Sequence[Connector]:
        """Mail and meetings, as after a restart; every third time an audit is due."""
        self.opened += 1
        audited = (lambda *_counts: None) if self.opened % 3 == 0 else None
        return [
            gmail(
                self.server,
                ANA,
                known=known(f"gmail:{ANA}"),
                budget=self.budget,
                audited=audited,
                page_size=5,
                patience=600,
            ),
            calendar(
                self.server,
                ANA,
                known=known(f"gcal:{ANA}"),
                budget=self.budget,
                since=self.since,
                audited=audited,
                page_size=4,
                patience=600,
            ),
        ]

    def truth(self) -> Mapping[str, Mapping[str, Interaction]]:
        """From the server's own state."""
        mails: dict[str, Interaction] = {}
        for mail in self.box.mails.values():
            if not mail.labels & (_OUT - {"TRASH"}):
                raw = resource(mail, "full", ())
                item = read_mail(raw | {"labelIds": sorted(mail.labels - {"TRASH"})}, source=f"gmail:{ANA}")
                assert isinstance(item, Message)
                mails[mail.id] = item
        meetings: dict[str, Interaction] = {}
        for agenda, prefix in ((self.book, ""), (self.team, f"{self.team.id}/")):
            meetings |= self._meetings(agenda, prefix)
        return {f"gmail:{ANA}": mails, f"gcal:{ANA}": meetings}

    def lingering(self) -> Mapping[str, frozenset[str]]:
        """Mail in the bin: it counts for who read it before it went there."""
        return {f"gmail:{ANA}": frozenset(m.id for m in self.box.mails.values() if "TRASH" in m.labels)}

    def _meetings(self, agenda: Agenda, prefix: str) -> list[tuple[str, Meeting]]:
        found: list[tuple[str, Meeting]] = []

        def add(event: Event, start: Any, end: Any, name: str, original: Any) -> None:
            if _place(end, agenda) > self.since and event["eventType"] == "default":
                found.append((prefix + name, _meeting(event, start, end, prefix + name, original, agenda)))

        for event in agenda.singles():
            add(event, event["start"], event["end"], event["id"], None)
        until = horizon(datetime.fromtimestamp(self.server.clock.now(), UTC))
        for master in agenda.masters():
            exceptions = agenda.exceptions_of(master["id"])
            for event in exceptions.values():
                if event["status"] != "cancelled":
                    add(event, event["start"], event["end"], event["id"], event["originalStartTime"])
            for name, original in instances(master, until + timedelta(days=1)):
                if name not in exceptions and _place(original, agenda) < until:
                    add(master, original, _shifted(original, length_of(master)), name, original)
        return found


def _first(start: datetime, rule: list[str]) -> datetime | None:
    """The first start that the rule itself gives: RFC 5545 leaves open what any other would mean. None without any."""
    series = {"id": "x", "start": people.timed(start), "recurrence": rule}
    first = next((original for _, original in instances(series, start + timedelta(days=80))), None)
    return when(first) if first is not None else None


def _place(place: dict[str, Any], agenda: Agenda) -> datetime:
    if "date" in place:
        return datetime.combine(date.fromisoformat(place["date"]), time(), ZoneInfo(agenda.zone)).astimezone(UTC)
    return when(place)


def _shifted(place: dict[str, Any], by: timedelta) -> dict[str, Any]:
    if "date" in place:
        return {"date": (date.fromisoformat(place["date"]) + by).isoformat()}
    return people.timed(when(place) + by)


def _meeting(event: Event, start: Any, end: Any, name: str, original: Any, agenda: Agenda) -> Meeting:
    first = _place(original, agenda) if original is not None else None
    return Meeting(
        source=f"gcal:{ANA}",
        external_id=name,
        uid=instance_uid(event["iCalUID"], first),
        at=_place(start, agenda),
        until=_place(end, agenda),
        seen_at=_place(start, agenda),
        organiser=Person(address=event["organizer"]["email"]),
        attendees=tuple(
            Attendee(person=Person(address=g["email"]), response=_ANSWERS[g["responseStatus"]])
            for g in event["attendees"]
        ),
        status=MeetingStatus(event["status"]),
        original_start=first,
        all_day="date" in start,
    )


class GoogleMachine(MailboxMachine):
    """Google, kept in memory."""

    vendor_type = GoogleVendor
    keeper_type = MemoryKeeper


class GoogleStoreMachine(MailboxMachine):
    """Google, kept in the real store and killed between its statements."""

    vendor_type = GoogleVendor
    keeper_type = StoreKeeper
