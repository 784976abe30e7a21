"""`gonequiet alerts`: what was sent, a test mail, and the answers that the links in mails give too."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from cli.errors import NotAllowed, Refusal, TryLater
from cli.menu import Menu
from cli.opening import opened
from cli.output import as_json, count_of, say, shown_time

if TYPE_CHECKING:
    from datetime import date

    from models.letters import Answer
    from models.settings import Settings
    from models.store.store import Store

_KINDS = ("handled", "snooze", "leave", "not-a-problem", "undo")


@click.group(cls=Menu)
def command() -> None:
    """See what was sent, send yourself a test mail, and answer an alert."""


@command.command("list")
@click.option(
    "-n", "--number", default=20, show_default=True, type=click.IntRange(1, 1000), metavar="N", help="How many letters."
)
@click.option("--json", "json_", is_flag=True, help="Print as JSON.")
def list_(number: int, json_: bool) -> None:
    """Show the newest letters: to whom, about whom, whether they were accepted, and how they were answered."""
    with opened() as house:
        rows = [_row(house.store, letter) for letter in house.store.letters.newest(limit=number)]
        if json_:
            as_json({"letters": rows, "silent_readers": house.store.readers.silent()})
            return
        if not rows:
            say("No mail was sent yet.")
        for row in rows:
            at = shown_time(row["told_at"] or row["made_at"], house.settings.zone)  # type: ignore[arg-type]
            about = ", ".join(row["partners"]) or _about(row)  # type: ignore[arg-type]
            answered = f"; answered: {row['answer']}" if row["answer"] else ""
            say(f"{at}  {row['kind']:<10}  {about} to {row['reader']}: {row['state']}{answered}")
        for reader, since in house.store.readers.silent().items():
            say(f"{reader} wants no mail since {shown_time(since, house.settings.zone)}")


@command.command()
@click.option("--to", "reader", metavar="ADDRESS", help="Who gets it; default: the operator of the settings.")
def test(reader: str | None) -> None:
    """Send a sample alert about a made-up partner, the way real ones go.

    It says whether the mail was accepted, and by whom; nothing is stored. It is never sent to a partner.
    """
    from alerts.mailer import Guarded, MailerError, Outbox  # noqa: PLC0415
    from alerts.sample import sample_mail  # noqa: PLC0415
    from flows.way_out import way_out  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415
    from models.records import Side  # noqa: PLC0415

    with opened() as house:
        settings = house.settings
        wanted = (
            reader or settings.alerts.operator or (settings.alerts.sender if settings.alerts.via == "outbox" else None)
        )
        if wanted is None:
            raise Refusal("Nobody to send it to: give --to ADDRESS, or set alerts.operator in the settings")
        wanted = _address(wanted)
        directory = house.directory
        message = sample_mail(
            sender=settings.alerts.sender, reader=wanted, zone=settings.hours_of(wanted).zone, at=now()
        )
        try:
            mailer = way_out(house.store, settings, clock=now)
            Guarded(mailer, lambda address: directory.side(address) is Side.PARTNER).send(message)
        except MailerError as e:
            error = NotAllowed if e.permanent else TryLater
            raise error(f"The test mail was not accepted: {e}") from e
        if isinstance(mailer, Outbox):
            say(f"Written to {mailer.path_of(message)}")
        else:
            say(f"Accepted by {_where(settings)} for {wanted}. If it does not arrive, look into the spam folder.")


@command.command()
@click.argument("partner")
@click.argument("kind", type=click.Choice(_KINDS), metavar="ANSWER")
@click.option("--days", type=click.IntRange(1, 260), metavar="N", help="For snooze: working days; default 3.")
@click.option("--until", metavar="DATE", help="For snooze and leave: the last day of it, e.g. 2026-12-01.")
@click.option("--because", "note", metavar="TEXT", help="For not-a-problem: the reason, in your words.")
@click.option(
    "--concern", "number", type=click.IntRange(1), metavar="N", help="What it is about: the number that the mail names."
)
@click.option("--who", help="Who answers; default: your user name.")
def answer(
    partner: str,
    kind: str,
    days: int | None,
    until: str | None,
    note: str | None,
    number: int | None,
    who: str | None,
) -> None:
    """Answer the alert about PARTNER, as the links in its mail do. ANSWER is one of these:

    \b
    handled         somebody has it in hand: no reminder, no escalation
    snooze          nothing about them for some working days
    leave           they are away until a date: the silence does not count
    not-a-problem   a false alarm: it is not told again, and it teaches replay
    undo            take the newest answer back
    """
    from models.clock import now  # noqa: PLC0415
    from models.letters import AnswerKind  # noqa: PLC0415

    with opened() as house:
        found = house.partner(partner)
        person = who or getpass.getuser()
        if kind == AnswerKind.UNDO:
            undone = house.store.answers.undo(found.key, who=person, now=now())
            if undone is None:
                raise Refusal(f"There is no answer about {found.key} to take back")
            say(f"Taken back: {_said(undone)}.")
            return
        if note is not None and kind != AnswerKind.NOT_A_PROBLEM:
            raise Refusal(f"--because belongs to not-a-problem, not to {kind}")
        if days is not None and kind != AnswerKind.SNOOZE:
            raise Refusal(f"--days belongs to snooze, not to {kind}")
        if days is not None and until is not None:
            raise Refusal("Give --days or --until, not both")
        ends = _ends(house.settings, kind, days, until)
        concern = None
        if number is not None:
            concern = house.store.concerns.by_id([number]).get(number)
            if concern is None or concern.partner != found.key:
                raise Refusal(f"There is no concern {number} about {found.key}: the mail names the right number")
        given = house.store.answers.give(
            found.key,
            AnswerKind(kind),
            who=person,
            now=now(),
            concern=concern,
            until=ends,
            since=_today(house.settings) if kind == AnswerKind.LEAVE else None,
            note=note,
        )
        say(f"Noted for {found.title}: {_said(given)}. Take it back: gonequiet alerts answer {found.key} undo")


@command.command("again")
@click.argument("reader")
def again(reader: str) -> None:
    """Send mail again to a reader who had asked for no more."""
    with opened() as house:
        if not house.store.readers.hear_again(_address(reader)):
            raise Refusal(f"{reader} never asked for no more mail")
        say(f"{reader} gets mail again.")


@command.command("retry")
def retry() -> None:
    """Try letters that could not be sent once more with the next run, also those given up."""
    with opened() as house:
        n = house.store.letters.try_again()
        say(f"{count_of(n, 'letter')} will be tried with the next `gonequiet run`." if n else "No letter has failed.")


def _row(store: Store, letter: object) -> dict[str, object]:
    from models.letters import Letter  # noqa: PLC0415

    if not isinstance(letter, Letter):
        raise TypeError(type(letter).__name__)
    flips = store.notices.flips_by_id([flip_id for flip_id, _ in letter.flips])
    partners = list(dict.fromkeys(flips[i].flip.partner for i, _ in letter.flips if i in flips))
    concerns = store.concerns.by_id([number for number, _ in letter.concerns])
    partners += [c.partner for c in concerns.values() if c.partner not in partners]
    answers = [
        a
        for a in store.answers.of_partners(partners)
        if (a.flip_id in flips or a.concern in concerns) and a.undone_at is None
    ]
    if letter.told_at is not None:
        state = "accepted"
    elif letter.given_up:
        state = f"given up: {letter.failure}"
    elif letter.failure is not None:
        state = f"not yet accepted: {letter.failure}"
    else:
        state = "on its way"
    return {
        "kind": letter.kind.value,
        "reader": letter.reader,
        "partners": partners,
        "about": letter.about,
        "made_at": letter.made_at,
        "told_at": letter.told_at,
        "attempts": letter.attempts,
        "state": state,
        "message_id": letter.message_id,
        "answer": _said(answers[-1]) if answers else None,
    }


def _about(row: Mapping[str, object]) -> str:
    return f"week of {row['about']}" if row["kind"] == "digest" else str(row["about"])


def _said(answer: Answer) -> str:
    until = f" until {answer.until.day} {answer.until:%b %Y}" if answer.until is not None else ""
    note = f" because {answer.note}" if answer.note else ""
    return f"{answer.kind.value.replace('-', ' ')}{until}{note} ({answer.who})"


def _today(settings: Settings) -> date:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from models.clock import now  # noqa: PLC0415

    return now().astimezone(ZoneInfo(settings.zone)).date()


def _ends(settings: Settings, kind: str, days: int | None, until: str | None) -> date | None:
    from metrics.reader_calendar import ReaderCalendar  # noqa: PLC0415

    today = _today(settings)
    if until is not None:
        if kind not in {"snooze", "leave"}:
            raise Refusal(f"--until belongs to snooze and leave, not to {kind}")
        from cli.partner_checks import day_ahead  # noqa: PLC0415

        return day_ahead(until, today=today)
    if kind == "leave":
        raise Refusal("Until when are they away? Give --until DATE, the last day of it")
    if kind == "snooze":
        return ReaderCalendar.of(settings.hours_of("")).nth_after(today, days or 3)
    return None


def _address(text: str) -> str:
    from cli.partner_checks import address  # noqa: PLC0415

    return address(text)


def _where(settings: Settings) -> str:
    alerts = settings.alerts
    return (
        f"{alerts.host}:{alerts.port}" if alerts.via == "smtp" else {"gmail": "Gmail", "graph": "Microsoft"}[alerts.via]
    )
