"""Credentials at rest: encrypted with a key that never lies in the database.

The key comes from $GONEQUIET_KEY, from the file $GONEQUIET_KEY_FILE, or from the file `key` in the data folder, which
is made on first use and readable by its owner alone. Several keys, newest first and parted by commas or lines: the
first encrypts, all decrypt; `gonequiet accounts --rotate-key` writes every credential anew with the first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """A credential cannot be read or written; one sentence for the operator."""


class Vault:
    """Seals and opens credentials."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as e:
            raise VaultError(
                "the key for credentials is not one of ours: it is 44 characters long, as in the file `key` of the "
                "data folder; a new one is made by `gonequiet accounts --new-key`"
            ) from e

    @classmethod
    def of(cls, data: Path, environment: Mapping[str, str] = os.environ) -> Vault:
        """With the operator's key, or one made now in the data folder. VaultError if a named one cannot be read."""
        if named := environment.get("GONEQUIET_KEY", "").strip():
            return cls(_keys_in(named))
        file = environment.get("GONEQUIET_KEY_FILE", "").strip()
        path = Path(file) if file else data / "key"
        if not file and not path.exists():
            _make(path)
        try:
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as e:
            raise VaultError(f"the key file {path} cannot be read: {getattr(e, 'strerror', None) or 'no text'}") from e
        keys = _keys_in(text)
        if not keys:
            raise VaultError(f"the key file {path} is empty")
        return cls(keys)

    def seal(self, secret: Mapping[str, Any]) -> bytes:
        """The credential as it may be stored."""
        return self._fernet.encrypt(json.dumps(secret, sort_keys=True).encode())

    def unseal(self, sealed: bytes) -> dict[str, Any]:
        """What `seal` took; VaultError if it was sealed with a key that is not at hand."""
        try:
            found: dict[str, Any] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken as e:
            raise VaultError(
                "the stored credential was sealed with another key: set GONEQUIET_KEY or GONEQUIET_KEY_FILE to the key "
                "that was used, or connect the account again"
            ) from e
        return found

    def rotated(self, sealed: bytes) -> bytes:
        """The same credential, sealed with the first key; VaultError as above."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as e:
            raise VaultError(
                "a stored credential was sealed with a key that is not at hand: nothing was changed"
            ) from e


def new_key() -> str:
    """A fresh key."""
    return Fernet.generate_key().decode()


def _keys_in(text: str) -> list[str]:
    return [key for part in text.splitlines() for key in (k.strip() for k in part.split(",")) if key]


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made private from the start: a mode set afterwards would leave a moment in which others can read it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process made it first
    except OSError as e:
        raise VaultError(f"the key file {path} cannot be written: {e.strerror}") from e
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(new_key() + "\n")
