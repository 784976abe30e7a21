"""One partner for `gonequiet explain --json`; the fields are described in docs/json.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.status import as_row, concern_row

if TYPE_CHECKING:
    from flows.signals import Signals
    from metrics.history import History
    from models.records import Concern, Flip, Partner, Side, Standing


def explained(
    partner: Partner, standing: Standing, signals: Signals, flips: Sequence[Flip], concerns: Sequence[Concern]
) -> dict[str, Any]:
    """Everything but the tone."""
    from models.records import Side  # noqa: PLC0415  --help needs none of these

    return as_row(partner, standing) | {
        "signals": {
            name: {"value": found.value, "n": found.n, "at_least": found.at_least}
            for name, found in signals.values.items()
        },
        "contact_days": len(signals.history.contact_days),
        "findings": [
            {
                "name": f.name,
                "side": f.side,
                "level": f.level,
                "sentence": f.sentence,
                "value": f.value,
                "n": f.n,
                "people": f.people,
            }
            for f in signals.findings
        ],
        "concerns": [concern_row(concern) for concern in reversed(concerns)],
        "answers_we_owe": _owed_rows(signals.history, Side.US),
        "answers_they_owe": _owed_rows(signals.history, Side.PARTNER),
        "flips": [{"old": f.old, "new": f.new, "turned_at": f.turned_at, "reason": f.reason} for f in flips],
    }


def _owed_rows(history: History, side: Side) -> list[dict[str, Any]]:
    """The answers that a side owes, oldest first."""
    from metrics.awaiting import owed  # noqa: PLC0415
    from metrics.working_time import moment_of  # noqa: PLC0415

    return [
        {
            "id": due.wait.uid,
            "asker": due.wait.asker,
            "asked": due.wait.asked,
            "since": moment_of(due.wait.opened),
            "hours": round(due.hours, 2),
            "due_hours": round(due.due_hours, 2),
            "overdue": due.is_overdue,
            "reminders": due.wait.nudges,
        }
        for due in owed(history, side)
    ]
