"""The way that mails leave by, as the settings choose it."""

from __future__ import annotations

from alerts.mailer import Mailer, MailerError, Outbox, Smtp
from models.settings import Settings


def way_out(settings: Settings) -> Mailer:
    """The mailer of the settings; it connects only when it sends."""
    alerts = settings.alerts
    if alerts.via == "outbox":
        return Outbox(settings.outbox)
    if alerts.via == "smtp":
        return Smtp(
            alerts.host,
            alerts.port,
            security=alerts.security,
            username=alerts.username,
            password=alerts.password.get_secret_value() if alerts.password is not None else None,
            ca_file=alerts.ca_file,
        )
    raise MailerError(f"alerts.via = {alerts.via!r} needs an account that may send", permanent=True)
