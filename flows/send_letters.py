"""One letter on its way out: handed over as mail, webhook or Apprise call, and what became of it is noted."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from alerts.mailer import Mailer, MailerError, Outbox, was_accepted
from alerts.plan import EAR
from alerts.webhook import AppriseTargets, Webhook, payload
from flows.audience import APPRISE, WEBHOOK
from flows.told import Sent, Told
from flows.write_letters import Written
from models.letters import Letter
from models.settings import AlertSettings
from models.store.store import Store

log = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
_DOWN_AFTER = 2  # failures in a row after which a way out is left alone until the next run


class Post:
    """Sends claimed letters of one run; `told` gathers what was sent and what failed.

    outbox  the folder behind `mailer`, where mails are files; None = they leave
    """

    def __init__(
        self,
        store: Store,
        settings: AlertSettings,
        mailer: Mailer,
        *,
        outbox: Outbox | None,
        write: Callable[[Letter], Written],
        told: Told,
        now: datetime,
    ) -> None:
        self._store, self._settings, self._mailer, self._outbox = store, settings, mailer, outbox
        self._write, self._told, self._now = write, told, now
        self._in_a_row: Counter[str] = Counter()

    def send(self, letter: Letter) -> None:
        """Send a claimed letter, and note what became of it."""
        way = _way(letter.reader)
        try:
            written = self._write(letter)
            if not (way == "mail" and was_accepted(self._mailer, letter)):
                self._hand_over(letter, written)
        except MailerError as e:
            self._failed(letter, str(e), permanent=e.permanent, unsure=e.unsure)
            self._in_a_row[way] += not e.permanent
            return
        except Exception as e:  # one letter that cannot be written must not stop the others
            log.exception("letter %d could not be written", letter.id)
            self._failed(letter, f"it could not be written: {type(e).__name__}", permanent=False, unsure=False)
            return
        self._store.letters.mark_told(letter.id, now=self._now)
        self._in_a_row[way] = 0
        path = None
        if self._outbox is not None and written.message is not None:
            path = self._outbox.path_of(written.message)
        self._told.letters.append(
            Sent(
                reader=letter.reader,
                kind=letter.kind,
                subject=written.subject,
                partners=written.partners,
                path=path,
            )
        )

    def is_down(self, reader: str) -> bool:
        """Whether the way to this reader has failed so often in this run that it is left alone."""
        return self._in_a_row[_way(reader)] >= _DOWN_AFTER

    def _hand_over(self, letter: Letter, written: Written) -> None:
        alerts = self._settings
        if written.message is not None:
            self._mailer.send(written.message)
        elif letter.reader == WEBHOOK and alerts.webhook is not None:
            secret = alerts.webhook_secret.get_secret_value() if alerts.webhook_secret is not None else None
            for facts in written.facts:
                Webhook(alerts.webhook, secret).tell(payload(facts, message_id=letter.message_id), now=self._now)
        elif letter.reader == APPRISE and alerts.apprise:
            AppriseTargets([url.get_secret_value() for url in alerts.apprise]).tell(written.subject, written.text)
        else:
            raise MailerError(f"{letter.reader.removeprefix(EAR)} is not set up any more", permanent=True)

    def _failed(self, letter: Letter, failure: str, *, permanent: bool, unsure: bool) -> None:
        wait = min(_FIRST_WAIT * 2**letter.attempts, _LONGEST_WAIT)
        next_at = None if permanent else self._now + wait
        self._store.letters.mark_failed(letter.id, failure, next_at=next_at, unsure_until=next_at if unsure else None)
        self._told.failures.append(failure)


def _way(reader: str) -> str:
    return reader if reader.startswith(EAR) else "mail"
