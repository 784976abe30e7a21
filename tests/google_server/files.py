"""The files that an operator has from Google, for the local server: OAuth client, service account key, settings."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.google_server.server import GoogleServer

ROBOT = "robot@local-project.iam.gserviceaccount.com"
_AUTH = "https://www.googleapis.com/auth/"
DELEGATED = frozenset(
    _AUTH + name
    for name in (
        "gmail.metadata",
        "gmail.readonly",
        "gmail.send",
        "calendar.events.readonly",
        "calendar.calendarlist.readonly",
        "admin.directory.user.readonly",
    )
)


def write_client(path: Path, root: str) -> None:
    """What the Cloud console gives for a Desktop app."""
    installed = {
        "client_id": "local-client",
        "client_secret": "local-secret",
        "project_id": "local-project",
        "auth_uri": f"{root}o/oauth2/auth",
        "token_uri": f"{root}token",
        "redirect_uris": ["http://localhost"],
    }
    path.write_text(json.dumps({"installed": installed}), encoding="utf-8")


def write_key(path: Path, server: GoogleServer, root: str) -> None:
    """A service account's key, and the administrator's grant for it."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    server.desk.robots[ROBOT] = (
        private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    server.desk.delegated = DELEGATED
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    key = {
        "type": "service_account",
        "project_id": "local-project",
        "private_key_id": "local",
        "private_key": pem,
        "client_email": ROBOT,
        "client_id": "1",
        "token_uri": f"{root}token",
    }
    path.write_text(json.dumps(key), encoding="utf-8")


def write_settings(path: Path, root: str, data: Path) -> None:
    """Settings that lead every call to the local server."""
    path.write_text(
        f"""us = ["example.org"]
data = "{data}"

[google]
gmail_root = "{root}"
calendar_root = "{root}"
admin_root = "{root}"
token_uri = "{root}token"
auth_uri = "{root}o/oauth2/auth"
revoke_uri = "{root}revoke"
client_file = "{data}/client.json"
""",
        encoding="utf-8",
    )
