"""Accounts, sealed credentials and shared budgets."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.budget import Budget, Lane, Limit
from models.store.store import Store
from models.vault import Vault, VaultError, new_key
from tests.connectors.memory_budget import MemoryBudget

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SECRET = {"refresh_token": "1//secret", "client_id": "x"}


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    yield opened
    opened.close()


def test_a_credential_comes_back_and_is_never_in_clear(store: Store, tmp_path: Path) -> None:
    vault = Vault.of(tmp_path, {})
    store.accounts.connect("google", "Ana@Example.org", tier="headers", config={}, sealed=vault.seal(SECRET), now=NOW)

    found = store.accounts.find("google", "ana@example.org")

    assert found is not None
    assert found.sealed is not None
    assert b"secret" not in found.sealed
    assert vault.unseal(found.sealed) == SECRET
    assert "sealed" not in repr(found)


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    sealed = Vault.of(tmp_path, {}).seal(SECRET)

    assert Vault.of(tmp_path, {}).unseal(sealed) == SECRET
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_another_key_opens_nothing_and_says_so(tmp_path: Path) -> None:
    sealed = Vault([new_key()]).seal(SECRET)

    with pytest.raises(VaultError, match="another key"):
        Vault([new_key()]).unseal(sealed)


def test_keys_rotate_without_a_new_consent(store: Store) -> None:
    old, new = new_key(), new_key()
    store.accounts.connect(
        "google", "ana@example.org", tier="headers", config={}, sealed=Vault([old]).seal(SECRET), now=NOW
    )

    assert store.accounts.reseal(Vault([new, old]).rotated) == 1

    found = store.accounts.all()[0]
    assert found.sealed is not None
    assert Vault([new]).unseal(found.sealed) == SECRET


@pytest.mark.parametrize("text", ["too short", "é" * 44])
def test_a_key_that_is_none_is_refused_in_words(text: str, tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="44 characters"):
        Vault.of(tmp_path, {"GONEQUIET_KEY": text})


def test_a_refusal_is_news_once(store: Store, tmp_path: Path) -> None:
    account = store.accounts.connect("google", "ana@example.org", tier="headers", config={}, sealed=b"", now=NOW)

    assert store.accounts.refused(account.id, "withdrawn", now=NOW)
    assert not store.accounts.refused(account.id, "withdrawn", now=NOW)
    assert store.accounts.refused(account.id, None, now=NOW)


def test_workers_share_one_budget(store: Store, store_url: str) -> None:
    second = Store(store_url)
    one, other = Budget(store.budgets), Budget(second.budgets)
    limit = Limit(bucket="gmail:user:x", units=100, seconds=60)

    assert one.charge([limit], 60, lane=Lane.LIVE, now=1000.0) == 0.0
    assert other.charge([limit], 60, lane=Lane.LIVE, now=1001.0) == pytest.approx(59.5)
    assert other.charge([limit], 40, lane=Lane.LIVE, now=1001.0) == 0.0
    second.close()


def test_the_shared_budget_decides_as_the_one_in_memory(store: Store) -> None:
    shared, memory = Budget(store.budgets), MemoryBudget()
    limits = [Limit(bucket="a", units=50, seconds=60), Limit(bucket="b", units=100, seconds=60, reserve=0.1)]
    for n in range(40):
        asked = (limits if n % 2 else limits[1:], float(5 + n % 13))
        answers = {b.charge(*asked, lane=Lane.BACKFILL, now=1000.0 + 3 * n) for b in (shared, memory)}
        assert len(answers) == 1
    shared.rest("a", until=5000.0)

    assert shared.charge([limits[0]], 1, lane=Lane.LIVE, now=4000.0) == 1000.0
