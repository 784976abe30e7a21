"""A way out for tests: a mailbox in memory that folds repeats by Message-ID, as mail programs do."""

from __future__ import annotations

from collections import Counter
from email.message import EmailMessage

from alerts.mailer import MailerError, recipients_of


class Mailbox:
    """Keeps what it is sent; `failures` are raised in turn before anything is accepted."""

    def __init__(self, failures: list[MailerError] | None = None) -> None:
        self.mails: list[EmailMessage] = []
        self.failures = failures or []

    def send(self, message: EmailMessage) -> None:
        """Accept the mail, or raise the next failure."""
        if self.failures:
            raise self.failures.pop(0)
        self.mails.append(message)

    def has(self, message_id: str) -> bool | None:
        """A mail server cannot be asked."""
        return None

    @property
    def copies(self) -> Counter[str]:
        """How often each Message-ID arrived."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """Reader and subject of each mail, in order."""
        return [(recipients_of(mail)[0], str(mail["Subject"])) for mail in self.mails]
