"""What a partner's page cannot see, told for what is connected here and not in general. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.words import count
from models.store.sources import Source

_CALENDARS = ("gcal:", "outlook-calendar:")
_ALWAYS = (
    "Telephone, chat, video calls outside the calendar, and tools that are not connected.",
    "Whether the work is good, and whether an answer answers.",
    "Why somebody is silent.",
)


def unseen(
    sources: Sequence[Source], carriers: Sequence[str], *, text_read: bool, subjects_kept: bool
) -> tuple[str, ...]:
    """Sentences, the ones about this installation first.

    carriers   names of the sources that carried this partner's mail
    text_read  whether any mailbox is read with its text
    """
    live = [source for source in sources if source.live]
    calendars = [source for source in live if source.name.startswith(_CALENDARS)]
    mailboxes = [source for source in live if source not in calendars]
    archives = [source for source in sources if not source.live]
    said = []
    if not live and archives:
        said.append(f"Anything after {count(len(archives), 'archive')} was made: no mailbox is connected.")
    elif mailboxes:
        seen = sum(source.name in carriers for source in mailboxes)
        said.append(
            f"Mail in mailboxes that are not connected: {count(len(mailboxes), 'mailbox', 'mailboxes')} "
            f"{'is' if len(mailboxes) == 1 else 'are'}, {seen or 'none'} of them with mail of this partner."
        )
    if live and not calendars and not any(source.name.startswith("demo:") for source in live):
        said.append("Meetings: no calendar is connected.")
    else:
        said.append("Who missed a meeting, unless attendance is recorded: an accepted one is presumed held.")
    said.append(
        "What was written: texts are scored for tone and dropped."
        if text_read
        else "What was written: only headers are read."
    )
    if not subjects_kept:
        said.append("Subjects: they are dropped.")
    return (*said, *_ALWAYS)
