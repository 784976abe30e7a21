"""A sample alert about a made-up partner: what `alerts test` sends."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage

from alerts.compose import compose
from alerts.compose_alert import alert_sheet
from alerts.facts import AlertFacts, Checks, Evidence, Mirror, Options, Past, Rhythm
from alerts.sheet import Desk
from models.letters import NoticeKind, message_id_of
from models.records import Partner, State, WorkingHours


def sample_facts(at: datetime) -> AlertFacts:
    """A weekly partner that has been silent for eleven working days."""
    last = at - timedelta(days=15, hours=2)
    return AlertFacts(
        partner=Partner(
            key="northwind",
            title="Northwind Dev (a sample)",
            hours=WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 09:30-18:30", country="IN"),
        ),
        state=State.QUIET,
        old=State.LATE,
        turned_at=at,
        since=last,
        silence=11,
        chance=0.013,
        model="sample",
        rhythm=Rhythm(median=3, p90=5, longest=6, n=12, recent=(2, 3, 1, 4, 2, 3, 3, 5, 2, 4, 6, 3)),
        mirror=Mirror(wrote_since=2),
        evidence=Evidence(
            last_inbound=last,
            last_outbound=at - timedelta(days=6),
            last_meeting=last - timedelta(days=5),
            thread_with="R. Iyer",
            thread_at=last + timedelta(days=1),
        ),
        checks=Checks(read_until=at - timedelta(minutes=7), sources=3),
        options=Options(last_nudge=at - timedelta(days=6), usual_answer_days=2),
        past=Past(fired=2, resolved=1),
    )


def sample_mail(*, sender: str, reader: str, zone: str, at: datetime) -> EmailMessage:
    """The sample as a mail; every moment gives another Message-ID, so that each test arrives."""
    desk = Desk(reader=reader, zone=zone, at=at, why="It is a test: you get it because somebody asked for it.")
    return compose(
        alert_sheet(sample_facts(at), desk),
        kind=NoticeKind.ALERT,
        sender=sender,
        reader=reader,
        message_id=message_id_of(sender, "test", reader, at.isoformat()),
        at=at,
    )
