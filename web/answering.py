"""Answers given on the page: a ticket asks a question, and only pressing the button acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from alerts.links import Ticket
from metrics.reader_calendar import ReaderCalendar
from models.letters import AnswerKind
from models.settings import Settings
from models.store.store import Store

_LONGEST_NOTE = 300
_FARTHEST_DAYS = 400


class BadForm(Exception):
    """The form cannot be used as it was filled in; the message is for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the page asks before it acts.

    wants_until, wants_note  which fields the form shows; `until` and `earliest` fill the date field
    """

    title: str
    text: str
    button: str
    wants_until: bool = False
    wants_note: bool = False
    until: date | None = None
    earliest: date | None = None


def question_of(ticket: Ticket, title: str, settings: Settings, *, now: datetime) -> Question:
    """The question behind a ticket about the partner of this title. ValueError for an action that asks nothing."""
    calendar = ReaderCalendar.of(settings.hours_of(ticket.reader))
    today = calendar.date_of(now)
    action = ticket.action
    if action == "handled":
        text = "Nobody is reminded and the deputy is not told. You hear again when they are back, or if it gets worse."
        if ticket.concern is not None:
            text = "You are not reminded of it. You hear again if it ends and comes back."
        return Question(title=f"{title}: handled?", text=text, button="Yes, it is handled")
    if action.startswith("snooze-"):
        until = calendar.nth_after(today, _days(action))
        text = (
            f"No mail about them until the end of {until:%A} {until.day} {until:%B}; a reminder then if nothing came."
        )
        return Question(title=f"{title}: snooze?", text=text, button=f"Snooze {_days(action)} working days")
    if action == "leave":
        text = "Their silence does not count until then. Choose the last day of their absence."
        if ticket.concern is not None:
            text = "The silence of this person does not count until then. Choose the last day of their absence."
        proposed = calendar.nth_after(today, 5)
        return Question(
            title=f"{title}: on leave?",
            text=text,
            button="They are away until then",
            wants_until=True,
            until=proposed,
            earliest=today,
        )
    if action == "not-a-problem":
        text = "This silence is not told again, and your reason helps to judge the next one better."
        if ticket.concern is not None:
            text = "This is not told again for half a year. Your reason is kept with it."
        return Question(title=f"{title}: not a problem?", text=text, button="It is not a problem", wants_note=True)
    if action == "undo":
        text = "The newest answer about them is taken back, with what followed from it."
        return Question(title=f"{title}: take back?", text=text, button="Take it back")
    if action == "unsubscribe":
        text = f"{ticket.reader} gets no more mail from Gonequiet. The operator sees it; `alerts again` reverses it."
        return Question(title="No more of these mails?", text=text, button="Send me no more mail")
    raise ValueError(action)


def act(
    ticket: Ticket, form: Mapping[str, str], store: Store, settings: Settings, *, now: datetime, one_click: bool = False
) -> str:
    """Do what the ticket allows; gives a sentence. BadForm where a field is missing; LookupError: no such partner."""
    if ticket.action == "unsubscribe":
        store.readers.silence(ticket.reader, now=now)
        return f"{ticket.reader} gets no more mail."
    if one_click or form.get("confirm") != "yes":
        raise BadForm("Nothing was done: press the button on this page.")
    concern = store.concerns.by_id([ticket.concern]).get(ticket.concern) if ticket.concern is not None else None
    if ticket.concern is not None and concern is None:
        raise LookupError(ticket.partner)
    if ticket.action == "undo":
        undone = store.answers.undo(ticket.partner, who=ticket.reader, now=now)
        return "There was no answer to take back." if undone is None else "Taken back."
    calendar = ReaderCalendar.of(settings.hours_of(ticket.reader))
    today = calendar.date_of(now)
    kind, until, note = AnswerKind.HANDLED, None, None
    said = "Noted: it is handled."
    if ticket.action.startswith("snooze-"):
        kind, until = AnswerKind.SNOOZE, calendar.nth_after(today, _days(ticket.action))
        said = f"Noted: no mail about them until the end of {until:%A} {until.day} {until:%B}."
    elif ticket.action == "leave":
        kind, until = AnswerKind.LEAVE, _until(form.get("until", ""), today)
        said = f"Noted: away until {until.day} {until:%B %Y}."
    elif ticket.action == "not-a-problem":
        kind, note = AnswerKind.NOT_A_PROBLEM, " ".join(form.get("note", "").split())[:_LONGEST_NOTE] or None
        said = "Noted: not a problem. It is not told again."
    elif ticket.action != "handled":
        raise BadForm("This link shows something; it cannot act.")
    store.answers.give(
        ticket.partner,
        kind,
        who=ticket.reader,
        now=now,
        flip_id=ticket.flip_id,
        concern=concern,
        until=until,
        since=today if kind is AnswerKind.LEAVE else None,
        note=note,
    )
    return said


def _days(action: str) -> int:
    return int(action.removeprefix("snooze-"))


def _until(text: str, today: date) -> date:
    try:
        until = date.fromisoformat(text)
    except ValueError as e:
        raise BadForm("Until when are they away? Choose a date.") from e
    if not 0 <= (until - today).days <= _FARTHEST_DAYS:
        raise BadForm("Choose a date from today on, at most a year ahead.")
    return until
