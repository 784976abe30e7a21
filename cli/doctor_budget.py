"""What `doctor` says of the alarm budget: how strict the detector is, who decided, what the own history proposes."""

from __future__ import annotations

from collections.abc import Iterator

from cli.doctor_finding import Finding, Health
from cli.opening import Opened
from cli.output import count_of
from flows.strictness import in_force
from metrics.rhythm_prior import MODEL_VERSION


def budget_findings(house: Opened) -> Iterator[Finding]:
    """The strictness in use, and a proposal of the history that nobody has taken up."""
    store, settings = house.store, house.settings
    watched = store.partners.count()
    if not watched:
        return
    used = in_force(store, settings, partners=watched)
    budget = settings.alerts.budget_per_month
    says = (
        f"strictness {used.value:.2f}, {used.sentence()}, "
        f"for {budget:g} false alarm{'' if budget == 1 else 's'} a month over {count_of(watched, 'partner')}"
    )
    yield Finding(about="alarm budget", health=Health.GOOD, says=says)
    newest = store.calibrations.newest()
    if newest is not None and newest.model == MODEL_VERSION and not newest.in_use and used.origin != "settings":
        yield Finding(
            about="alarm budget",
            health=Health.NOTE,
            says=(
                f"your own history proposes strictness {newest.strictness:.2f} "
                f"({count_of(newest.false_alarms, 'false alarm')} in {newest.partner_years:.0f} partner-years)"
            ),
            todo="To use it: gonequiet replay --months 12 --apply.",
        )
