"""The form on which a partner's rhythm, hours and holidays are set; it shows what would change before it saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from zoneinfo import available_timezones

from alerts.words import day, number, working_days
from metrics.opening_hours import public_holidays, weekly_shifts
from models.records import Partner, State, WorkingHours
from web.answering import BadForm

_MOST_CADENCE_DAYS = 260.0
_MOST_CLOSED = 60
_HOLIDAY_YEAR = 2026  # any year tells whether a country is known


class Outlook(Protocol):
    """Where a partner would stand under certain settings; see flows/outlook.py."""

    @property
    def state(self) -> State: ...
    @property
    def silence(self) -> float | None: ...
    @property
    def late_after(self) -> datetime | None: ...
    @property
    def quiet_after(self) -> datetime | None: ...
    @property
    def alerts(self) -> int: ...
    @property
    def ended(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of the form."""

    name: str
    label: str
    value: str
    hint: str


def fields_of(partner: Partner, form: Mapping[str, str] | None = None) -> tuple[Field, ...]:
    """The form as stored, or as it was filled in."""
    hours = partner.hours
    stored = {
        "cadence": "" if partner.cadence is None else f"{partner.cadence:g}",
        "zone": hours.zone,
        "hours": hours.hours,
        "country": hours.country or "",
        "region": hours.region or "",
        "closed": ", ".join(each.isoformat() for each in sorted(hours.closed)),
    }
    labels = {
        "cadence": ("We should hear at least every … working days", "empty: learned from their own rhythm alone"),
        "zone": ("Their time zone", "for example Asia/Kolkata"),
        "hours": ("Their working hours", "for example Mon-Thu 09:00-17:30; Fri 09:00-13:00"),
        "country": ("Country of their public holidays", "two letters: IN, DE, US; empty: none"),
        "region": ("Region of their public holidays", "for example BY or KA; empty: the whole country"),
        "closed": ("Further days on which they are closed", "dates with commas between: 2026-12-24, 2026-12-31"),
    }
    said = form if form is not None else stored
    return tuple(
        Field(name=name, label=label, value=said.get(name, stored[name]), hint=hint)
        for name, (label, hint) in labels.items()
    )


def changed(partner: Partner, form: Mapping[str, str]) -> Partner:
    """The partner as the form says; BadForm, in one sentence, where a field cannot be used."""
    said = {name: " ".join(form.get(name, "").split()) for name in ("cadence", "zone", "hours", "country", "region")}
    hours = said["hours"] or WorkingHours().hours
    try:
        weekly_shifts(hours)
    except ValueError as e:
        raise BadForm(f"Their working hours: {e}.") from e
    country, region = said["country"].upper() or None, said["region"].upper() or None
    if region is not None and country is None:
        raise BadForm("A region needs its country.")
    if country is not None:
        try:
            public_holidays(country, region, _HOLIDAY_YEAR)
        except ValueError as e:
            raise BadForm(f"Their public holidays: {e}.") from e
    given = WorkingHours(
        zone=_zone(said["zone"]), hours=hours, country=country, region=region, closed=_closed(form.get("closed", ""))
    )
    return replace(
        partner,
        cadence=_cadence(said["cadence"]),
        hours=given,
        learned_hours=partner.learned_hours and given.hours == partner.hours.hours,
    )


def differences(before: Outlook, after: Outlook, zone: str, *, now: datetime) -> tuple[tuple[str, str, str, bool], ...]:
    """Rows of (what, as it is, as it would be, whether they differ)."""

    def when(at: datetime | None) -> str:
        return "cannot be told" if at is None else day(at, zone, now=now)

    def alerts(each: Outlook) -> str:
        return f"{each.alerts}, {each.ended} ended by themselves" if each.alerts else "none"

    def silence(each: Outlook) -> str:
        return "–" if each.silence is None else working_days(each.silence)

    rows = (
        ("State", before.state.value.replace("_", " "), after.state.value.replace("_", " ")),
        ("Silence now", silence(before), silence(after)),
        ("Late, if nothing comes, from", when(before.late_after), when(after.late_after)),
        ("Quiet, if nothing comes, from", when(before.quiet_after), when(after.quiet_after)),
        ("Alerts of the last 12 months", alerts(before), alerts(after)),
    )
    return tuple((what, old, new, old != new) for what, old, new in rows)


def _cadence(text: str) -> float | None:
    if not text:
        return None
    try:
        days = float(text.replace(",", "."))
    except ValueError as e:
        raise BadForm(f"{text!r} is not a number of working days.") from e
    if not 0 < days <= _MOST_CADENCE_DAYS:
        raise BadForm(f"The rhythm is a number of working days from 1 to {number(_MOST_CADENCE_DAYS)}.")
    return days


def _zone(text: str) -> str:
    known = {name.lower(): name for name in available_timezones()}
    wanted = text.replace(" ", "_").lower() or "utc"
    if wanted not in known:
        raise BadForm(f"{text!r} is not a time zone: use a name such as Europe/Berlin.")
    return known[wanted]


def _closed(text: str) -> frozenset[date]:
    parts = [part for part in text.replace(",", " ").split() if part]
    if len(parts) > _MOST_CLOSED:
        raise BadForm(f"At most {_MOST_CLOSED} closed days.")
    try:
        return frozenset(date.fromisoformat(part) for part in parts)
    except ValueError as e:
        raise BadForm("Closed days are dates such as 2026-12-24, with commas between.") from e
