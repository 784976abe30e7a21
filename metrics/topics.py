"""Which concerns are worth a mail to our owner, and what such a mail is about. Names only: imports nothing heavy."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What a mail about concerns is about; every one goes to our owner."""

    TOO_MUCH = "too much"  # we press: floods, early reminders, evenings, holidays
    OWED = "owed"  # answers we owe, or give later than we did
    PERSON = "person"  # somebody of theirs fell silent or cannot be reached
    DEPENDENCE = "dependence"  # on one person, or with no backup, owner or deputy
    MEETINGS = "meetings"  # we move and cancel


TOPICS = {
    Topic.TOO_MUCH: ("over_contact", "our_impatience", "our_after_hours_pressure", "our_holiday_intrusions"),
    Topic.OWED: ("answers_we_owe", "our_answers", "our_replies", "their_nudges"),
    Topic.PERSON: ("silent_person", "unreachable_person"),
    Topic.DEPENDENCE: (
        "their_key_person",
        "our_key_person",
        "backup_age",
        "owner_or_deputy_missing",
        "owner_silence",
    ),
    Topic.MEETINGS: ("our_short_notice_churn", "cancelled_by_us", "our_short_cancels", "our_moves"),
}
_BY_NAME = {name: topic for topic, names in TOPICS.items() for name in names}


def topic_of(name: str) -> Topic | None:
    """What a mail about this finding would be about; None = worth no mail of its own (page, `explain`, digest)."""
    return _BY_NAME.get(name)
