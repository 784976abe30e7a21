"""Every table there is, imported at once: whoever needs a few takes them from models/schema/."""

from __future__ import annotations

from models.schema.accounts import account, audit, budget, channel, trouble
from models.schema.alerts import answer, concern_notice, letter, notice, silent_reader
from models.schema.calibration import calibration
from models.schema.columns import meta, metadata
from models.schema.judgement import attention, concern, flip, reading, standing
from models.schema.mail import domain, message, outside, recipient, tone
from models.schema.meetings import invitee, meeting
from models.schema.people import absence, address, ours, partner
from models.schema.pushes import push_day, push_mark
from models.schema.sources import carries, item, source

__all__ = [
    "absence",
    "account",
    "address",
    "answer",
    "attention",
    "audit",
    "budget",
    "calibration",
    "carries",
    "channel",
    "concern",
    "concern_notice",
    "domain",
    "flip",
    "invitee",
    "item",
    "letter",
    "meeting",
    "message",
    "meta",
    "metadata",
    "notice",
    "ours",
    "outside",
    "partner",
    "push_day",
    "push_mark",
    "reading",
    "recipient",
    "silent_reader",
    "source",
    "standing",
    "tone",
    "trouble",
]
