"""What a failed call to Google means: try again, slow down, come back later, or a person must act."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httplib2
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from googleapiclient.errors import BatchError, HttpError

from connectors.base import AccessDenied

# Whatever the client library throws for a call that failed on the way or came back broken. The batch reader lets
# KeyError, AttributeError, IndexError and TypeError out when the multipart answer is cut or is no multipart.
FAILURES = (
    HttpError,
    BatchError,
    GoogleAuthError,
    httplib2.HttpLib2Error,
    http.client.HTTPException,
    OSError,
    ValueError,
    KeyError,
    AttributeError,
    IndexError,
    TypeError,
)
_SLOW = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RESOURCE_EXHAUSTED", "concurrentLimitExceeded"}
_DAY = {"dailyLimitExceeded", "dailyLimitExceededUnreg"}
_HOUR = 3600.0
TEST_PROJECT = "expired_test_project"  # our own mark: Google's words do not tell it from a withdrawal


class Meaning(StrEnum):
    """What to do about a failed call."""

    AGAIN = "again"  # the service stumbled
    GARBLED = "garbled"  # an answer came, but not a whole one
    SLOWER = "slower"  # too fast: rest this mailbox
    MISSING = "missing"  # 404
    EXPIRED = "expired"  # 410
    REJECTED = "rejected"  # our request makes no sense to them
    DENIED = "denied"  # a person must act


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The meaning of a failure, how long to wait in seconds (None = not said), and a sentence without addresses."""

    meaning: Meaning
    sentence: str
    wait: float | None = None


def verdict_on(failure: BaseException) -> Verdict:
    """What this exception of the client library means."""
    if isinstance(failure, HttpError) and not isinstance(failure, BatchError):  # which has no answer to look at
        return _http(failure)
    if isinstance(failure, RefreshError):
        return _refresh(failure)
    if isinstance(failure, TransportError | OSError | httplib2.HttpLib2Error | http.client.HTTPException):
        return Verdict(meaning=Meaning.AGAIN, sentence="Google cannot be reached")
    return Verdict(meaning=Meaning.GARBLED, sentence="Google's answer was cut or is not what was asked for")


def _http(failure: HttpError) -> Verdict:
    status, reason, message = int(failure.resp.status), *_reason(failure.content)
    wait = _seconds(failure.resp.get("retry-after"))
    if reason in _DAY:
        return Verdict(meaning=Meaning.SLOWER, sentence="the day's quota of the project is used up", wait=wait or _HOUR)
    if status == 429 or reason in _SLOW:
        return Verdict(meaning=Meaning.SLOWER, sentence="Google asks us to slow down", wait=wait)
    if status == 404:
        return Verdict(meaning=Meaning.MISSING, sentence="Google does not know what was asked for")
    if status == 410:
        return Verdict(meaning=Meaning.EXPIRED, sentence="Google no longer knows our position")
    if status >= 500 or status in {401, 408}:
        return Verdict(meaning=Meaning.AGAIN, sentence=f"Google failed with status {status}", wait=wait)
    if status == 400 and "not enabled" in message:
        return _denied("this account has no Gmail mailbox: ask the administrator to switch Gmail on, or disconnect it")
    if status == 400 and reason in {"failedPrecondition", "FAILED_PRECONDITION"}:
        return Verdict(meaning=Meaning.AGAIN, sentence="Google was not ready for the request")
    if status == 403:
        return _denied(_FORBIDDEN.get(reason, f"Google refuses access ({reason or 'forbidden'})"))
    return Verdict(
        meaning=Meaning.REJECTED, sentence=f"Google does not accept our request ({status} {reason})".rstrip()
    )


_FORBIDDEN = {
    "insufficientPermissions": "the consent does not cover this: connect the account again with the tier you want",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": (
        "the consent does not cover this: connect the account again with the tier you want"
    ),
    "accessNotConfigured": (
        "the Gmail or Calendar API is switched off in the Google Cloud project: switch it on under APIs & Services"
    ),
    "domainPolicy": "the Workspace administrator has switched this app off: ask for it under Security, API controls",
    "delegationDenied": "the service account may not act for this mailbox: see delegation in docs/google.md",
}


def _refresh(failure: RefreshError) -> Verdict:
    detail = failure.args[1] if len(failure.args) > 1 and isinstance(failure.args[1], dict) else {}
    error, description = str(detail.get("error", "")), str(detail.get("error_description", failure))
    if error in {"server_error", "temporarily_unavailable", "internal_failure"} or (not error and failure.retryable):
        return Verdict(meaning=Meaning.AGAIN, sentence="Google's token service failed")
    return _denied(why_refused(error, description, str(detail.get("error_subtype", ""))))


def why_refused(error: str, description: str, subtype: str = "") -> str:
    """One sentence on why Google gives no token any more, and who must do what."""
    low = f"{error} {description} {subtype}".lower()
    if "invalid_rapt" in low or "reauth" in low:
        return (
            "the Workspace administrator's session rules ended the access: the owner must sign in again with "
            "`gonequiet connect google`, or the administrator exempts this app"
        )
    if TEST_PROJECT in low:
        return (
            "the Cloud project is still in testing, where Google ends every consent after seven days: publish the app "
            "or make it internal (docs/google.md, step 3), then connect again"
        )
    if "admin_policy" in low or "org_internal" in low or "disabled by admin" in low:
        return "the Workspace administrator has blocked this app: ask for it under Security, API controls"
    if "unauthorized_client" in low:
        return (
            "the service account has no domain-wide delegation for these scopes: the Workspace administrator must "
            "grant them (docs/google.md, step 4)"
        )
    if "jwt signature" in low or "account not found" in low or "invalid_client" in low or "deleted_client" in low:
        return (
            "the key of the OAuth client or service account is no longer valid: make a new one in the Cloud console "
            "and connect again"
        )
    if "invalid email" in low or "user id" in low or "deleted" in low:
        return "the account no longer exists at Google: disconnect it with `gonequiet disconnect`"
    if "disabled" in low or "suspended" in low:
        return "the account is suspended at Google: ask the Workspace administrator"
    if "password" in low:
        return "the owner's password was changed, which ends the access: connect again with `gonequiet connect google`"
    if "expired or revoked" in low or "revoked" in low:
        return (
            "the access was withdrawn: the owner removed the app or changed the password; connect again with "
            "`gonequiet connect google`"
        )
    return f"Google gives no token ({error or 'refused'}): connect again with `gonequiet connect google`"


def _denied(sentence: str) -> Verdict:
    return Verdict(meaning=Meaning.DENIED, sentence=sentence)


def denied(verdict: Verdict) -> AccessDenied:
    """The error for a verdict that a person must act on."""
    return AccessDenied(verdict.sentence)


def _reason(content: Any) -> tuple[str, str]:
    """(reason, message) of Google's error body; empty where it is something else."""
    try:
        error = json.loads(content)["error"]
        details = error.get("errors") or [{}]
        for info in error.get("details", ()):
            if "reason" in info:
                return str(info["reason"]), str(error.get("message", ""))
        return str(details[0].get("reason") or error.get("status", "")), str(error.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return "", ""


def _seconds(value: str | None) -> float | None:
    # A date in Retry-After is allowed by HTTP but not sent by Google: taken as "not said".
    return float(value) if value is not None and value.isdigit() else None
