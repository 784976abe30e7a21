"""Where a signal is healthy and where it asks for attention: start values, half of them about our own side.

Most advice on keeping a relationship pulls both ways (keep in touch, do not crowd), so a band may end on both sides.
Source of the values: the signal catalogue; they are for replay to calibrate, not proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from metrics.base import Measured
from models.records import Side


class Level(StrEnum):
    """How a signal stands."""

    HEALTHY = "healthy"
    BETWEEN = "between"
    CONCERN = "concern"


@dataclass(frozen=True, slots=True)
class Band:
    """One metric's limits. Healthy lies within `healthy`, a concern beyond `concern`; None = open on that end.

    side   whose behaviour it is
    words  the sentence: {value} in its unit, {n} observations, {were} in the value's number, {times} of a ratio,
           {changed} of a share against before
    none   the sentence where the value is as good as 0; "" = `words` does
    """

    metric: str
    side: Side
    healthy: tuple[float | None, float | None]
    concern: tuple[float | None, float | None]
    words: str
    least_n: int = 1
    none: str = ""

    def level(self, found: Measured) -> Level:
        """Where a value stands; a mere floor can be a concern, never healthy."""
        low, high = self.concern
        if (high is not None and found.value > high) or (low is not None and found.value < low and not found.at_least):
            return Level.CONCERN
        low, high = self.healthy
        inside = (low is None or found.value >= low) and (high is None or found.value <= high)
        return Level.HEALTHY if inside and not found.at_least else Level.BETWEEN


_US, _THEM = Side.US, Side.PARTNER

# fmt: off
# ruff: noqa: E501  a table reads best with one line a row
BANDS: tuple[Band, ...] = (
    Band("our_reply_rate", _US, (0.9, None), (0.7, None), "You answered {value} of their last {n} mails in time."),
    Band("their_reply_rate", _THEM, (0.9, None), (0.7, None), "They answered {value} of your last {n} mails in time."),
    Band("their_threads_answered", _US, (0.95, None), (0.85, None),
         "You answered {value} of the {n} conversations they began."),
    Band("our_threads_answered", _THEM, (0.95, None), (0.85, None),
         "They answered {value} of the {n} conversations you began."),
    Band("our_nudges", _THEM, (None, 0.3), (None, 1), "You send {value} for each answer of theirs.",
         none="You did not have to remind them of any answer."),
    Band("their_nudges", _US, (None, 0.3), (None, 1), "They send {value} for each answer of yours.",
         none="They did not have to remind you of any answer."),
    Band("their_answer_trend", _THEM, (None, 1.5), (None, 2),
         "They took {times} as long to answer in the last 28 days as in the 90 before.", 8),
    Band("our_answer_trend", _US, (None, 1.5), (None, 2),
         "You took {times} as long to answer in the last 28 days as in the 90 before.", 8),
    Band("their_overload", _THEM, (-0.1, None), (-0.2, None),
         "They answer as fast as before, and the share answered in time {changed}."),
    Band("our_overload", _US, (-0.1, None), (-0.2, None),
         "You answer as fast as before, and the share answered in time {changed}."),
    Band("our_impatience", _US, (None, 0.2), (None, 0.5),
         "{value} of your {n} reminders came before their usual answer time had passed."),
    Band("our_after_hours_pressure", _US, (None, 0.05), (None, 0.15),
         "{value} of your last {n} mails reached into their evenings or week-ends and were dealt with there."),
    Band("their_after_hours_pressure", _THEM, (None, 0.05), (None, 0.15),
         "{value} of their last {n} mails reached into your evenings or week-ends and were dealt with there."),
    Band("our_holiday_intrusions", _US, (None, 0), (None, 1.5), "You drew them to work on {value} of their public holidays."),
    Band("our_short_notice_churn", _US, (None, 0.1), (None, 0.25),
         "You moved or cancelled {value} of the last {n} meetings at short notice."),
    Band("their_short_notice_churn", _THEM, (None, 0.1), (None, 0.25),
         "They moved or cancelled {value} of the last {n} meetings at short notice."),
    Band("cancelled_by_us", _US, (None, 0.15), (None, 0.3), "You cancelled {value} of the last {n} planned meetings."),
    Band("cancelled_by_them", _THEM, (None, 0.15), (None, 0.3), "They cancelled {value} of the last {n} planned meetings."),
    Band("moved_share", _THEM, (None, 0.15), (None, 0.35), "{value} of the last {n} planned meetings {were} moved."),
    Band("series_coverage", _THEM, (0.8, None), (0.6, None),
         "The standing meeting was held in {value} of the last {n} weeks, as far as is known."),
    Band("their_no_shows", _THEM, (None, 0), (None, 0.39), "Nobody of theirs joined {value} of the {n} recorded meetings.", 5),
    Band("their_invites_unanswered", _THEM, (None, 0.2), (None, 0.5), "Their people left {value} of {n} invitations unanswered."),
    Band("follow_through", _US, (0.6, None), (0.25, None), "{value} of the last {n} meetings {were} followed by a mail within a working day."),
    Band("review_age", _US, (None, 90), (None, 120), "The last review meeting was {value} ago."),
    Band("goals_age", _US, (None, 365), (None, 400), "The last meeting on goals or plans was {value} ago."),
    Band("meeting_load_change", _US, (None, 1.5), (None, 2), "Meetings with you take {times} as much of their week as before."),
    Band("their_sponsor_age", _THEM, (None, 90), (None, 180), "Their sponsor was last in contact {value} ago."),
    Band("our_sponsor_age", _US, (None, 90), (None, 180), "Your sponsor was last in contact {value} ago."),
    Band("free_mail_share", _THEM, (None, 0.05), (None, 0.2), "{value} of the last {n} mails {were} sent around company addresses."),
)
# fmt: on
