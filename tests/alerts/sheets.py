"""One sheet of each kind, from fixed facts: the golden mails are made of them, and looked at in a browser.

python -m tests.alerts.sheets FOLDER      writes them as .html, .txt and .eml
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from alerts.compose import compose, html_of, text_of
from alerts.compose_account import AccountFacts, account_sheet
from alerts.compose_alert import alert_sheet
from alerts.compose_blind import blind_sheet
from alerts.compose_concern import concern_sheet, concerns_sheet
from alerts.compose_digest import digest_sheet
from alerts.compose_grouped import grouped_sheet
from alerts.compose_recovery import recovery_sheet
from alerts.due_concerns import OWED, SILENT, TOO_MUCH, UNREACHABLE
from alerts.facts import (
    AlertFacts,
    BlindFacts,
    BlindSource,
    Change,
    Checks,
    ConcernFacts,
    ContactFacts,
    DigestFacts,
    DigestRow,
    Evidence,
    Mirror,
    Options,
    OwedAnswer,
    Past,
    PersonFacts,
    Rhythm,
    SomebodyElse,
)
from alerts.sheet import Desk, Sheet, no_link
from models.letters import NoticeKind, message_id_of
from models.records import Partner, State, WorkingHours

AT = datetime(2026, 11, 20, 8, 5, tzinfo=UTC)
LAST = datetime(2026, 11, 3, 9, 12, tzinfo=UTC)
NUDGE = datetime(2026, 11, 12, 14, 2, tzinfo=UTC)
ANA, SENDER = "ana@ourco.example", "gonequiet@ourco.example"


def _link(action: str) -> str:
    return f"https://gonequiet.ourco.example/a/{action}.abcdefghijklmnop"


DESK = Desk(
    reader=ANA,
    zone="Europe/Berlin",
    at=AT,
    link=_link,
    about=lambda key: _link(f"details.{key}"),
    escalates="Without an answer, ben@ourco.example is told on Tue 24 Nov.",
    why="You get it as its owner.",
    unsubscribe="https://gonequiet.ourco.example/a/unsubscribe.abcdefghijklmnop",
)
CALM_DESK = replace(DESK, escalates=None)
NORTHWIND = AlertFacts(
    partner=Partner(
        key="northwind",
        title="Northwind Dev",
        owner=ANA,
        deputy="ben@ourco.example",
        hours=WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 09:30-18:30", country="IN"),
    ),
    state=State.QUIET,
    old=State.LATE,
    turned_at=AT,
    since=LAST,
    silence=11,
    chance=0.013,
    model="Weibull-gamma renewal with clockwork, shape-averaged, version 3, quiet below 2.8 %",
    rhythm=Rhythm(median=3, p90=5, longest=6, n=12, recent=(3, 5, 2, 4, 3, 2, 6, 1, 3, 2, 4, 3)),
    mirror=Mirror(wrote_since=2),
    evidence=Evidence(
        last_inbound=LAST,
        last_outbound=NUDGE,
        last_meeting=datetime(2026, 10, 29, 9, 0, tzinfo=UTC),
        thread_with="R. Iyer",
        thread_at=datetime(2026, 11, 4, 10, 0, tzinfo=UTC),
    ),
    checks=Checks(holidays=("Diwali, IN (9 Nov)",), read_until=datetime(2026, 11, 20, 7, 58, tzinfo=UTC), sources=3),
    options=Options(
        last_nudge=NUDGE,
        usual_answer_days=2,
        opens_at=datetime(2026, 11, 23, 4, 0, tzinfo=UTC),
        other_person="Sunita Rao, last wrote on 30 Oct",
    ),
    past=Past(fired=2, resolved=1),
)
LUMEN = replace(
    NORTHWIND,
    partner=Partner(key="lumen", title="Lumen Print & Co", owner=ANA, cadence=5),
    state=State.GONE,
    silence=23,
    chance=0.004,
    rhythm=Rhythm(median=2, p90=4, longest=9, n=12, recent=(2, 1, 2, 3, 2, 2, 4, 1, 2, 9, 2, 2)),
    since=datetime(2026, 10, 20, 8, 12, tzinfo=UTC),
    evidence=Evidence(
        last_inbound=datetime(2026, 10, 20, 8, 12, tzinfo=UTC),
        last_outbound=datetime(2026, 10, 19, 13, 40, tzinfo=UTC),
    ),
    mirror=Mirror(),
    options=Options(backup="Second Press", backup_seen=datetime(2026, 8, 3, tzinfo=UTC)),
    past=Past(),
)
HARBOR = replace(
    NORTHWIND,
    partner=Partner(key="harbor", title="Harbor Legal", owner=ANA),
    silence=9,
    mirror=Mirror(owed=2, owed_days=11, owed_to="L. Vance", owed_at=datetime(2026, 10, 30, 9, tzinfo=UTC)),
    evidence=Evidence(last_inbound=LAST, last_outbound=datetime(2026, 10, 28, 14, 2, tzinfo=UTC)),
    rhythm=Rhythm(median=4, p90=6, longest=8, n=9, recent=(4, 3, 5, 6, 4, 2, 4, 8, 5)),
)
BACK = replace(
    NORTHWIND,
    kind=NoticeKind.RECOVERY,
    state=State.ON_RHYTHM,
    old=State.QUIET,
    silence=14,
    broken_by="we",
    turned_at=datetime(2026, 11, 24, 8, tzinfo=UTC),
    mirror=Mirror(owed=1, owed_days=0.2),
    evidence=Evidence(last_inbound=datetime(2026, 11, 24, 8, tzinfo=UTC), last_outbound=NUDGE),
)
ALTO_BACK = replace(BACK, partner=Partner(key="alto", title="Alto Freight", owner=ANA))
BLIND = BlindFacts(
    sources=(
        BlindSource(
            name="gmail:ana@ourco.example",
            failure="access was withdrawn",
            since=AT,
            read_until=AT - timedelta(days=3),
            needs_person=True,
        ),
    ),
    partners=("Alto Freight", "Harbor Legal", "Northwind Dev"),
)


PRESSED = ConcernFacts(
    partner=NORTHWIND.partner,
    name=TOO_MUCH,
    number=7,
    since=datetime(2026, 11, 9, 6, tzinfo=UTC),
    sentence="In 3 of the last 3 weeks you wrote far more than usual; 62 % of reminders were early: consider bundling.",
    evidence=replace(NORTHWIND.evidence, next_meeting=datetime(2026, 11, 24, 9, tzinfo=UTC)),
    contact=ContactFacts(
        weeks=(7, 8, 6, 9, 8, 7, 8, 6, 9, 17, 21, 24), usual=8, most=9, theirs=14, ours=69, early=0.62, evenings=0.08
    ),
    read_until=NORTHWIND.checks.read_until,
    sources=3,
)
ONE_SILENT = ConcernFacts(
    partner=NORTHWIND.partner,
    name=SILENT,
    number=8,
    since=datetime(2026, 11, 9, 6, tzinfo=UTC),
    sentence="R. Iyer has been silent for 14 working days, usually 2, while others of theirs go on.",
    evidence=NORTHWIND.evidence,
    person=PersonFacts(
        name="R. Iyer",
        last_inbound=datetime(2026, 10, 30, 9, 12, tzinfo=UTC),
        last_outbound=NUDGE,
        last_meeting=datetime(2026, 10, 29, 9, 0, tzinfo=UTC),
        share=0.46,
        rhythm=Rhythm(median=2, p90=4, longest=5, n=30, recent=(2, 1, 2, 3, 2, 2, 4, 1, 2, 5, 2, 2)),
        silence=14,
        wrote_since=2,
        others=(
            SomebodyElse(name="Sunita Rao", last=date(2026, 11, 18)),
            SomebodyElse(name="K. Menon", last=date(2026, 11, 12)),
        ),
        known_best="Ben Okafor",
    ),
    read_until=NORTHWIND.checks.read_until,
    sources=3,
)
LEFT = replace(
    ONE_SILENT,
    partner=HARBOR.partner,
    name=UNREACHABLE,
    number=9,
    sentence="Mail to L. Vance came back as undeliverable and they have not written since: perhaps they have left.",
    person=PersonFacts(name="L. Vance", last_inbound=LAST, last_outbound=NUDGE, wrote_since=1),
)
WE_OWE_MEANWHILE = ConcernFacts(
    partner=Partner(key="alto", title="Alto Freight", owner=ANA),
    name=OWED,
    number=10,
    since=datetime(2026, 11, 12, 11, tzinfo=UTC),
    sentence="You owe 2 answers; the oldest, to Mia Torp, has waited since 6 November (78 hours), 2 of them overdue.",
    evidence=Evidence(last_inbound=datetime(2026, 11, 19, 8, tzinfo=UTC), last_outbound=NUDGE),
    owed=(
        OwedAnswer(name="Mia Torp", since=datetime(2026, 11, 6, 10, tzinfo=UTC), days=9.8),
        OwedAnswer(name="Jon Eide", since=datetime(2026, 11, 13, 10, tzinfo=UTC), days=4.8),
    ),
    read_until=NORTHWIND.checks.read_until,
    sources=2,
)


ACCESS = AccountFacts(
    mailboxes=(ANA,),
    happened=(
        "the access was withdrawn: the owner removed the app or changed the password; connect again with "
        "`gonequiet connect google`"
    ),
    since=AT - timedelta(hours=1),
    partners=("Alto Freight", "Harbor Legal", "Northwind Dev"),
    command=f"gonequiet connect google --mailbox {ANA} --tier text",
    gives_access=True,
    helper="ops@ourco.example",
)
ENDING = AccountFacts(
    mailboxes=tuple(f"{name}@ourco.example" for name in ("ana", "ben", "cem", "dee")),
    happened="Microsoft: the client secret expires on 2026-12-01: make a new one before, or no mailbox can be read",
    since=AT,
    partners=("Northwind Dev",),
    command="gonequiet pull",
    gives_access=False,
    is_ending=True,
)
EXPIRED = replace(
    ENDING,
    happened="Microsoft: the client secret has expired: an administrator must make a new one and set it",
    partners=(),
    is_ending=False,
)


def _row(facts: AlertFacts) -> DigestRow:
    return DigestRow(
        partner=facts.partner,
        state=facts.state,
        reason=f"Silent for {facts.silence} working days.",
        days_in=facts.silence,
        days_out=4,
        days_met=15,
        their_p50=6.5,
        their_p90=20,
        our_p50=3,
        our_p90=9,
        owed=facts.mirror.owed,
        owed_days=facts.mirror.owed_days,
        spark=(3, 2, 4, 1, 0, 2, 0, 0),
    )


def _calm(title: str) -> DigestRow:
    return DigestRow(
        partner=Partner(key=title.lower(), title=title),
        state=State.ON_RHYTHM,
        reason="",
        days_in=1,
        days_out=2,
        their_p50=4,
        our_p50=5,
        next_meeting=AT + timedelta(days=4),
        spark=(4, 5, 3, 4, 5, 6, 4, 5),
    )


DIGEST = DigestFacts(
    week=date(2026, 11, 23),
    rows=(
        *map(_row, (NORTHWIND, LUMEN, HARBOR)),
        replace(_calm("Alto Freight"), concern=PRESSED.sentence),
        _calm("Corvid Security"),
    ),
    changes=(
        Change(title="Corvid Security", old=State.QUIET, new=State.ON_RHYTHM, at=NUDGE, reason="", silence=9),
        Change(title="Northwind Dev", old=State.LATE, new=State.QUIET, at=AT, reason="", silence=11),
    ),
    coming=(
        "Alto Freight: meeting on Tue 24 Nov, not accepted yet.",
        "No next meeting: Harbor Legal.",
        "Their holidays ahead: Northwind Dev (Wed 25 Nov).",
    ),
    manners=("Northwind Dev: 19 % of our mails pressed outside their hours.",),
    ownership=("Without a deputy: Corvid Security.", "Rests on one person on their side: Alto Freight."),
    bookkeeping=("2 alerts sent this week, 1 answered, none marked as no problem.",),
)


def sheets() -> dict[str, Sheet]:
    """A sheet of each kind by name."""
    commands = replace(DESK, link=no_link, about=no_link, unsubscribe=None)
    operator = replace(DESK, reader="ops@ourco.example", why="You get it as the operator of Gonequiet.")
    desks = {facts.partner.key: DESK for facts in (NORTHWIND, LUMEN, HARBOR, ALTO_BACK)}
    reminder = replace(NORTHWIND, kind=NoticeKind.REMINDER, silence=16)
    escalation = replace(NORTHWIND, kind=NoticeKind.ESCALATION, silence=13)
    deputy = replace(DESK, reader="ben@ourco.example", others=(ANA,), escalates=None, why="You get it as its deputy.")
    return {
        "alert": alert_sheet(NORTHWIND, DESK),
        "alert_without_a_page": alert_sheet(NORTHWIND, commands),
        "gone_on_both_sides": alert_sheet(LUMEN, DESK),
        "we_owe": alert_sheet(HARBOR, DESK),
        "reminder": alert_sheet(reminder, DESK),
        "escalation": alert_sheet(escalation, deputy),
        "recovery": recovery_sheet(BACK, CALM_DESK),
        "grouped": grouped_sheet([LUMEN, NORTHWIND, HARBOR, ALTO_BACK], desks, CALM_DESK),
        "blind": blind_sheet(BLIND, DESK),
        "access_ended": account_sheet(ACCESS, replace(DESK, why="You get it because this is your mailbox.")),
        "access_ended_for_many": account_sheet(EXPIRED, operator),
        "access_ending": account_sheet(ENDING, operator),
        "too_much": concern_sheet(PRESSED, CALM_DESK),
        "too_much_without_a_page": concern_sheet(PRESSED, replace(commands, escalates=None)),
        "one_silent": concern_sheet(ONE_SILENT, CALM_DESK),
        "unreachable": concern_sheet(LEFT, CALM_DESK),
        "we_owe_meanwhile": concern_sheet(WE_OWE_MEANWHILE, CALM_DESK),
        "several_concerns": concerns_sheet(
            (WE_OWE_MEANWHILE, PRESSED, LEFT), dict.fromkeys((7, 9, 10), DESK), replace(DESK, escalates=None)
        ),
        "digest": digest_sheet(DIGEST, DESK),
        "digest_of_nobody": digest_sheet(DigestFacts(week=DIGEST.week, rows=()), DESK),
        "digest_when_calm": digest_sheet(DigestFacts(week=DIGEST.week, rows=(_calm("Alto Freight"),)), DESK),
    }


def mail_of(name: str, sheet: Sheet) -> EmailMessage:
    """The sheet as the mail that goes out."""
    return compose(
        sheet,
        kind=NoticeKind.ALERT,
        sender=SENDER,
        reader=ANA,
        message_id=message_id_of(SENDER, name),
        at=AT,
        references=("<root@gonequiet.ourco.example>",),
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for kind, made in sheets().items():
        (folder / f"{kind}.html").write_text(html_of(made), encoding="utf-8")
        (folder / f"{kind}.txt").write_text(text_of(made), encoding="utf-8")
        (folder / f"{kind}.eml").write_bytes(mail_of(kind, made).as_bytes())
