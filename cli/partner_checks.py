"""What a partner may be: each check gives the value to store, or refuses in one sentence with what to do instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

from cli.errors import Refusal
from models.records import Agreed, Partner

MOST_CADENCE_DAYS = 260.0
_KEY = re.compile(r"^[^\W_]+(?:-[^\W_]+)*$")
_LONGEST_KEY = 40
_DOMAIN = re.compile(r"^(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_][\w-]{0,61}[^\W_]$")
_ADDRESS = re.compile(r"^[^\s@<>,;\"]+@[^\s@<>,;\"]+$")
MOST_ANSWER_HOURS = 160.0  # 20 working days: after that an answer counts as given up
_WORKING_SPAN = re.compile(r"^(\d{1,4}(?:\.\d+)?)\s*([mhd])$")
_HOURS_IN = {"m": 1 / 60, "h": 1.0, "d": 8.0}
_SPAN = re.compile(r"^(\d{1,3})\s*([dw])$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the options of `add` and `edit` said of a partner; None = nothing."""

    title: str | None = None
    owner: str | None = None
    deputy: str | None = None
    zone: str | None = None
    hours: str | None = None
    country: str | None = None
    region: str | None = None
    closed: tuple[date, ...] | None = None
    cadence: float | None = None
    category: str | None = None
    backup: str | None = None
    answer_within: str | None = None
    we_answer_within: str | None = None
    meet_every: float | None = None
    sponsor: tuple[str, ...] | None = None

    @property
    def named(self) -> list[str]:
        """The names of the options that were given."""
        return [field.name for field in fields(self) if getattr(self, field.name) is not None]


def with_said(partner: Partner, said: Said) -> Partner:
    """The partner with what was said of it, each value checked on its own."""
    hours = partner.hours
    if said.zone is not None:
        hours = replace(hours, zone=zone(said.zone))
    if said.hours is not None:
        hours = replace(hours, hours=working_hours(said.hours))
    if said.country is not None:
        hours = replace(hours, country=said.country.strip().upper(), region=None)
    if said.region is not None:
        hours = replace(hours, region=said.region.strip().upper())
    if said.closed is not None:
        hours = replace(hours, closed=frozenset(said.closed))
    if said.country is not None or said.region is not None:
        _known_calendar(hours.country, hours.region)
    return replace(
        partner,
        title=partner.title if said.title is None else title(said.title),
        owner=partner.owner if said.owner is None else address(said.owner),
        deputy=partner.deputy if said.deputy is None else address(said.deputy),
        hours=hours,
        learned_hours=partner.learned_hours and said.hours is None,
        cadence=partner.cadence if said.cadence is None else cadence(said.cadence),
        category=partner.category if said.category is None else title(said.category, "category").lower(),
        backup=partner.backup if said.backup is None else said.backup.strip().lower(),
        agreed=_with_agreed(partner.agreed, said),
    )


def _with_agreed(agreed: Agreed, said: Said) -> Agreed:
    theirs, ours = said.answer_within, said.we_answer_within
    return replace(
        agreed,
        their_answer_hours=agreed.their_answer_hours if theirs is None else working_span(theirs),
        our_answer_hours=agreed.our_answer_hours if ours is None else working_span(ours),
        meeting_days=agreed.meeting_days if said.meet_every is None else cadence(said.meet_every),
        sponsors=tuple(sorted({*agreed.sponsors, *map(address, said.sponsor or ())})),
    )


def fits(partner: Partner, others: Iterable[Partner], us: Sequence[str], *, readers: Iterable[str] = ()) -> None:
    """Whether a partner can stand beside the others and us; Refusal otherwise.

    `readers` are further addresses that alerts go to: they may not be at a partner.
    """
    others = list(others)
    if not partner.domains and not partner.addresses:
        raise Refusal(
            f"The partner {partner.key} has neither a domain nor an address: name one, "
            f"e.g. `gonequiet partners add {partner.key} --domain {partner.key}.example`"
        )
    for domain in partner.domains:
        _free_domain(domain, others, us)
    for known in partner.addresses:
        _free_address(known, others, us)
    if partner.owner is not None and partner.owner == partner.deputy:
        raise Refusal(f"One person, {partner.owner}, cannot be both owner and deputy of {partner.key}: name two")
    everyone = [*others, partner]
    told = [(p.owner, f"The owner of {p.key}") for p in everyone] + [
        (p.deputy, f"The deputy of {p.key}") for p in everyone
    ]
    told += [(reader, "A reader of alerts in the settings") for reader in readers]
    for reader, role in told:
        at = None if reader is None else _partner_at(reader, everyone, us)
        if reader is not None and at is not None:
            raise Refusal(
                f"{role}, {reader}, would be at the partner {at}: alerts must never reach a partner; name one of ours"
            )
    if partner.backup is not None:
        if partner.backup == partner.key:
            raise Refusal(f"The partner {partner.key} cannot be its own backup: name another one")
        if partner.backup not in {other.key for other in others}:
            raise Refusal(f"There is no partner {partner.backup!r} to be the backup of {partner.key}: add it first")


def key(text: str) -> str:
    """A partner's key: lower-case letters and digits joined by single hyphens, at most 40 characters."""
    if len(text) > _LONGEST_KEY or not _KEY.match(text):
        raise Refusal(f"{text!r} cannot be a partner's key: use letters, digits and hyphens, e.g. northwind")
    return text


def title(text: str, what: str = "title") -> str:
    """One line with something on it."""
    clean = " ".join(text.split())
    if not clean or len(clean) > 80:
        raise Refusal(f"The {what} needs 1 to 80 characters")
    return clean


def domain_in(text: str) -> str | None:
    """An internet domain, lower case; IDNA names become ASCII as in mail headers. None where it is none."""
    clean = text.strip().lower().lstrip("@").rstrip(".")
    if not clean.isascii():
        try:
            clean = clean.encode("idna").decode()
        except UnicodeError:
            return None
    return clean if _DOMAIN.match(clean) else None


def domain(text: str) -> str:
    """A domain that belongs to one organisation."""
    clean = domain_in(text)
    if clean is None:
        raise Refusal(f"{text!r} is not an internet domain such as northwind.example")
    from metrics.suggest import is_free_mail, is_public_suffix  # noqa: PLC0415  loads the suffix list

    if is_free_mail(clean):
        raise Refusal(
            f"Anybody can have a mailbox at {clean}, so it cannot stand for a partner: "
            f"name the people instead, with --address someone@{clean}"
        )
    if is_public_suffix(clean):
        raise Refusal(
            f"The name {clean} is shared by many organisations: add the partner's own part, e.g. northwind.{clean}"
        )
    return clean


def address(text: str) -> str:
    """A mail address, lower case."""
    clean = text.strip().lower()
    if not _ADDRESS.match(clean) or clean.count("@") != 1:
        raise Refusal(f"{text!r} is not a mail address such as ana@example.org")
    return clean


def zone(text: str) -> str:
    """An IANA time zone as it is written there."""
    from zoneinfo import available_timezones  # noqa: PLC0415  reads a folder

    known = {name.lower(): name for name in available_timezones()}
    wanted = text.strip().replace(" ", "_").lower()
    if wanted in known:
        return known[wanted]
    from difflib import get_close_matches  # noqa: PLC0415

    cities = [name for low, name in known.items() if low.rpartition("/")[2] == wanted]
    near = cities or [known[low] for low in get_close_matches(wanted, known, n=3, cutoff=0.6)]
    hint = f"did you mean {' or '.join(sorted(near)[:3])}?" if near else "use a name such as Europe/Berlin"
    raise Refusal(f"{text!r} is not an IANA time zone: {hint}")


def working_hours(text: str) -> str:
    """Weekly hours that can be read, as they were given."""
    from metrics.opening_hours import weekly_shifts  # noqa: PLC0415

    try:
        weekly_shifts(text)
    except ValueError as e:
        raise Refusal(f'{e}; several parts are joined by ";", e.g. "Mon-Thu 09:00-17:30; Fri 09:00-13:00"') from e
    return text.strip()


def cadence(days: float) -> float:
    """A declared rhythm in working days."""
    if not 0 < days <= MOST_CADENCE_DAYS:  # also refuses nan
        raise Refusal(f"A cadence is a number of working days from 1 to {MOST_CADENCE_DAYS:.0f}, not {days:g}")
    return days


def working_span(text: str) -> float:
    """Business hours from "4h", "90m" or "2d"; a day is one of 8 working hours."""
    span = _WORKING_SPAN.match(text.strip().lower())
    hours = float(span[1]) * _HOURS_IN[span[2]] if span is not None else 0.0
    if not 0 < hours <= MOST_ANSWER_HOURS:
        raise Refusal(f"{text!r} is not a time to answer in: write 4h or 2d (working days of 8 hours), up to 20d")
    return hours


def day_ahead(text: str, *, today: date) -> date:
    """A date after today: "2026-12-01", or "10d" and "3w" from today."""
    span = _SPAN.match(text.strip().lower())
    if span is not None:
        until = today + int(span[1]) * timedelta(days=1 if span[2] == "d" else 7)
    else:
        try:
            until = date.fromisoformat(text.strip())
        except ValueError as e:
            raise Refusal(f"{text!r} is not a date: write 2026-12-01, or 10d or 3w from today") from e
    if until <= today:
        raise Refusal(f"{until.isoformat()} is not after today ({today.isoformat()}): a pause ends in the future")
    return until


def _known_calendar(country: str | None, region: str | None) -> None:
    from metrics.opening_hours import public_holidays  # noqa: PLC0415  loads the calendars

    if country is None:
        raise Refusal(f"The region {region} needs its country: add --country, e.g. --country IN --region KA")
    try:
        public_holidays(country, None, 2026)
    except ValueError as e:
        raise Refusal(f"{e}: use an ISO 3166-1 code such as DE, IN or US") from e
    try:
        public_holidays(country, region, 2026)
    except ValueError as e:
        from holidays import country_holidays  # noqa: PLC0415

        known = ", ".join(country_holidays(country).subdivisions) or "none"
        raise Refusal(f"{e}; regions known for {country}: {known}") from e


def _free_domain(name: str, others: Sequence[Partner], us: Sequence[str]) -> None:
    if name in us:
        raise Refusal(f"The domain {name} is our own: a partner is somebody else")
    for other in others:
        if name in other.domains:
            raise Refusal(
                f"The domain {name} already belongs to the partner {other.key}: "
                f"remove it there first, with `gonequiet partners edit {other.key} --remove-domain {name}`"
            )


def _free_address(name: str, others: Sequence[Partner], us: Sequence[str]) -> None:
    from models.directory import Directory  # noqa: PLC0415
    from models.records import Side  # noqa: PLC0415

    if Directory(us).side(name) is Side.US:
        raise Refusal(f"The address {name} is one of our own: a partner is somebody else")
    for other in others:
        if name in other.addresses:
            raise Refusal(
                f"The address {name} already belongs to the partner {other.key}: "
                f"remove it there first, with `gonequiet partners edit {other.key} --remove-address {name}`"
            )


def _partner_at(reader: str, partners: Sequence[Partner], us: Sequence[str]) -> str | None:
    from models.directory import Directory  # noqa: PLC0415

    return Directory(us, partners).place(reader.lower()).partner
