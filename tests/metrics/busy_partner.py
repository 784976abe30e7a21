"""A made-up partner with everything in it: eight months of mail and meetings, moves, absences and a slow end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from metrics.history import Peers, Targets
from models.records import Attendee, Interaction, MessageClass, Partner, Person, Response, WorkingHours
from tests.factories import INBOUND, OURS, OUTBOUND, THEIRS, meeting, message, moment, partner

HORIZON_DAY = 240
TARGETS = Targets(sponsors=frozenset({"ed@northwind.example", "eve@example.org"}), series={"weekly": "status"})
PEERS = Peers(backup_seen=moment(20), category={"northwind": 90, "southwind": 10})
_PRIVATE = "bo@gmail.com"


def busy_partner() -> Partner:
    """With owner, backup and category, in Berlin with German holidays."""
    return partner(
        owner=OURS,
        deputy="eve@example.org",
        backup="southwind",
        category="agency",
        addresses=(_PRIVATE,),
        hours=WorkingHours(zone="Europe/Berlin", hours="Mon-Fri 09:00-17:00", country="DE"),
    )


@lru_cache(maxsize=1)
def busy_year() -> tuple[Interaction, ...]:
    """The same interactions every time, in no particular order."""
    items = [*_mails(random.Random(3)), *_meetings(random.Random(4))]
    random.Random(5).shuffle(items)
    return tuple(items)


def _mails(rng: random.Random) -> Iterator[Interaction]:
    sides = {INBOUND: (THEIRS, "ed@northwind.example", _PRIVATE), OUTBOUND: (OURS, "eve@example.org")}
    for day in range(HORIZON_DAY + 30):
        if moment(day).weekday() > 4 and rng.random() < 0.8:
            continue
        for number in range(rng.choice((0, 1, 1, 2, 3))):
            side = rng.choice((INBOUND, OUTBOUND))
            hour = rng.uniform(6, 20)
            root, at = f"<{day}-{number}>", moment(day, hour)
            writer = rng.choice(sides[side])
            to = [rng.choice(sides[OUTBOUND if side == INBOUND else INBOUND])]
            yield message(day, hour, side=side, uid=root, sender=writer, to=to, subject=f"Topic {day}")
            before = root
            for step in range(rng.choice((0, 1, 1, 1, 1, 2, 2, 3, 4))):
                at += timedelta(hours=rng.expovariate(1 / 9))
                if rng.random() < 0.85:
                    side = OUTBOUND if side == INBOUND else INBOUND
                uid = f"<{day}-{number}-{step}>"
                yield replace(
                    message(
                        side=side,
                        uid=uid,
                        sender=rng.choice(sides[side]),
                        to=[rng.choice(sides[OUTBOUND if side == INBOUND else INBOUND])],
                        cc=[f"boss{rng.randrange(4)}@northwind.example"] if rng.random() < 0.2 else [],
                        answers=before,
                        source=rng.choice(("gmail:ana@example.org", "gmail:eve@example.org")),
                        subject=f"Re: Topic {day}",
                    ),
                    at=at,
                )
                before = uid
    yield message(60, message_class=MessageClass.AUTO_REPLY, back_on=date(2026, 5, 11))
    yield message(
        230, side=INBOUND, sender="mailer@example.org", message_class=MessageClass.BOUNCE, undelivered=(THEIRS,)
    )
    # A public holiday in Germany (Whit Monday 25 May, Day of Unity 3 October) with an answer on the day.
    for day in (84, 215):
        yield message(day, 9, side=OUTBOUND, uid=f"<holiday{day}>")
        yield message(day, 11, side=INBOUND, uid=f"<holiday{day}-answer>", answers=f"<holiday{day}>")


def _meetings(rng: random.Random) -> Iterator[Interaction]:
    for week in range(HORIZON_DAY // 7 + 6):
        day = week * 7 + 2
        organiser = OURS if week % 3 else THEIRS
        seen = moment(max(0, day - 20))
        common = {"uid": f"weekly/{week}", "series": "weekly", "organiser": organiser, "subject": "Weekly status"}
        common["created_at"] = seen
        plan = meeting(day, 15.5 + week % 2 * 2, seen=seen, response=Response.NONE, **common)
        yield plan
        answered = _answered(plan, rng, moment(day - 2) if day > 2 else seen)
        yield answered
        if week % 6 == 4:
            yield replace(
                answered,
                at=answered.at + timedelta(days=1),
                until=answered.until + timedelta(days=1),
                seen_at=moment(day - 1),
            )
        if week % 8 == 5:
            yield meeting(day, 15.5 + week % 2 * 2, seen=moment(day, 8), cancelled=True, **common)
    for number, day in enumerate(range(10, HORIZON_DAY, 31)):
        subject = ("Quarterly review", "Roadmap planning")[number % 2]
        yield meeting(
            day,
            11,
            uid=f"one-{day}",
            seen=moment(day, 9),
            created_at=moment(day, 9),
            subject=subject,
            theirs=(THEIRS, "ed@northwind.example"),
            ours=(OURS, "eve@example.org"),
            present=(OURS, THEIRS) if number % 3 else (OURS,),
        )


def _answered(plan: object, rng: random.Random, seen: datetime) -> Interaction:
    assert hasattr(plan, "attendees")
    answers = tuple(
        Attendee(
            person=Person(address=a.person.address),
            response=rng.choice(
                (Response.ACCEPTED, Response.ACCEPTED, Response.ACCEPTED, Response.TENTATIVE, Response.NONE)
            ),
            answered_at=seen,
        )
        for a in plan.attendees
    )
    return replace(plan, attendees=answers, seen_at=seen)  # type: ignore[type-var]
