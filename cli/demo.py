"""`gonequiet demo`: the main job on made-up people, without an account and without a server to start."""

from __future__ import annotations

import shutil
import sys
import textwrap
from email import message_from_bytes, policy
from pathlib import Path

import click

from cli.errors import Refusal
from cli.opening import load_settings
from cli.output import count_of, say

_TOML = """\
# Settings of the demo. Look at it with: gonequiet --config {path} status
us = {us}
data = "{data}"
zone = "{zone}"
country = "{country}"

[alerts]
operator = "ana@brightwater.example"
fallback = "ana@brightwater.example"
sender = "gonequiet@brightwater.example"
weekly_limit = 20
"""
_WORDS = len("--config  replay --months 12")
_MARKER = "made by gonequiet demo"


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-data"),
    show_default=True,
    help="Where its database, mails and settings go; emptied first.",
)
def command(folder: Path) -> None:
    """Show the whole job on made-up people.

    A seeded generator makes up a small firm, its partners and fourteen months of mail and meetings. They are read as
    real mailboxes would be, judged daily over the last six weeks by a Prefect flow, and the alert mails that would
    have gone out are written as .eml files. Nothing leaves this machine.
    """
    config = _fresh(folder)
    settings = load_settings(config)
    from flows.orchestrator import prepare  # noqa: PLC0415  must run before Prefect is imported

    prepare(settings.data)
    first = not (settings.data / "prefect" / "prefect.db").exists()
    say("Gonequiet demo: a made-up firm, its partners, fourteen months of mail and meetings.")
    say("Starting Prefect" + (" (the first time takes about 20 seconds) ..." if first else " ..."))
    from flows.rehearse import rehearse  # noqa: PLC0415  a second of imports, said above
    from models.clock import now  # noqa: PLC0415

    until = now().replace(microsecond=0)
    totals = rehearse(str(config), until)
    _show(config, totals)


def _fresh(folder: Path) -> Path:
    """An empty folder with the demo's settings; Prefect's own home stays, so that a second run starts sooner."""
    config = folder / "gonequiet.toml"
    if folder.exists() and any(folder.iterdir()) and not (folder / ".demo").exists():
        raise Refusal(f"The folder {folder} is not empty and not of the demo: name another one with --folder")
    from connectors.demo.people import demo_hours, demo_us  # noqa: PLC0415

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if old.name == "prefect":
                continue
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink()
        (folder / ".demo").write_text(_MARKER + "\n")
        hours = demo_hours()
        config.write_text(
            _TOML.format(
                path=config, us=list(demo_us()), data=folder.resolve(), zone=hours.zone, country=hours.country
            ).replace("'", '"')
        )
    except OSError as e:
        raise Refusal(f"The demo's folder {folder} cannot be used: {e.strerror}") from e
    return config


def _show(config: Path, totals: dict[str, int]) -> None:
    from cli.status import show_standings  # noqa: PLC0415
    from models.settings import load  # noqa: PLC0415
    from models.store.store import Store  # noqa: PLC0415

    settings = load(config)
    store = Store(settings.database_url)
    try:
        mails, meetings = store.interactions.count()
        say()
        say(
            f"Read {count_of(mails, 'mail')} and {count_of(meetings, 'meeting')} with partners"
            f" (newsletters and mail with others were left out)."
        )
        say(f"Over six weeks {count_of(totals['changed'], 'standing')} changed.")
        say()
        show_standings(store, settings)
    finally:
        store.close()
    _show_mails(settings.outbox)
    say()
    say("Next:")
    program = _program()
    for words, what in (
        (f"--config {config} explain halcyon", "why it stands where it stands"),
        (f"--config {config} replay --months 12", "which alerts the last year would have brought"),
        (f"--config {config} page", "the same in a browser"),
        ("import --us example.org PATH", "your own mail: an mbox, a Takeout zip, a Maildir"),
    ):
        say(f"  {program} {words:<{_WORDS + len(str(config))}}  {what}")


def _program() -> str:
    """What to type for this program: its name where a shell finds it, else the way to it from here."""
    found, own = shutil.which("gonequiet"), Path(sys.executable).with_name("gonequiet")
    return "gonequiet" if found is not None and Path(found).resolve() == own.resolve() else str(_short(own))


def _show_mails(outbox: Path) -> None:
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(outbox.glob("*.eml"))]
    digests = [mail for mail in mails if mail["X-Gonequiet-Alert"] == "digest"]
    say()
    say(click.style(f"{count_of(len(mails), 'mail')} would have gone out", bold=True) + f", in {_short(outbox)}/:")
    width = min(120, shutil.get_terminal_size((100, 24)).columns)
    for mail in mails:
        if mail not in digests:
            when, who = f"{mail['date'].datetime:%d %b}", str(mail["to"]).partition("@")[0]
            say(f"  {when}  to {who + ':':<7} " + textwrap.shorten(mail["subject"], width - 19, placeholder=" ..."))
    say(f"  and {count_of(len(digests), 'weekly digest')} to the partners' owners")


def _short(path: Path) -> Path:
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path
