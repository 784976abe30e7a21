"""What the headers of a mail say: one reader for archives, Gmail and Outlook alike.

A header block is a `dict[str, str]`: lower-case name -> unfolded value. `folded` makes it from the (name, value)
pairs that vendors hand out. `read_message` makes a `Message`; `settle_class` has the last word once it is known who
is who. Pure: no clock, no network, no database.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from connectors.absences import back_on, says_automatic
from connectors.addresses import decoded, first_person, people_of, plain_address
from models.directory import Directory, is_no_reply
from models.records import Message, MessageClass, Person, Side, bounded_uid

Headers = Mapping[str, str]

# The headers we read: ask a vendor for these and no others.
WANTED = (
    "From Sender To Cc Bcc Subject Date Message-ID In-Reply-To References Received Return-Path Content-Type "
    "Content-Class Auto-Submitted Precedence List-Id List-Post List-Unsubscribe X-Failed-Recipients "
    "X-Auto-Response-Suppress X-Autoreply X-Autorespond X-Autoresponse X-Auto-Reply X-Gonequiet-Alert"
).split()
OWN_ALERT = "x-gonequiet-alert"  # stands in every mail we send

_JOINED = frozenset({"to", "cc", "bcc"})
_AUTO_MARKS = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply")
# Without any of these a mail is a person's, unless its sender or subject says otherwise.
_TELLING = frozenset(
    (OWN_ALERT, *_AUTO_MARKS, "x-failed-recipients", "auto-submitted", "precedence", "list-id", "list-unsubscribe")
) | {"content-class"}
_TELLING_TYPE = re.compile(r"\s*(?:multipart/report|text/calendar)", re.IGNORECASE)
_ID = re.compile(r"<([^<>\s]+)>")
_REPORT_TYPE = re.compile(r"report-type\s*=\s*\"?([\w-]+)", re.IGNORECASE)
_DAEMON = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon)$")
_RECIPIENT_FIELD = re.compile(
    r"^(?:Final|Original)-Recipient:[ \t]*[^;\s]+[ \t]*;[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE
)
_ACTION_FIELD = re.compile(r"^Action:[ \t]*([a-z]+)", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(r"\s*[\r\n]\s*")
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
_MOST_REFERENCES = 50
_nobody_reads = lru_cache(maxsize=20_000)(is_no_reply)  # the same few people write most mails


def folded(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Vendor pairs as a header block: names lower case, lines unfolded; the first of a repeated name counts.

    To, Cc and Bcc are joined where they are repeated.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        text = _FOLD.sub(" ", value).replace("\0", "").strip()
        if key not in found:
            found[key] = text
        elif key in _JOINED:
            found[key] = f"{found[key]}, {text}"
    return found


def message_class(headers: Headers, *, calendar: bool = False, subject: str | None = None) -> MessageClass:
    """What kind of mail this is, from headers alone; `calendar` = a part of it is known to be text/calendar.

    `subject` is the decoded one, where the caller has it. X-Auto-Response-Suppress never decides: it only asks
    others not to answer.
    """
    get = headers.get
    if subject is None:
        subject = decoded(get("subject") or "")
    if _TELLING.isdisjoint(headers) and not calendar and not _TELLING_TYPE.match(get("content-type", "")):
        # Nearly all mail: only its sender and its subject can still say that no person wrote it.
        if not subject.startswith(("Re: ", "RE: ")) and says_automatic(subject):
            return MessageClass.BOUNCE if _is_daemon(headers) else MessageClass.AUTO_REPLY
        if get("return-path", "") == "<>":
            return MessageClass.BOUNCE
        writer = first_person(get("from") or get("sender"))
        automatic = writer is not None and _nobody_reads(writer.address)
        return MessageClass.SYSTEM if automatic else MessageClass.HUMAN
    if OWN_ALERT in headers:
        return MessageClass.OWN_ALERT
    content_type = (get("content-type") or "").lower()
    auto = (get("auto-submitted") or "").strip().lower()
    answers_itself = auto.startswith("auto-replied") or any(mark in headers for mark in _AUTO_MARKS)
    if content_type.startswith("multipart/report"):
        kind = _REPORT_TYPE.search(content_type)
        # A read receipt or an abuse report is no failed delivery.
        receipt = kind is not None and kind[1] in ("disposition-notification", "feedback-report")
        return MessageClass.SYSTEM if receipt else MessageClass.BOUNCE
    if "x-failed-recipients" in headers:
        return MessageClass.BOUNCE
    sender = first_person(get("from") or get("sender"))
    local = sender.address.partition("@")[0] if sender else ""
    if (get("return-path") or "").strip() == "<>" and not (
        # RFC 3834 wants a null path on automatic replies too: a bounce is what a mail system writes.
        (answers_itself or auto.startswith("auto-generated") or says_automatic(subject) or calendar)
        and not _is_daemon(headers)
    ):
        return MessageClass.BOUNCE
    precedence = (get("precedence") or "").strip().lower()
    if answers_itself or precedence in ("auto_reply", "auto-reply"):
        return MessageClass.AUTO_REPLY
    if calendar or content_type.startswith("text/calendar") or "calendarmessage" in (get("content-class") or ""):
        return MessageClass.CALENDAR
    if (auto and not auto.startswith("no")) or says_automatic(subject):
        return MessageClass.AUTO_REPLY
    if "list-id" in headers or "list-unsubscribe" in headers or precedence in ("bulk", "list", "junk"):
        return MessageClass.BULK
    if local and sender is not None and _nobody_reads(sender.address):
        return MessageClass.SYSTEM
    return MessageClass.HUMAN


def _is_daemon(headers: Headers) -> bool:
    sender = first_person(headers.get("from") or headers.get("sender"))
    return sender is not None and _DAEMON.match(sender.address.partition("@")[0]) is not None


def is_doubtful(headers: Headers, message_class: MessageClass) -> bool:
    """Whether BULK rests on a hint that knowing the sender may overrule.

    A post to a discussion list, an answer in a thread, or a bare Precedence header; never a newsletter.
    """
    if message_class is not MessageClass.BULK:
        return False
    if "list-id" not in headers and "list-unsubscribe" not in headers:
        return True  # Precedence alone
    if "list-post" in headers and not headers["list-post"].strip().upper().startswith("NO"):
        return True
    return "in-reply-to" in headers or "references" in headers


def settle_class(message: Message, directory: Directory) -> Message:
    """The message with its class settled by who is who.

    BULK by a hint alone becomes HUMAN where a mapped person (ours or a partner's) wrote to the other side directly.
    """
    if not message.class_doubtful:
        return message
    sender = directory.side(message.sender.address) if message.sender is not None else Side.OTHER
    if sender is Side.OTHER or message.sender is None or is_no_reply(message.sender.address):
        return message
    other = Side.PARTNER if sender is Side.US else Side.US
    if any(directory.side(person.address) is other for person in (*message.to, *message.cc)):
        return replace(message, message_class=MessageClass.HUMAN, class_doubtful=False)
    return message


def message_uid(value: str | None) -> str | None:
    """The bounded uid of a Message-ID header, without its brackets; None where it holds no id."""
    if not value:
        return None
    found = _ID.search(value)
    bare = found[1] if found else "".join(value.split()).strip("<>")
    return bounded_uid(bare) if len(bare) > 1 else None


def fallback_uid(sender: Person | None, at: datetime, subject: str | None, recipients: Iterable[Person]) -> str:
    """A uid for mail without Message-ID: hash of sender, minute, subject and recipients; same mail, same uid."""
    parts = (
        sender.address if sender else "",
        at.strftime("%Y-%m-%dT%H:%M"),
        " ".join((subject or "").split()),
        *sorted({person.address for person in recipients}),
    )
    return f"~{hashlib.sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()}"


def references_of(headers: Headers) -> tuple[str, ...]:
    """Uids of the mails this one answers, oldest first, the direct parent last; long chains keep both ends."""
    parent = headers.get("in-reply-to")
    chain = headers.get("references")
    if parent is None and chain is None:
        return ()
    uids = [bounded_uid(one) for one in dict.fromkeys(_ID.findall(chain))] if chain else []
    direct = _ID.search(parent) if parent else None  # old mailers write prose here: "Your message of ..."
    if direct is not None:
        uid = bounded_uid(direct[1])
        if not uids or uids[-1] != uid:
            if uid in uids:
                uids.remove(uid)
            uids.append(uid)
    if len(uids) > _MOST_REFERENCES:
        uids = [uids[0], *uids[1 - _MOST_REFERENCES :]]
    return tuple(uids)


def undelivered(headers: Headers, report: str = "") -> tuple[str, ...]:
    """The addresses a bounce says could not be reached; `report` is its delivery-status part (RFC 3464), if at hand.

    A recipient whose mail is only delayed is not among them.
    """
    failed: dict[str, None] = {}
    for person in people_of(headers.get("x-failed-recipients")):
        failed[person.address] = None
    for block in _BLANK_LINE.split(report):
        named = _RECIPIENT_FIELD.search(block)
        action = _ACTION_FIELD.search(block)
        if named is not None and (action is None or action[1].lower() == "failed"):
            address = plain_address(named[1])
            if address is not None:
                failed[address] = None
    return tuple(failed)


def read_message(
    headers: Headers,
    *,
    source: str,
    external_id: str | None,
    at: datetime,
    at_suspect: bool = False,
    thread: str | None = None,
    calendar: bool = False,
    report: Callable[[], str] | None = None,
    text: str | None = None,
) -> Message:
    """A `Message` from its headers; `external_id` None = its uid is its id there.

    `at` is the provider's receive time where there is one. `report` gives the delivery report, should it be a bounce.
    """
    get = headers.get
    sender = first_person(get("from")) or first_person(get("sender"))
    to, cc, bcc = people_of(get("to")), people_of(get("cc")), people_of(get("bcc"))
    raw_subject = get("subject")
    subject = " ".join(decoded(raw_subject).split()) if raw_subject else None
    uid = message_uid(get("message-id")) or fallback_uid(sender, at, subject, (*to, *cc, *bcc))
    kind = message_class(headers, calendar=calendar, subject=subject or "")
    return Message(
        source=source,
        external_id=external_id or uid,
        uid=uid,
        at=at,
        sender=sender,
        to=to,
        cc=cc,
        bcc=bcc,
        message_class=kind,
        class_doubtful=kind is MessageClass.BULK and is_doubtful(headers, kind),
        thread=thread,
        references=references_of(headers),
        subject=subject,
        back_on=back_on(subject, at.date()) if kind is MessageClass.AUTO_REPLY else None,
        undelivered=undelivered(headers, report() if report else "") if kind is MessageClass.BOUNCE else (),
        at_suspect=at_suspect,
        text=text,
    )
