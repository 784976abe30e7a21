"""A push is believed only with Google's signature or the channel's secret, and only marks the mailbox as dirty."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette

from models.clock import now
from models.store.channels import Channel
from models.store.store import Store
from web.google_push import CALENDAR, MAIL, Sender, receivers

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
AUDIENCE = "https://quiet.example.org/push/google/mail"
PUSHER = "pusher@project.iam.gserviceaccount.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "google")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(KEY, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def token(key: Any = KEY, **claims: Any) -> str:
    at = now()
    full = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "email": PUSHER,
        "email_verified": True,
        "iat": at,
        "exp": at + timedelta(hours=1),
    }
    return jwt.encode(full | claims, key, "RS256", headers={"kid": "1"})


def delivery(mailbox: str = "ana@example.org") -> dict[str, Any]:
    data = base64.urlsafe_b64encode(json.dumps({"emailAddress": mailbox, "historyId": 7}).encode()).decode()
    return {"message": {"data": data, "messageId": "1"}, "subscription": "projects/p/subscriptions/s"}


class Client:
    """Posts to the application, each time in a loop of its own."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def post(self, path: str, **options: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.post(path, **options)

        return asyncio.run(go())


@pytest.fixture
def client(sqlite_store: Store) -> Client:
    for source, secret in (("gmail:ana@example.org", ""), ("gcal:ana@example.org", "s3cret")):
        sqlite_store.sources.ensure(source, live=True)
        name = source if secret == "" else "channel-1"
        sqlite_store.channels.keep(Channel(id=name, source=source, resource="r", secret=secret, expires_at=NOW))
    routes = receivers(
        sqlite_store,
        clock=lambda: NOW,
        sender=Sender(audience=AUDIENCE, account=PUSHER),
        certificates=lambda: {"1": certificate()},
    )
    return Client(Starlette(routes=routes))


def push(client: Client, bearer: str, body: Any = None) -> int:
    found = client.post(MAIL, json=body or delivery(), headers={"authorization": f"Bearer {bearer}"})
    return int(found.status_code)


def test_a_signed_push_marks_the_mailbox_dirty(client: Client, sqlite_store: Store) -> None:
    assert push(client, token()) == 204

    assert sqlite_store.sources.dirty() == ["gmail:ana@example.org"]


@pytest.mark.parametrize(
    "bearer",
    [
        "",
        "nonsense",
        token(aud="https://elsewhere.example"),
        token(iss="https://evil.example"),
        token(email="other@project.iam.gserviceaccount.com"),
        token(email_verified=False),
        token(exp=now() - timedelta(hours=2), iat=now() - timedelta(hours=3)),
        token(key=rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    ],
)
def test_a_push_that_google_did_not_sign_for_us_changes_nothing(
    bearer: str, client: Client, sqlite_store: Store
) -> None:
    assert push(client, bearer) == 401

    assert sqlite_store.sources.dirty() == []


@pytest.mark.parametrize("body", [{"message": {}}, {"message": {"data": "!!"}}, {"no": 1}, delivery("eva@example.org")])
def test_a_broken_or_unknown_delivery_is_acknowledged_and_changes_nothing(
    body: Any, client: Client, sqlite_store: Store
) -> None:
    assert push(client, token(), body) == 204

    assert sqlite_store.sources.dirty() == []


@pytest.mark.parametrize(
    ("secret", "state", "dirty"),
    [("s3cret", "exists", True), ("wrong", "exists", False), ("", "exists", False), ("s3cret", "sync", False)],
)
def test_a_calendar_push_needs_the_channels_secret(
    secret: str, state: str, dirty: bool, client: Client, sqlite_store: Store
) -> None:
    headers = {"x-goog-channel-id": "channel-1", "x-goog-channel-token": secret, "x-goog-resource-state": state}

    assert client.post(CALENDAR, headers=headers).status_code == 200

    assert sqlite_store.sources.dirty() == (["gcal:ana@example.org"] if dirty else [])


def test_a_mail_channel_cannot_be_told_of_by_the_calendars_door(client: Client, sqlite_store: Store) -> None:
    headers = {
        "x-goog-channel-id": "gmail:ana@example.org",
        "x-goog-channel-token": "",
        "x-goog-resource-state": "exists",
    }
    client.post(CALENDAR, headers=headers)

    assert sqlite_store.sources.dirty() == []
