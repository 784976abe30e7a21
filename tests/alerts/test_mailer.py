"""Every way out: accepted means accepted, a refusal says whether trying again will help, and never to a partner."""

from __future__ import annotations

import base64
import email
import email.policy
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.mailer import Guarded, MailerError, Outbox, Service, Smtp
from alerts.sample import sample_mail
from tests.alerts.mailbox import Mailbox
from tests.alerts.smtp_server import PASSWORD, USER, Inbox, smtp_server

AT = datetime(2026, 11, 20, 8, 5, tzinfo=UTC)


def mail(reader: str = "ana@ourco.example") -> EmailMessage:
    return sample_mail(sender="gonequiet@ourco.example", reader=reader, zone="Europe/Berlin", at=AT)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Inbox, int, Path]]:
    with smtp_server(tmp_path) as running:
        yield running


def mailer(port: int, ca_file: Path | None, **said: object) -> Smtp:
    chosen: dict[str, object] = {"security": "starttls", "username": USER, "password": PASSWORD, "timeout": 5, **said}
    return Smtp("localhost", port, ca_file=ca_file, **chosen)  # type: ignore[arg-type]


def test_a_mail_arrives_whole_over_starttls_with_a_login(server: tuple[Inbox, int, Path]) -> None:
    inbox, port, ca_file = server
    sent = mail()

    mailer(port, ca_file).send(sent)

    got = email.message_from_bytes(inbox.mails[0], policy=email.policy.default)
    assert len(inbox.logins) == 1
    assert got["Subject"] == sent["Subject"]
    assert got["Message-ID"] == sent["Message-ID"]
    for kind in ("plain", "html"):
        assert _lines(got, kind) == _lines(sent, kind)


def test_a_mail_arrives_over_tls_from_the_start(tmp_path: Path) -> None:
    with smtp_server(tmp_path, implicit_tls=True) as (inbox, port, ca_file):
        mailer(port, ca_file, security="tls", username=None).send(mail())

        assert len(inbox.mails) == 1


def test_the_check_sends_nothing(server: tuple[Inbox, int, Path]) -> None:
    inbox, port, ca_file = server

    said = mailer(port, ca_file).check()

    assert said == f"localhost:{port} answers, STARTTLS, login works"
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("said", "words", "permanent"),
    [
        ({"password": "wrong"}, "login was refused", True),
        ({"ca_file": None}, "is not trusted", True),
        ({"security": "none", "username": None}, "STARTTLS", True),
    ],
)
def test_what_is_set_wrongly_is_said(
    server: tuple[Inbox, int, Path], said: dict[str, object], words: str, permanent: bool
) -> None:
    inbox, port, ca_file = server
    chosen = {"ca_file": ca_file, **said}

    with pytest.raises(MailerError, match=words) as refused:
        mailer(port, chosen.pop("ca_file"), **chosen).send(mail())  # type: ignore[arg-type]

    assert (refused.value.permanent, inbox.mails) == (permanent, [])


@pytest.mark.parametrize(("answer", "permanent"), [("550 no such user", True), ("451 try later", False)])
def test_a_refused_recipient_is_permanent_or_not_as_the_server_says(
    server: tuple[Inbox, int, Path], answer: str, permanent: bool
) -> None:
    inbox, port, ca_file = server
    inbox.refused["ana@ourco.example"] = answer

    with pytest.raises(MailerError) as refused:
        mailer(port, ca_file).send(mail())

    assert (refused.value.permanent, refused.value.unsure) == (permanent, False)


@pytest.mark.parametrize(("answer", "permanent"), [("552 too big", True), ("452 disk full", False)])
def test_a_refusal_after_the_data_was_no_acceptance(
    server: tuple[Inbox, int, Path], answer: str, permanent: bool
) -> None:
    inbox, port, ca_file = server
    inbox.after_data = answer

    with pytest.raises(MailerError) as refused:
        mailer(port, ca_file).send(mail())

    assert (refused.value.permanent, refused.value.unsure) == (permanent, False)


def test_a_server_that_is_away_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(MailerError, match="did not answer") as refused:
            mailer(taken.getsockname()[1], None).send(mail())

    assert (refused.value.permanent, refused.value.unsure) == (False, False)


def test_the_outbox_holds_one_file_a_mail_readable_by_mail_programs(tmp_path: Path) -> None:
    outbox, sent = Outbox(tmp_path / "out"), mail()

    outbox.send(sent)
    outbox.send(sent)

    (path,) = (tmp_path / "out").iterdir()
    assert path == outbox.path_of(sent)
    assert outbox.has(str(sent["Message-ID"]))
    assert not outbox.has("<another@x>")
    assert email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["To"] == "ana@ourco.example"


def test_no_header_is_folded_into_encoded_words_where_an_address_stands(tmp_path: Path) -> None:
    sent = mail()
    sent["List-Unsubscribe"] = f"<https://page.example/a/{'x' * 300}>"

    Outbox(tmp_path).send(sent)

    raw = next(tmp_path.iterdir()).read_text(encoding="ascii")
    assert f"List-Unsubscribe: <https://page.example/a/{'x' * 300}>\n" in raw
    assert max(len(line) for line in raw.splitlines() if not line.startswith(("List-", "Subject", "X-"))) <= 998


@pytest.mark.parametrize("field", ["To", "Cc", "Bcc"])
def test_a_partner_is_refused_wherever_it_stands(field: str) -> None:
    inner, sent = Mailbox(), mail()
    del sent[field]
    sent[field] = "Ana <ana@ourco.example>, Bo <BO@Northwind.example>"

    with pytest.raises(MailerError, match="partner") as refused:
        Guarded(inner, lambda address: address.endswith("@northwind.example")).send(sent)

    assert refused.value.permanent
    assert inner.mails == []


def test_a_mail_to_nobody_is_refused() -> None:
    sent = mail()
    del sent["To"]

    with pytest.raises(MailerError, match="no recipient"):
        Guarded(Mailbox(), lambda _: False).send(sent)


@pytest.mark.parametrize("encoding", ["gmail", "graph"])
def test_the_services_get_the_mail_in_their_own_encoding(encoding: str) -> None:
    posted: list[str] = []
    sent = mail()

    Service(posted.append, encoding=encoding, find=lambda _: True).send(sent)  # type: ignore[arg-type]

    decode = base64.urlsafe_b64decode if encoding == "gmail" else base64.b64decode
    assert email.message_from_bytes(decode(posted[0]), policy=email.policy.default)["Subject"] == sent["Subject"]


def _lines(message: EmailMessage, kind: str) -> list[str]:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).splitlines()
