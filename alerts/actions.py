"""What can be answered to an alert: the buttons, and the commands that do the same."""

from __future__ import annotations

from alerts.sheet import Button, Desk

HANDLED, LEAVE, NOT_A_PROBLEM, DETAILS, UNDO = "handled", "leave", "not-a-problem", "details", "undo"
SNOOZES = (3, 7, 14)


def buttons_for(
    key: str, desk: Desk, *, short: bool = False, concern: int | None = None, may_be_away: bool = True
) -> tuple[Button, ...]:
    """Handled, snooze, on leave, not a problem, details; only the first three kinds where `short`.

    concern      what the answers are about, where that is not the partner's silence
    may_be_away  False where being on leave explains nothing
    """
    command = f"gonequiet alerts answer {key}" + (f" --concern {concern}" if concern is not None else "")
    found = [Button(label="Handled", command=f"{command} handled", url=desk.link(HANDLED), is_first=True)]
    for days in SNOOZES[:1] if short else SNOOZES:
        label = f"Snooze {days} days"
        found.append(Button(label=label, command=f"{command} snooze --days {days}", url=desk.link(f"snooze-{days}")))
    if found[0].url is None:  # commands are typed, not pressed: one line tells all three
        found[1:] = [Button(label="Snooze 3, 7 or 14 working days", command=f"{command} snooze --days 7")]
    if not short and may_be_away:
        leave = Button(label="On leave until…", command=f"{command} leave --until DATE", url=desk.link(LEAVE))
        found.append(leave)
    reason = f"{command} not-a-problem --because TEXT"
    found.append(Button(label="Not a problem because…", command=reason, url=desk.link(NOT_A_PROBLEM)))
    if not short:
        found.append(Button(label="Details", command=f"gonequiet explain {key}", url=desk.link(DETAILS)))
    return tuple(found)
