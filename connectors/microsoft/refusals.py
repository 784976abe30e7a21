"""What Graph's and Entra's refusals mean, each in one sentence that says who must do what.

No sentence holds an address, a token or an answer of the service.
Graph's codes: learn.microsoft.com/graph/errors; Entra's: reference-error-codes (AADSTS numbers).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors.base import AccessDenied, ConnectorError, ServiceUnavailable

AGAIN = "run `gonequiet connect microsoft` again"


class StateLost(Exception):
    """Graph no longer knows a delta link: that folder or window is read anew, nothing else."""


class NotThere(Exception):
    """The item or folder does not exist (any more)."""


_LOST = ("syncstate", "resync")  # SyncStateNotFound, SyncStateInvalid, resyncRequired and their kin
_NO_MAILBOX = {"mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi", "mailboxnotfound"}
_NO_USER = {"errorinvaliduser", "request_resourcenotfound", "errornonexistentmailbox"}
_DISABLED = {"erroraccountsuspend", "erroraccountdisabled", "accountdisabled"}
_GONE_ITEM = {"erroritemnotfound", "errorinvalidid", "errorinvalididmalformed", "errorfoldernotfound"}

# AADSTS numbers -> what a person must do. The first that matches wins.
_SIGN_IN: tuple[tuple[frozenset[int], str], ...] = (
    (
        frozenset({65001, 65004, 90094, 90095}),
        f"consent was withdrawn or never given: an administrator or the owner must consent, then {AGAIN}",
    ),
    (
        frozenset({53000, 53001, 53002, 53003, 53004, 53009, 530001, 530003, 530032, 530034}),
        "a Conditional Access policy of the tenant blocks the sign-in: an administrator must allow this application",
    ),
    (frozenset({50057}), "the account is disabled in Entra ID: an administrator must enable it, or disconnect it here"),
    (frozenset({50034}), "Entra ID does not know this account any more: disconnect it here"),
    (
        frozenset({50072, 50074, 50076, 50078, 50079, 50158}),
        f"Microsoft wants multi-factor authentication: the owner must sign in again, {AGAIN}",
    ),
    (
        frozenset({50173, 70008, 70043, 700081, 700082, 700084, 50055, 50133, 50132, 500133}),
        f"the sign-in has expired or was revoked (password changed, signed out, or unused for long): {AGAIN}",
    ),
    (
        frozenset({7000222}),
        "the client secret has expired: an administrator must make a new one and put it into the settings",
    ),
    (frozenset({7000215}), "the client secret is wrong: put the secret's value, not its id, into the settings"),
    (
        frozenset({700027, 700030, 7000214, 700021}),
        "Entra ID does not accept the certificate: it has expired, or is not the one uploaded to the app registration",
    ),
    (
        frozenset({700016, 7000112, 7000218, 90002, 900021, 900023}),
        "Entra ID does not know this application or tenant, or it is off: check client_id and tenant in the settings",
    ),
    (frozenset({50105}), "the account is not assigned to this application: an administrator must assign it"),
)
_NUMBER = re.compile(r"AADSTS(\d+)")
_BUSY_NUMBERS = frozenset({50196, 90033, 90055, 1002016, 90019, 90012})


def refused_sign_in(answer: Mapping[str, Any]) -> ConnectorError:
    """The error behind an error answer of the token endpoint."""
    numbers = {int(n) for n in _NUMBER.findall(str(answer.get("error_description") or ""))}
    numbers |= {int(n) for n in answer.get("error_codes") or () if str(n).isdigit()}
    for known, sentence in _SIGN_IN:
        if numbers & known:
            return AccessDenied(f"Microsoft: {sentence}")
    if answer.get("error") in ("temporarily_unavailable", "server_error") or numbers & _BUSY_NUMBERS:
        return ServiceUnavailable("Microsoft's sign-in service is busy")
    by_suberror = {
        "consent_required": 65001,
        "basic_action": 50076,
        "additional_action": 50076,
        "message_only": 53003,
        "token_expired": 700082,
        "bad_token": 50173,
        "user_password_expired": 50055,
    }
    number = by_suberror.get(str(answer.get("suberror") or ""))
    for known, sentence in _SIGN_IN:
        if number in known:
            return AccessDenied(f"Microsoft: {sentence}")
    shown = ", ".join(f"AADSTS{n}" for n in sorted(numbers)) or re.sub(r"\W", "_", str(answer.get("error")))[:40]
    return AccessDenied(f"Microsoft refused the sign-in ({shown}): {AGAIN}")


def code_of(body: object) -> str:
    """Graph's error code in lower case; "" where the answer holds none."""
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return str(body["error"].get("code") or "").lower()
    return ""


def refused_request(status: int, body: object, *, app_only: bool = False) -> Exception:
    """The error behind an error answer of Graph that no retry mends."""
    code = code_of(body)
    if status == 410 or any(mark in code for mark in _LOST):
        return StateLost(code)
    if code in _NO_MAILBOX:
        return AccessDenied(
            "Microsoft: this account has no mailbox in Exchange Online (no licence, inactive, or hosted elsewhere): "
            "an administrator must license it, or disconnect it here"
        )
    if code in _DISABLED:
        return AccessDenied(
            "Microsoft: the account of this mailbox is disabled: an administrator must enable it, or disconnect it here"
        )
    if code in _NO_USER:
        return AccessDenied("Microsoft: the tenant knows no such mailbox: correct the address, or disconnect it here")
    if status == 404 or code in _GONE_ITEM:
        return NotThere(code)
    if status == 401:
        return AccessDenied(f"Microsoft no longer accepts our sign-in: {AGAIN}")
    if status == 403 and app_only:
        return AccessDenied(
            "Microsoft: the application may not read this mailbox: the permission is not granted, "
            "or the mailbox lies outside the scope set in Exchange (changes there take up to two hours)"
        )
    if status == 403:
        return AccessDenied(f"Microsoft: the permission for this was not granted: {AGAIN} and consent")
    shown = re.sub(r"\W", "_", code)[:60] or "no code"
    return ServiceUnavailable(f"Microsoft Graph did not understand a request (HTTP {status}, {shown})")


def wait_of(headers: Mapping[str, str], default: float) -> timedelta:
    """How long the service wants us to wait; at least a second. `default` seconds where it does not say."""
    try:
        return timedelta(seconds=min(max(1.0, float(headers.get("Retry-After") or default)), 86_400))
    except ValueError:  # an HTTP date: Graph sends seconds
        return timedelta(seconds=max(1.0, default))
