"""msal against the local authority: every way in, every refusal, several workers over one cache."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from connectors.base import AccessDenied, ConnectorError, ServiceUnavailable
from connectors.microsoft.consent import by_browser, by_device, missing
from connectors.microsoft.entra import DELEGATED, Registration, warning
from connectors.microsoft.tokens import AppTokens, UserTokens
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, SECRET

ANA = "ana@example.org"
SCOPES = DELEGATED["headers"]


@pytest.fixture(scope="module")
def running() -> Iterator[MicrosoftServer]:
    with MicrosoftServer() as made:
        made.tenant.add_mailbox(ANA)
        yield made


@pytest.fixture
def server(running: MicrosoftServer) -> MicrosoftServer:
    running.tenant.problems.clear()
    running.tenant.apps[CLIENT_ID].problem = None
    running.tenant.apps[CLIENT_ID].certificates = []
    running.tenant.scopes.clear()
    return running


def registration(server: MicrosoftServer, **more: object) -> Registration:
    facts = {
        "authority": server.base,
        "graph_root": server.graph_root,
        "client_id": CLIENT_ID,
        "tenant": server.tenant.id,
        "secret": SECRET,
        "instance_discovery": False,
        "ca_file": server.ca_file,
        "timeout": 10.0,
    }
    return Registration(**(facts | more))  # type: ignore[arg-type]


class Shelf:
    """Where a cache lies; `keeper` gives each worker its own view of it."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.writes = 0

    def keeper(self) -> _Keeper:
        return _Keeper(self)


class _Keeper:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self._loaded = shelf, b""

    def load(self) -> bytes | None:
        self._loaded = self._shelf.secret
        return self._loaded

    def save(self, secret: bytes) -> bool:
        if self._shelf.secret != self._loaded:
            return False
        self._shelf.secret = self._loaded = secret
        self._shelf.writes += 1
        return True


def approve(server: MicrosoftServer) -> Callable[[str], None]:
    return lambda _message: server.authority.approve_device(ANA)


def signed_in(server: MicrosoftServer) -> Shelf:
    return Shelf(by_device(registration(server), SCOPES, approve(server)).cache)


def works(server: MicrosoftServer, token: str) -> bool:
    answer = server.session().get(f"{server.graph_root}/users/{ANA}", headers={"Authorization": f"Bearer {token}"})
    return bool(answer.ok)


def certificate(folder: Path, *, days: int) -> tuple[Path, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gonequiet")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "app.pem"
    path.write_bytes(private + pem)
    return path, pem


def test_a_code_on_another_device_signs_a_person_in(server: MicrosoftServer) -> None:
    shown: list[str] = []

    def show(message: str) -> None:
        shown.append(message)
        server.authority.approve_device(ANA)

    consent = by_device(registration(server), SCOPES, show)

    assert consent.mailbox == ANA
    assert missing(SCOPES, consent.granted) == ()
    assert re.search(r"\d{8}", shown[0])
    assert "cache" not in repr(consent)


def test_the_browser_signs_a_person_in_with_pkce(server: MicrosoftServer) -> None:
    def browser(address: str) -> None:
        def go() -> None:
            page = server.session().get(address).text
            where = re.search('action="([^"]+)"', page)
            assert where is not None
            server.session().post(where[1], data=dict(re.findall('name="([^"]+)" value="([^"]*)"', page)))

        threading.Thread(target=go, daemon=True).start()

    consent = by_browser(registration(server), SCOPES, seconds=20, open_page=browser)

    assert consent.mailbox == ANA
    assert works(server, UserTokens(registration(server), SCOPES, Shelf(consent.cache).keeper()).token())


def test_a_browser_that_never_comes_back_is_said_so(server: MicrosoftServer) -> None:
    with pytest.raises(AccessDenied, match="nobody signed in"):
        by_browser(registration(server), SCOPES, seconds=1, open_page=lambda _address: None)


def test_a_token_is_kept_until_it_is_refused(server: MicrosoftServer) -> None:
    tokens = UserTokens(registration(server), SCOPES, signed_in(server).keeper())

    first = tokens.token()

    assert tokens.token() == first
    assert tokens.token(fresh=True) != first


def test_two_workers_share_one_sign_in(server: MicrosoftServer) -> None:
    shelf = signed_in(server)
    one, two = (UserTokens(registration(server), SCOPES, shelf.keeper()) for _ in range(2))
    one.token()
    two.token()

    one.token(fresh=True)
    late = two.token(fresh=True)

    assert works(server, late)
    assert works(server, one.token())
    assert shelf.writes >= 1
    third = UserTokens(registration(server), SCOPES, shelf.keeper())
    assert works(server, third.token())


@pytest.mark.parametrize(
    ("number", "words"),
    [("65001", "consent"), ("53003", "Conditional Access"), ("50057", "disabled"), ("50173", "revoked")],
)
def test_a_sign_in_that_ended_says_why(server: MicrosoftServer, number: str, words: str) -> None:
    tokens = UserTokens(registration(server), SCOPES, signed_in(server).keeper())
    tokens.token()
    server.tenant.problems[ANA] = number

    with pytest.raises(AccessDenied, match=words):
        tokens.token(fresh=True)


def test_nobody_signed_in_is_said_so(server: MicrosoftServer) -> None:
    with pytest.raises(AccessDenied, match="connect microsoft"):
        UserTokens(registration(server), SCOPES, Shelf(b"{}").keeper()).token()


def test_the_application_signs_in_with_its_secret_once(server: MicrosoftServer) -> None:
    tokens = AppTokens(registration(server))

    first = tokens.token()

    assert works(server, first)
    assert tokens.token() == first
    assert tokens.token(fresh=True) != first


def test_the_application_signs_in_with_its_certificate(server: MicrosoftServer, tmp_path: Path) -> None:
    path, pem = certificate(tmp_path, days=90)
    server.tenant.apps[CLIENT_ID].certificates = [pem]

    assert works(server, AppTokens(registration(server, certificate_file=path)).token())


def test_another_certificate_is_refused(server: MicrosoftServer, tmp_path: Path) -> None:
    path, _ = certificate(tmp_path, days=90)

    with pytest.raises(AccessDenied, match="certificate"):
        AppTokens(registration(server, certificate_file=path)).token()


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"secret": "wrong"}, AccessDenied, "secret is wrong"),
        ({"secret": None}, AccessDenied, "secret or a certificate"),
        ({"client_id": "nobody"}, AccessDenied, "client_id"),
        ({"tenant": "nowhere.example"}, AccessDenied, "tenant"),
        ({"authority": "https://localhost:1"}, ServiceUnavailable, "reached"),
        ({"ca_file": None}, ServiceUnavailable, "ca_file"),
    ],
)
def test_a_wrong_setting_is_named(
    server: MicrosoftServer, changes: dict[str, object], error: type[ConnectorError], words: str
) -> None:
    with pytest.raises(error, match=words):
        AppTokens(registration(server, **changes)).token()


def test_a_certificate_that_ends_is_warned_of_two_weeks_ahead(server: MicrosoftServer, tmp_path: Path) -> None:
    path, _ = certificate(tmp_path, days=90)
    with_certificate = registration(server, certificate_file=path)
    now = datetime.now(UTC)

    assert warning(with_certificate, now) is None
    assert "expires on" in (warning(with_certificate, now + timedelta(days=80)) or "")
    assert "has expired" in (warning(with_certificate, now + timedelta(days=100)) or "")


def test_a_secret_is_warned_of_by_the_day_the_operator_gave(server: MicrosoftServer) -> None:
    with_day = replace(registration(server), secret_expires=date(2026, 6, 15))

    assert warning(with_day, datetime(2026, 5, 1, tzinfo=UTC)) is None
    assert "2026-06-15" in (warning(with_day, datetime(2026, 6, 2, tzinfo=UTC)) or "")
    assert warning(registration(server), datetime(2026, 6, 2, tzinfo=UTC)) is None


def test_scopes_belong_to_the_cloud_of_the_graph_root(server: MicrosoftServer) -> None:
    china = registration(server, graph_root="https://microsoftgraph.chinacloudapi.cn/v1.0")

    assert china.scopes(("Mail.ReadBasic",)) == ["https://microsoftgraph.chinacloudapi.cn/Mail.ReadBasic"]
    assert SECRET not in repr(china)
