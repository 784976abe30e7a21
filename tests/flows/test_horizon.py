"""Blind is not quiet: where a partner is judged, and when it cannot be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flows.horizon import horizons
from models.store.sources import Source

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
STALE = timedelta(hours=48)


def source(name: str, *, read: timedelta | None = timedelta(hours=1), live: bool = True, **more: object) -> Source:
    facts: dict[str, object] = dict.fromkeys(Source.__dataclass_fields__)
    facts |= {"id": hash(name), "name": name, "live": live, "generation": 0, "needs_person": False}
    facts["read_until"] = None if read is None else NOW - read
    return Source(**(facts | more))  # type: ignore[arg-type]


def of(key: str, sources: list[Source], carriers: dict[str, list[tuple[str, datetime]]], **more: object):
    since = {key: more.pop("since", NOW - timedelta(days=900))}
    return horizons(since, sources, carriers, now=NOW, stale_after=STALE, **more)[key]


def test_the_mailbox_that_was_read_least_far_sets_the_horizon() -> None:
    sources = [source("gmail:a"), source("gmail:b", read=timedelta(hours=9))]

    found = of("p", sources, {"p": [("gmail:a", NOW), ("gmail:b", NOW)]})

    assert (found.at, found.blind) == (NOW - timedelta(hours=9), None)


def test_a_stale_mailbox_that_carries_the_partner_blinds_it() -> None:
    sources = [source("gmail:a"), source("gmail:b", read=timedelta(days=4), failure="the token was revoked")]

    found = of("p", sources, {"p": [("gmail:a", NOW), ("gmail:b", NOW - timedelta(days=5))]})

    assert found.blind is not None
    assert "the token was revoked" in found.blind


def test_a_stale_mailbox_that_never_carried_the_partner_does_not_matter() -> None:
    sources = [source("gmail:a"), source("gmail:b", read=timedelta(days=4))]

    assert of("p", sources, {"p": [("gmail:a", NOW)]}).blind is None


def test_a_mailbox_that_carried_it_only_long_ago_does_not_matter() -> None:
    sources = [source("gmail:a"), source("gmail:old", read=timedelta(days=200))]

    assert of("p", sources, {"p": [("gmail:a", NOW), ("gmail:old", NOW - timedelta(days=300))]}).blind is None


def test_an_archive_is_a_snapshot_and_never_stale() -> None:
    sources = [
        source("archive:x", live=False, read=timedelta(days=400)),
        source("archive:y", live=False, read=timedelta(days=300)),
    ]

    found = of("p", sources, {"p": [("archive:x", NOW - timedelta(days=420))]})

    assert (found.at, found.blind) == (NOW - timedelta(days=300), None)


def test_a_live_mailbox_outranks_archives() -> None:
    sources = [source("archive:x", live=False, read=timedelta(days=400)), source("gmail:a")]

    found = of("p", sources, {"p": [("archive:x", NOW - timedelta(days=420)), ("gmail:a", NOW)]})

    assert (found.at, found.sources) == (NOW - timedelta(hours=1), ("gmail:a",))


def test_nothing_read_yet_is_nothing_to_judge() -> None:
    assert of("p", [], {}).at is None
    assert of("p", [source("gmail:a", read=None)], {}).at is None


def test_an_audit_that_found_mail_missing_holds_the_horizon_back() -> None:
    complete = NOW - timedelta(days=3)

    found = of("p", [source("gmail:a")], {"p": [("gmail:a", NOW)]}, complete_until={"gmail:a": complete})

    assert found.at == complete
    assert found.blind is not None


def test_nothing_is_judged_in_the_future_whatever_an_archive_is_dated() -> None:
    ahead = source("archive:x", live=False, read=-timedelta(days=2))

    assert of("p", [ahead], {"p": [("archive:x", NOW)]}).at == NOW


def test_an_account_read_by_a_clock_that_ran_ahead_blinds_until_it_is_read_again() -> None:
    ahead, well = source("gmail:a", read=-timedelta(days=300)), source("gmail:b", read=-timedelta(seconds=5))

    found = of("p", [ahead, well], {"p": [("gmail:a", NOW), ("gmail:b", NOW)]})

    assert found.at == NOW
    assert found.blind is not None
    assert "gmail:a" in found.blind
    assert of("p", [well], {"p": [("gmail:b", NOW)]}).blind is None


def test_an_account_read_before_a_partner_was_watched_says_nothing_of_it() -> None:
    added = NOW - timedelta(minutes=30)
    before = source("gmail:a", pulled_at=added - timedelta(minutes=1), failure="no answer")
    after = source("gmail:a", pulled_at=added + timedelta(minutes=1))
    carriers = {"p": [("gmail:a", NOW - timedelta(days=30))]}

    blind = of("p", [before], carriers, since=added).blind
    assert blind is not None
    assert "no answer" in blind
    assert of("p", [after], carriers, since=added).blind is None
