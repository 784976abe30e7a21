"""What the operator chose: one TOML file and the environment, read once at the edge and passed on as values.

Looked for in this order: `--config FILE`, $GONEQUIET_CONFIG, ./gonequiet.toml, the user's configuration folder.
An environment variable beats the file: GONEQUIET_DATABASE, GONEQUIET_ALERTS__SENDER. Any secret may also stand in a
file: GONEQUIET_ALERTS__PASSWORD_FILE=/run/secrets/smtp. Unknown names are refused, and all problems told at once.
"""

from __future__ import annotations

import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from models.environment import merged, secret_files, unknown, variables
from models.records import WorkingHours

_FILE_NAME = "gonequiet.toml"


class SettingsError(Exception):
    """The settings cannot be used; the message lists every problem, each with its place."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Berlin") from e
    return name


def _an_address(text: str) -> str:
    if text.count("@") != 1 or text.startswith("@") or text.endswith("@") or any(c.isspace() for c in text):
        raise ValueError(f"{text!r} is not an e-mail address")
    return text.lower()


Zone = Annotated[str, AfterValidator(_known_zone)]
EmailAddress = Annotated[str, AfterValidator(_an_address)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AlertSettings(_Section):
    """How and to whom alerts go out."""

    via: Literal["outbox", "smtp", "gmail", "graph"] = Field("outbox", description="how mails leave")
    outbox: Path | None = Field(None, description="folder for .eml files; default: outbox in the data folder")
    sender: EmailAddress = Field("gonequiet@localhost", description="From address of the mails")
    operator: EmailAddress | None = Field(None, description="who hears of mailboxes that cannot be read")
    fallback: EmailAddress | None = Field(None, description="reader for partners without an owner; default: operator")
    budget_per_month: float = Field(1.0, gt=0, description="false alarms a month accepted over all partners")
    weekly_limit: int = Field(
        5, ge=1, description="alert mails a reader gets in seven days; the rest waits for the digest"
    )
    escalate_after_days: int = Field(2, ge=1, description="working days without an answer before the deputy is told")
    host: str = Field("localhost", description="SMTP server")
    port: int = Field(587, gt=0, lt=65536)
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="how the SMTP connection is protected")
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = Field(None, description="own certificate authority, PEM")
    dkim_selector: str | None = Field(
        None, pattern=r"^[A-Za-z0-9._-]{1,63}$", description="selector that the sending server signs with, for `doctor`"
    )
    name_server: str | None = Field(
        None, description="name server that `doctor` asks, ADDRESS or ADDRESS:PORT; none = those of this machine"
    )
    link_base: str | None = Field(
        None, description="address of the page for the buttons in mails; none = commands only"
    )
    tell_late: bool = Field(False, description="also mail when a partner is late; else the digest has it")
    concerns: bool = Field(
        True, description="also mail once: too much contact from us, an answer we owe, one person of theirs gone silent"
    )
    digest: bool = Field(True, description="the weekly mail on Monday morning")
    webhook: str | None = Field(None, description="address that gets every alert and recovery as signed JSON")
    webhook_secret: SecretStr | None = Field(None, description="signs the webhook: HMAC-SHA256 over time and body")
    apprise: tuple[SecretStr, ...] = Field((), description="Apprise addresses that hear every alert: Slack, Teams, ...")

    @model_validator(mode="after")
    def _login_is_whole(self) -> AlertSettings:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together: set both or neither")
        return self


class ReaderSettings(_Section):
    """When one reader of alerts is at work; whoever is not named works as the operator does."""

    zone: Zone = "UTC"
    hours: str = "Mon-Fri 09:00-17:00"
    country: str | None = None
    region: str | None = None


class JudgeSettings(_Section):
    """When a silence counts."""

    stale_after_hours: float = Field(
        48, gt=0, description="a live source not read for this long makes its partners blind"
    )
    grace_days: float = Field(
        7, ge=0, description="how long a mail that vanished at its service still counts; 0 = withdrawn at once"
    )
    history_days: int = Field(730, ge=90, description="how far back interactions are measured")
    strictness: float | None = Field(
        None,
        gt=0,
        le=1,
        description="how easily a silence is called quiet, 1 = soonest; default: from the alarm budget",
    )
    calibrate: Literal["apply", "propose", "off"] = Field(
        "apply", description="once a month, ask the own history which strictness keeps the alarm budget"
    )


class TargetSettings(_Section):
    """When an answer is due, where nothing was agreed with the partner; business hours of the side that answers."""

    our_answer_hours: float = Field(8, gt=0, le=160, description="working hours in which we mean to answer partners")
    their_answer_hours: float = Field(16, gt=0, le=160, description="working hours in which we expect their answers")


class ServeSettings(_Section):
    """How often the service works, and how long it keeps what it wrote."""

    pull_minutes: int = Field(15, ge=1, le=60, description="minutes between two rounds; pushes come in between")
    at_once: int = Field(
        1, ge=1, description="rounds under way at a time; with several workers on PostgreSQL, twice their number"
    )
    daily_hour: int = Field(3, ge=0, le=23, description="hour of the operator's zone for audit and clearing up")
    readings_days: int = Field(400, ge=30, description="how long readings of metrics are kept")
    letters_days: int = Field(730, ge=90, description="how long it is kept who was told what, counted from the mail")


class GoogleSettings(_Section):
    """Addresses and prices of Google's services; the defaults are Google's own."""

    gmail_root: str = "https://gmail.googleapis.com/"
    calendar_root: str = "https://www.googleapis.com/"
    admin_root: str = "https://admin.googleapis.com/"
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    auth_uri: str = "https://accounts.google.com/o/oauth2/auth"
    revoke_uri: str = "https://oauth2.googleapis.com/revoke"
    client_file: Path | None = Field(None, description="OAuth client of an installed app, JSON from the Cloud console")
    ca_file: Path | None = None
    timeout_seconds: float = Field(60, gt=0)
    prices: Literal["new", "old"] = Field("new", description="quota of projects since May 2026, or the older one")
    topic: str | None = Field(None, description="Pub/Sub topic that Gmail tells of new mail: projects/X/topics/Y")
    push_address: str | None = Field(None, description="public https address of this machine, for calendar push")
    push_audience: str | None = Field(
        None, description="audience of the push subscription's tokens; none = its address"
    )
    push_account: EmailAddress | None = Field(None, description="service account that signs the push subscription")
    certificates_uri: str = "https://www.googleapis.com/oauth2/v1/certs"


class MicrosoftSettings(_Section):
    """Addresses of Microsoft's services; the defaults are the worldwide cloud."""

    authority: str = "https://login.microsoftonline.com"
    graph_root: str = "https://graph.microsoft.com/v1.0"
    client_id: str | None = Field(None, description="application (client) id of the app registration")
    tenant: str = "organizations"
    client_secret: SecretStr | None = None
    client_secret_expires: date | None = Field(None, description="day it ends, as Entra shows it: warned of in time")
    certificate_file: Path | None = Field(None, description="certificate and private key in one PEM file")
    instance_discovery: bool = Field(True, description="false for an authority of your own or a private cloud")
    ca_file: Path | None = None
    timeout_seconds: float = Field(60, gt=0)
    push_address: str | None = Field(
        None,
        pattern=r"^https://",
        description="https address of this page that Microsoft can reach; none = polling only",
    )


class ToneSettings(_Section):
    """Tone is scored only for accounts of the text tier, and never stored as text."""

    analyser: Literal["default", "textblob-learned", "textblob-stock"] = Field(
        "default", description="what scores; default = textblob-learned, textblob-stock = TextBlob as it comes"
    )
    people: bool = Field(False, description="show tone per named person")


class Settings(_Section):
    """Everything the operator chose: what is given here, and the environment, which beats it."""

    us: tuple[str, ...] = Field((), description="our domains and addresses")
    data: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("gonequiet", appauthor=False)),
        description="folder for the database, the outbox and keys",
    )
    database: str | None = Field(None, description="database URL; default: gonequiet.db in the data folder")
    zone: Zone = Field("UTC", description="time zone of the operator: schedules, and our calendar")
    hours: str = Field("Mon-Fri 09:00-17:00", description="our working hours")
    country: str | None = Field(None, description="our country for public holidays, ISO 3166-1, e.g. DE")
    region: str | None = Field(None, description="subdivision, ISO 3166-2, e.g. BY")
    subjects: Literal["drop", "keep"] = Field("drop", description="whether subjects are stored")
    our_people: bool = Field(False, description="show figures per named person on our side")
    alerts: AlertSettings = AlertSettings()
    readers: dict[EmailAddress, ReaderSettings] = Field(
        default_factory=dict, description="working time of single readers, by address"
    )
    judge: JudgeSettings = JudgeSettings()
    targets: TargetSettings = TargetSettings()
    serve: ServeSettings = ServeSettings()
    google: GoogleSettings = GoogleSettings()
    microsoft: MicrosoftSettings = MicrosoftSettings()
    tone: ToneSettings = ToneSettings()

    @model_validator(mode="before")
    @classmethod
    def _environment_wins(cls, chosen: Any) -> Any:
        return merged(chosen, variables(cls, os.environ)) if isinstance(chosen, dict) else chosen

    @property
    def database_url(self) -> str:
        """Where the store lies, as an SQLAlchemy URL."""
        return self.database or f"sqlite:///{self.data / 'gonequiet.db'}"

    def hours_of(self, reader: str) -> WorkingHours:
        """When a reader of alerts is at work: as named in `readers`, else as the operator."""
        chosen = self.readers.get(reader.lower(), self)
        return WorkingHours(zone=chosen.zone, hours=chosen.hours, country=chosen.country, region=chosen.region)

    @property
    def our_hours(self) -> WorkingHours:
        """Our own calendar."""
        return WorkingHours(zone=self.zone, hours=self.hours, country=self.country, region=self.region)

    @property
    def outbox(self) -> Path:
        """Where mails are written when they are not sent."""
        return self.alerts.outbox or self.data / "outbox"


def load(config: Path | None = None) -> Settings:
    """The settings from file and environment; SettingsError lists every problem at once."""
    path = config or _found()
    problems: list[str] = []
    chosen = _from_file(path) if path is not None else {}
    overlay = secret_files(Settings, os.environ, problems)
    problems += unknown(Settings, os.environ)
    try:
        settings = Settings(**merged(chosen, overlay))
    except ValidationError as e:
        for error in e.errors():
            place = ".".join(str(part) for part in error["loc"]) or "settings"
            problems.append(f"{place}: {_problem(error['type'], error['msg'])}")
    if problems:
        where = f"the settings in {path}" if path else "the settings from the environment"
        raise SettingsError(f"{where} cannot be used:\n" + "\n".join(f"  {problem}" for problem in sorted(problems)))
    return settings


def _problem(kind: str, said: str) -> str:
    """What is wrong with one setting, as people say it."""
    known = {
        "extra_forbidden": "is not a setting",
        "tuple_type": 'must be a list, such as ["example.org"]',
        "dict_type": "must be a section with settings of its own",
        "model_type": "must be a section with settings of its own",
        "int_parsing": "must be a whole number",
        "float_parsing": "must be a number",
        "bool_parsing": "must be true or false",
    }
    plain = said.removeprefix("Value error, ").replace("Input should be", "must be")
    return known.get(kind, plain.replace("a valid integer", "a whole number").replace("a valid string", "text"))


def _found() -> Path | None:
    named = os.environ.get("GONEQUIET_CONFIG")
    if named:
        return Path(named)
    for folder in (Path(), Path(platformdirs.user_config_dir("gonequiet", appauthor=False))):
        if (folder / _FILE_NAME).is_file():
            return folder / _FILE_NAME
    return None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        raise SettingsError(f"no settings file at {path}") from e
    except UnicodeDecodeError as e:
        raise SettingsError(f"the settings file {path} is not valid TOML: it is not UTF-8 text") from e
    except OSError as e:
        raise SettingsError(f"the settings file {path} cannot be read: {e.strerror}") from e
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"the settings file {path} is not valid TOML: {e}") from e
