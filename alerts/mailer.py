"""How mails leave: one protocol, a folder of files, SMTP, and the two services' own ways through a send callable.

    mailer.send(message)      returns once the mail is accepted, else MailerError says what went wrong

Every way refuses a recipient who belongs to a partner: wrap it in `Guarded`, as `flows.notify` does.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Literal, Protocol

from models.letters import Letter

LETTER_HEADER = "X-Gonequiet-Letter"
_TIMEOUT_SECONDS = 30


class MailerError(Exception):
    """A mail was not accepted.

    permanent  trying again will not help: a person must act
    unsure     it may have been accepted all the same: the connection broke after the mail was handed over
    """

    def __init__(self, sentence: str, *, permanent: bool = False, unsure: bool = False) -> None:
        super().__init__(sentence)
        self.permanent = permanent
        self.unsure = unsure


class Mailer(Protocol):
    """A way out."""

    def send(self, message: EmailMessage) -> None:
        """Hand the mail over; returns once it is accepted. MailerError otherwise."""

    def has(self, message_id: str) -> bool | None:
        """Whether a mail of this Message-ID was accepted before; None where that cannot be asked."""


def recipients_of(message: EmailMessage) -> list[str]:
    """Every address in To, Cc and Bcc, lower case, each once."""
    fields = [str(value) for name in ("To", "Cc", "Bcc") for value in message.get_all(name, [])]
    return list(dict.fromkeys(address.lower() for _, address in getaddresses(fields) if address))


def bytes_of(message: EmailMessage) -> bytes:
    """The mail as it goes over the wire."""
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n"))


class Guarded:
    """The last of three gates: no mail to a partner, whoever asks for it."""

    def __init__(self, mailer: Mailer, is_partner: Callable[[str], bool]) -> None:
        self._mailer = mailer
        self._is_partner = is_partner

    def send(self, message: EmailMessage) -> None:
        """Refuse partners, and mails to nobody; pass on the rest."""
        addressed = recipients_of(message)
        if not addressed:
            raise MailerError("the mail has no recipient", permanent=True)
        if any(self._is_partner(address) for address in addressed):
            raise MailerError("a recipient belongs to a partner: alerts never go to partners", permanent=True)
        self._mailer.send(message)

    def has(self, message_id: str) -> bool | None:
        """As the way behind it."""
        return self._mailer.has(message_id)


class Outbox:
    """Mails as .eml files in a folder, named by their Message-ID: the same mail twice is one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, message: EmailMessage) -> Path:
        """Where this mail lies: date, subject for the eye, a key of the Message-ID for uniqueness."""
        at = message["Date"].datetime
        words = re.sub(r"[^a-z0-9]+", "-", str(message["Subject"]).casefold())[:48].strip("-")
        return self.folder / f"{at:%Y-%m-%d}-{words}-{_short(str(message['Message-ID']))}.eml"

    def send(self, message: EmailMessage) -> None:
        """Write the file whole or not at all."""
        path = self.path_of(message)
        partial = path.with_name(f".{path.stem}.{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as f:
                f.write(bytes_of(message))
                f.flush()
                os.fsync(f.fileno())
            partial.replace(path)
        except OSError as e:
            partial.unlink(missing_ok=True)
            raise MailerError(f"the outbox {self.folder} cannot be written: {e.strerror}") from e

    def has(self, message_id: str) -> bool | None:
        """Whether the file is there; never None."""
        return any(self.folder.glob(f"*-{_short(message_id)}.eml"))


class Smtp:
    """An SMTP server: STARTTLS, implicit TLS or plain; with login and an own authority where given.

    A connection a mail: a crash between two mails concerns none of them.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Literal["starttls", "tls", "none"] = "starttls",
        username: str | None = None,
        password: str | None = None,
        ca_file: Path | None = None,
        timeout: float = _TIMEOUT_SECONDS,
    ) -> None:
        self._host, self._port, self._security = host, port, security
        self._username, self._password = username, password
        self._ca_file, self._timeout = ca_file, timeout

    def send(self, message: EmailMessage) -> None:
        """Hand the mail to the server; accepted means its 250 after the data."""
        handed_over = False
        server = None
        try:
            server = self._connect()
            if self._username is not None:
                server.login(self._username, self._password or "")
            handed_over = True
            refused = server.sendmail(_bare(message), recipients_of(message), bytes_of(message))
            if refused:
                raise MailerError(_said("a recipient was refused", next(iter(refused.values()))), permanent=True)
        except smtplib.SMTPAuthenticationError as e:
            raise MailerError(_said("login was refused", (e.smtp_code, e.smtp_error)), permanent=True) from e
        except smtplib.SMTPRecipientsRefused as e:
            code, words = next(iter(e.recipients.values()))
            raise MailerError(_said("the recipient was refused", (code, words)), permanent=code >= 500) from e
        except smtplib.SMTPResponseException as e:
            answer = (e.smtp_code, e.smtp_error)
            raise MailerError(_said("the server refused", answer), permanent=500 <= e.smtp_code < 600) from e
        except smtplib.SMTPNotSupportedError as e:
            raise MailerError(f"the server {self._where} cannot do what is set: {e}", permanent=True) from e
        except ssl.SSLCertVerificationError as e:
            raise MailerError(
                f"the certificate of {self._where} is not trusted ({e.verify_message}): set alerts.ca_file",
                permanent=True,
            ) from e
        except (smtplib.SMTPException, OSError) as e:
            raise MailerError(f"the server {self._where} did not answer: {_plain(e)}", unsure=handed_over) from e
        finally:
            if server is not None:
                _leave(server)

    def has(self, message_id: str) -> bool | None:
        """None: a mail server cannot be asked."""
        return None

    def check(self) -> str:
        """Connect, protect and log in without sending; says what was agreed. MailerError as in `send`."""
        server = None
        try:
            server = self._connect()
            if self._username is not None:
                server.login(self._username, self._password or "")
            code, words = server.noop()
            if code >= 400:
                raise MailerError(_said("the server refused", (code, words)), permanent=code >= 500)
        except smtplib.SMTPAuthenticationError as e:
            raise MailerError(_said("login was refused", (e.smtp_code, e.smtp_error)), permanent=True) from e
        except ssl.SSLCertVerificationError as e:
            raise MailerError(f"its certificate is not trusted ({e.verify_message}): set alerts.ca_file") from e
        except (smtplib.SMTPException, OSError) as e:
            raise MailerError(f"no answer from {self._where}: {_plain(e)}") from e
        finally:
            if server is not None:
                _leave(server)
        protected = {"starttls": "STARTTLS", "tls": "TLS", "none": "no protection"}[self._security]
        return f"{self._where} answers, {protected}{', login works' if self._username is not None else ''}"

    @property
    def _where(self) -> str:
        return f"{self._host}:{self._port}"

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=None if self._ca_file is None else str(self._ca_file))
        if self._security == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        if self._security == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server


class Service:
    """Gmail API or Microsoft Graph, through callables of their connectors: the raw mail goes out as base64.

    post   hands the encoded mail to the service; raises MailerError
    find   asks the service's sent mail for a Message-ID; None where that is not possible
    """

    def __init__(
        self,
        post: Callable[[str], None],
        *,
        encoding: Literal["gmail", "graph"],
        find: Callable[[str], bool] | None = None,
    ) -> None:
        self._post, self._find, self._encoding = post, find, encoding

    def send(self, message: EmailMessage) -> None:
        """Encode the way the service asks for: Gmail `raw` is URL-safe, Graph's MIME body is not."""
        # Gmail gives what its API sends a Message-ID of its own: ours stands in a header beside it, to be found by.
        raw = f"{LETTER_HEADER}: {message['Message-ID']}\r\n".encode() + bytes_of(message)
        encode = base64.urlsafe_b64encode if self._encoding == "gmail" else base64.b64encode
        self._post(encode(raw).decode("ascii"))

    def has(self, message_id: str) -> bool | None:
        """Whether it lies in the sent mail; None where that cannot be asked."""
        return None if self._find is None else self._find(message_id)


def was_accepted(mailer: Mailer, letter: Letter) -> bool:
    """Whether an earlier attempt of this letter got through after all; only asked when one was left open."""
    return letter.lease_until is not None and mailer.has(letter.message_id) is True


def _plain(error: Exception) -> str:
    """What went wrong below, without numbers of the operating system."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _said(what: str, answer: tuple[int, bytes | str]) -> str:
    code, words = answer
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{what}: {code} {' '.join(text.split())[:200]}"


def _bare(message: EmailMessage) -> str:
    return getaddresses([str(message["From"])])[0][1]


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; what goes wrong now changes nothing about the mail."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _short(message_id: str) -> str:
    return hashlib.blake2b(message_id.encode(), digest_size=5).hexdigest()
