"""What every command opens first: settings, store and directory; whatever cannot be opened is refused in one sentence.

    with opened() as house:
        for partner in house.store.partners.all(): ...

A store that turns out busy or broken inside the block is refused in the same way, so commands need no `try`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.errors import Refusal, TryLater

if TYPE_CHECKING:
    from models.directory import Directory
    from models.records import Partner
    from models.settings import Settings
    from models.store.store import Store

HOW_TO_SAY_US = 'say who we are: `gonequiet us example.org`, or us = ["example.org"] in gonequiet.toml'


FIRST_STEP = "gonequiet import --us example.org PATH, or gonequiet connect google"


@dataclass(frozen=True)
class Opened:
    """Settings and store of this call; `more_us` are our names given on the command line."""

    settings: Settings
    store: Store
    more_us: tuple[str, ...] = ()

    @cached_property
    def us(self) -> tuple[str, ...]:
        """Our domains and addresses: stored, chosen in the settings, and given now; sorted, each once."""
        named = (*self.store.partners.us(), *self.settings.us, *self.more_us)
        return tuple(sorted({name.strip().lower().lstrip("@") for name in named} - {""}))

    @property
    def directory(self) -> Directory:
        """Who is who at this moment; read anew each time, because commands change it."""
        return self.store.partners.directory((*self.settings.us, *self.more_us))

    @property
    def next_step(self) -> str:
        """What to type where nobody is watched yet."""
        return "gonequiet partners suggest" if self.us and self.store.sources.all() else FIRST_STEP

    def partner(self, name: str) -> Partner:
        """The partner of this key, title, domain or address, in any case; Refusal names the nearest ones."""
        wanted = name.strip().lower()
        known = self.store.partners.all()
        for partner in known:
            if partner.key == wanted:
                return partner
        for partner in known:
            if wanted in {partner.title.lower(), *partner.domains, *partner.addresses}:
                return partner
        if not known:
            raise Refusal(f"There is no partner {name!r}, nor any other yet. Next: {self.next_step}")
        raise Refusal(_unknown(name, [partner.key for partner in known]))


def chosen_config() -> Path | None:
    """The settings file named by `gonequiet --config FILE`; None where none was named."""
    context = click.get_current_context(silent=True)
    config = None if context is None else context.find_root().params.get("config")
    return None if config is None else Path(config)


def load_settings(config: Path | None = None) -> Settings:
    """The settings of this call; Refusal lists every problem at once."""
    from models.settings import SettingsError, load  # noqa: PLC0415  --help needs no settings

    try:
        settings = load(config or chosen_config())
    except SettingsError as e:
        raise Refusal(str(e)) from e
    problems = _unusable(settings)
    if problems:
        raise Refusal("The settings cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
    return settings


def _unusable(settings: Settings) -> list[str]:
    """What of the settings is well formed, and yet means nothing."""
    from cli.us import our_name  # noqa: PLC0415  as above
    from metrics.opening_hours import NotACalendar, weekly_shifts  # noqa: PLC0415

    problems = []
    for name in settings.us:
        try:
            our_name(name)
        except Refusal as e:
            problems.append(f"us: {e.message}")
    hours = {"hours": settings.hours} | {f"readers.{name}.hours": one.hours for name, one in settings.readers.items()}
    for place, text in hours.items():
        try:
            weekly_shifts(text)
        except NotACalendar as e:
            problems.append(f"{place}: {e}")
    return problems


@contextmanager
def opened(more_us: Sequence[str] = (), *, settings: Settings | None = None) -> Iterator[Opened]:
    """The house of this call, closed at the end; Refusal or TryLater where settings or database cannot be used."""
    settings = settings if settings is not None else load_settings()
    from models.store.database import StoreBusy, StoreError  # noqa: PLC0415  --help needs no database
    from models.store.store import Store  # noqa: PLC0415

    try:
        store = Store(settings.database_url)
        try:
            yield Opened(settings, store, tuple(more_us))
        finally:
            store.close()
    except StoreBusy as e:
        raise TryLater(str(e)) from e
    except StoreError as e:
        raise Refusal(_with_remedy(str(e))) from e
    except ValueError as e:
        from metrics.opening_hours import NotACalendar  # noqa: PLC0415  only where one was asked for

        if not isinstance(e, NotACalendar):
            raise
        raise Refusal(f"{e}: correct `country` and `region` in the settings, or with `gonequiet partners edit`") from e


# What SQLite says -> what to do about it.
_REMEDIES = {
    "readonly database": "this user may not write the file or its folder; even reading takes that",
    "unable to open database file": "make the folder writable for this user, or name another one with GONEQUIET_DATA",
    "disk is full": "make room; what was saved before is safe",
}


def _with_remedy(sentence: str) -> str:
    remedy = next((todo for sign, todo in _REMEDIES.items() if sentence.endswith(sign)), None)
    return sentence if remedy is None else f"{sentence} ({remedy})"


def _unknown(name: str, keys: Sequence[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  only for a mistyped name

    near = get_close_matches(name.lower(), keys, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`gonequiet partners list` shows all"
    return f"There is no partner {name!r}: {hint}"
