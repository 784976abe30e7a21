"""Other ears: a signed call to an address of yours, and Apprise targets (Slack, Teams, ...). Off by default.

The call is a POST of JSON. `X-Gonequiet-Signature: t=SECONDS,v1=HEX` is HMAC-SHA256 over "SECONDS.BODY" with the
secret; `id` is the same when a call is repeated, so that a receiver can fold repeats.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime

import requests

from alerts.facts import AlertFacts
from alerts.mailer import MailerError
from models.letters import NoticeKind

VERSION = 1
_TIMEOUT_SECONDS = 15
_EVENTS = {
    NoticeKind.ALERT: "partner.silent",
    NoticeKind.RECOVERY: "partner.back",
}


def payload(facts: AlertFacts, *, message_id: str) -> dict[str, object]:
    """What is told: stable names, times ISO 8601 in UTC, no addresses and no subjects."""
    evidence = facts.evidence
    return {
        "version": VERSION,
        "id": message_id.strip("<>"),
        "event": _EVENTS.get(facts.kind, "partner.silent"),
        "partner": facts.partner.key,
        "title": facts.partner.title,
        "state": facts.state.value,
        "before": facts.old.value,
        "turned_at": _iso(facts.turned_at),
        "reason": facts.reason,
        "silent_working_days": facts.silence,
        "usual_working_days": facts.rhythm.median,
        "chance": facts.chance,
        "we_owe": facts.mirror.owed,
        "we_wrote_since": facts.mirror.wrote_since,
        "last_inbound": _iso(evidence.last_inbound),
        "last_outbound": _iso(evidence.last_outbound),
        "next_meeting": _iso(evidence.next_meeting),
    }


def signature(secret: str, body: bytes, *, now: datetime) -> str:
    """The header that proves where a call comes from, and when."""
    seconds = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


class Webhook:
    """One address that hears of every alert and recovery."""

    def __init__(self, url: str, secret: str | None) -> None:
        self._url, self._secret = url, secret

    def tell(self, said: dict[str, object], *, now: datetime) -> None:
        """Post it; MailerError unless the answer is 2xx. 4xx other than 408, 425 and 429 is permanent."""
        body = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "gonequiet"}
        if self._secret is not None:
            headers["X-Gonequiet-Signature"] = signature(self._secret, body, now=now)
        try:
            answer = requests.post(
                self._url, data=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as e:
            raise MailerError(f"the webhook did not answer: {type(e).__name__}") from e
        if not 200 <= answer.status_code < 300:
            lasting = 300 <= answer.status_code < 500 and answer.status_code not in {408, 425, 429}
            raise MailerError(f"the webhook answered {answer.status_code}", permanent=lasting)


class AppriseTargets:
    """Chat rooms and the like, through the Apprise library; it is loaded only when told to speak."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = tuple(urls)

    def tell(self, title: str, text: str) -> None:
        """Say it everywhere; MailerError where a target is not understood or one did not take it."""
        import apprise  # noqa: PLC0415  slow to load, and off by default

        room = apprise.Apprise()
        for url in self._urls:
            if not room.add(url):
                raise MailerError("an Apprise address in alerts.apprise is not understood", permanent=True)
        if not room.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT):
            raise MailerError("an Apprise target did not take the message")


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
