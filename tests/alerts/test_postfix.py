"""The whole way through a real mail server: told by SMTP with STARTTLS, read back over IMAP."""

from __future__ import annotations

import email
import email.policy
import imaplib
import os
import ssl
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.mailer import MailerError, Smtp
from alerts.sample import sample_mail
from flows.notify import notify
from models.records import State
from models.store.store import Store
from tests.alerts.postfix import PASSWORD, USER, MailHost, is_installed, mail_host
from tests.alerts.scene import DAY, HOUR, NOW, add_partner, settings, turn

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        (not is_installed() and not os.environ.get("CI")) or os.geteuid() != 0,  # CI installs both: there it would fail
        reason="needs postfix and dovecot, and root (Debian: apt-get install postfix dovecot-imapd dovecot-lmtpd)",
    ),
]


def read_back(host: MailHost, expected: int) -> list[EmailMessage]:
    """The mails in ana's mailbox over IMAP, once as many as expected have arrived."""
    context = ssl.create_default_context(cafile=str(host.ca_file))
    end = time.monotonic() + 10
    while True:
        with imaplib.IMAP4("localhost", host.imap_port) as inbox:
            inbox.starttls(context)
            inbox.login(USER, PASSWORD)
            inbox.select()
            numbers = inbox.search(None, "ALL")[1][0].split()
            if len(numbers) >= expected or time.monotonic() > end:
                raw = [inbox.fetch(number.decode(), "(RFC822)")[1][0] for number in numbers]
                return [
                    email.message_from_bytes(part[1], policy=email.policy.default)
                    for part in raw
                    if isinstance(part, tuple)
                ]
        time.sleep(0.1)


def test_nothing_of_the_servers_is_left_when_the_test_is_over() -> None:
    with mail_host() as host:
        folder = host.mail.parent

    left = [
        entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit() and str(folder) in _open(entry / "cwd")
    ]
    assert left == []


def _open(link: Path) -> str:
    """Where a process stands; "" if it has ended."""
    try:
        return str(link.readlink())
    except OSError:
        return ""


def test_a_silence_and_its_end_arrive_in_one_thread(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind", deputy=None)
    turn(sqlite_store, "northwind", State.QUIET)
    with mail_host() as host:
        way = Smtp("localhost", host.smtp_port, ca_file=host.ca_file)
        assert way.check() == f"localhost:{host.smtp_port} answers, STARTTLS"
        told = [notify(sqlite_store, settings(), now=NOW, mailer=way)]
        read_back(host, 1)
        turn(sqlite_store, "northwind", State.ON_RHYTHM, old=State.QUIET, at=NOW + DAY)
        told.append(notify(sqlite_store, settings(), now=NOW + DAY + HOUR, mailer=way))
        alert, back = read_back(host, 2)
        with pytest.raises(MailerError) as refused:
            way.send(sample_mail(sender="gonequiet@ourco.example", reader="bo@elsewhere.example", zone="UTC", at=NOW))

    assert [run.failures for run in told] == [[], []]
    assert str(alert["Subject"]).startswith("Quiet: Northwind – no contact either way for 11 working days")
    assert str(back["Subject"]).startswith("Back: Northwind")
    assert str(alert["Message-ID"]) in str(back["References"])
    assert refused.value.permanent  # 554, relay access denied


def test_a_server_that_wants_a_login_gets_one(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind", deputy=None)
    turn(sqlite_store, "northwind", State.QUIET)
    with mail_host(login=True) as host:
        bare = Smtp("localhost", host.smtp_port, ca_file=host.ca_file)
        wrong = Smtp("localhost", host.smtp_port, ca_file=host.ca_file, username="gonequiet", password="no")
        right = Smtp("localhost", host.smtp_port, ca_file=host.ca_file, username="gonequiet", password=PASSWORD)
        sample = sample_mail(sender="gonequiet@ourco.example", reader="ana@ourco.example", zone="UTC", at=NOW)
        for refused in (bare, wrong):
            with pytest.raises(MailerError) as failure:
                refused.send(sample)
            assert failure.value.permanent
        told = notify(sqlite_store, settings(), now=NOW, mailer=right)
        (alert,) = read_back(host, 1)

    assert told.failures == []
    assert str(alert["Subject"]).startswith("Quiet: Northwind")
