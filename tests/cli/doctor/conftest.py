"""Settings in the environment, the house they name, a local tenant, a local name server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.settings import load
from models.store.store import Store
from tests.alerts.name_server import NameServer
from tests.cli.doctor.scene import ANA, Office
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, SECRET


@pytest.fixture
def set_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Choose settings through the environment."""

    def set_them(**chosen: str) -> None:
        for name, value in chosen.items():
            monkeypatch.setenv(f"GONEQUIET_{name}", value)

    monkeypatch.chdir(tmp_path)
    set_them(DATA=str(tmp_path / "data"), US='["example.org"]', ALERTS__OPERATOR="ops@example.org")
    return set_them


@pytest.fixture
def store(set_: Callable[..., None]) -> Iterator[Store]:
    opened = Store(load().database_url)
    yield opened
    opened.close()


# --- this machine ---


@pytest.fixture
def office(set_: Callable[..., None], store: Store) -> Iterator[Office]:
    with MicrosoftServer() as server:
        set_(
            MICROSOFT__AUTHORITY=server.base,
            MICROSOFT__GRAPH_ROOT=server.graph_root,
            MICROSOFT__INSTANCE_DISCOVERY="false",
            MICROSOFT__CA_FILE=str(server.ca_file),
            MICROSOFT__CLIENT_ID=CLIENT_ID,
            MICROSOFT__TENANT=server.tenant.id,
            MICROSOFT__CLIENT_SECRET=SECRET,
        )
        server.tenant.add_mailbox(ANA)
        yield Office(server, store)


@pytest.fixture
def names(set_: Callable[..., None]) -> Iterator[NameServer]:
    server = NameServer()
    set_(ALERTS__NAME_SERVER=server.address, ALERTS__VIA="smtp", ALERTS__SENDER="alerts@ourco.example")
    set_(ALERTS__HOST="mail.ourco.example", ALERTS__PORT="9")
    server.records["mail.ourco.example", "A"] = ["8.8.8.8"]
    server.publish("ourco.example", "v=spf1 ip4:8.8.8.0/24 -all")
    server.publish("s1._domainkey.ourco.example", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    server.publish("_dmarc.ourco.example", "v=DMARC1; p=reject")
    yield server
    server.close()
