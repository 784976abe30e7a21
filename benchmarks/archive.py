"""Archive import side by side with the standard library and with what else is installed, as ratios in one run.

    python benchmarks/archive.py                    # bars A1, A2 (peers found on PATH), A3 (with shared data), A5
    python benchmarks/archive.py --large            # and A6, A7: memory and pace at 100k and 1M mails (4 GB of disk)
    python benchmarks/archive.py --mbox FILE --us DOMAIN --partners a.org,b.org    # on mail of your own

Every measurement is a process of its own, interleaved over the rounds; the median counts. CPU seconds are those of
the process and its children: on a busy machine they are the steadier figure for everything with one process.

Peers are taken from PATH: `apt-get install notmuch maildir-utils mairix mblaze` and, in an environment of its own,
`pip install mbox-to-sqlite`. notmuch and mu index words too, which we do not; mu uses every processor.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import archive_mail  # noqa: E402  the path comes first

NOW = datetime(2026, 11, 22, tzinfo=UTC)
REAL = Path(os.environ.get("GONEQUIET_SHARED_DATA", ROOT.parent / "shared" / "data")) / "mail"


# --- the jobs, each run in a process of its own -----------------------------------------------------------------------


def stdlib(given: dict[str, Any]) -> int:
    """The baseline: every mail parsed by `mailbox`, nothing stored."""
    import mailbox  # noqa: PLC0415

    box = mailbox.mbox(given["mbox"])
    return sum(1 for message in box if message is not None)


def parse(given: dict[str, Any]) -> int:
    """Our reading alone."""
    from connectors.archive.connector import open_archive  # noqa: PLC0415

    (connector,) = open_archive(Path(given["mbox"]), now=NOW, workers=given.get("workers", 1))
    return sum(len(page.interactions) + len(page.skipped) for page in connector.pages(None))


def store(given: dict[str, Any]) -> int:
    """Our import, end to end into the store."""
    from connectors.archive.connector import open_archive  # noqa: PLC0415
    from flows.pull import pull  # noqa: PLC0415
    from models.store.store import Store  # noqa: PLC0415

    opened = Store.at(Path(given["database"]))
    (connector,) = open_archive(Path(given["mbox"]), now=NOW, workers=given.get("workers", 1))
    peak = _HighestOfChildren()
    given["children"] = peak
    directory = opened.partners.directory(())
    pulled = pull(opened, connector, directory, clock=lambda: NOW, worker="bench", live=False, on_page=peak.look)
    if pulled.failure:
        raise SystemExit(pulled.failure)
    saved = pulled.saved
    if given.get("again"):
        given["again"] = _again(opened, given, pull)
    opened.close()
    return saved.new + saved.known + saved.outside + saved.elsewhere + saved.skipped.total()


def _again(opened: Any, given: dict[str, Any], pull: Any) -> float:
    """Seconds that reading the same archive once more takes a process that is running already."""
    from connectors.archive.connector import open_archive  # noqa: PLC0415

    began = time.perf_counter()
    (connector,) = open_archive(Path(given["mbox"]), now=NOW)
    pull(opened, connector, opened.partners.directory(()), clock=lambda: NOW, worker="bench", live=False)
    return time.perf_counter() - began


JOBS: dict[str, Callable[[dict[str, Any]], int]] = {"stdlib": stdlib, "parse": parse, "store": store}


def _prepare(given: dict[str, Any]) -> None:
    """A store that knows who we are and whom we watch, before the clock runs."""
    from models.records import Partner  # noqa: PLC0415
    from models.store.store import Store  # noqa: PLC0415

    opened = Store.at(Path(given["database"]))
    if not opened.partners.all():
        opened.partners.set_us(given["us"])
        for domain in given["partners"]:
            opened.partners.add(Partner(key=domain.replace(".", "-"), title=domain, domains=(domain,)), now=NOW)
    opened.close()


def child(job: str, given: dict[str, Any]) -> None:
    """Runs one job and prints what it took; importing modules and preparing the store is not counted."""
    import email.header  # noqa: PLC0415
    import email.utils  # noqa: F401, PLC0415
    import mailbox  # noqa: F401, PLC0415

    if job != "stdlib":
        import connectors.archive.connector  # noqa: F401, PLC0415
    if job == "store":
        import flows.pull  # noqa: F401, PLC0415

        _prepare(given)
    wall, cpu = time.perf_counter(), _cpu()
    count = JOBS[job](given)
    took = {"count": count, "wall": time.perf_counter() - wall, "cpu": _cpu() - cpu}
    took["rss_mb"] = max(_peak_mb("self"), getattr(given.get("children"), "mb", 0.0))
    took["again"] = given.get("again") or 0.0
    print(json.dumps(took))


class _HighestOfChildren:
    """The highest memory that any process we started has had, looked at after each page."""

    mb = 0.0

    def look(self, _page: object, _saved: object) -> None:
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        for child in children.read_text().split() if children.is_file() else ():
            self.mb = max(self.mb, _peak_mb(child))


def _peak_mb(process: str) -> float:
    """Highest memory of this process; `ru_maxrss` would begin with that of the process that started it."""
    status = Path(f"/proc/{process}/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 if process == "self" else 0.0
    highest = [one for one in status.read_text().splitlines() if one.startswith("VmHWM")]
    return int(highest[0].split()[1]) / 1024 if highest else 0.0


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def run(job: str, **given: Any) -> dict[str, float]:
    """One measurement in a fresh process."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", job, json.dumps(given)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{job} failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


# --- the bars ---------------------------------------------------------------------------------------------------------


class Rounds:
    """Measurements of several jobs, interleaved."""

    def __init__(self) -> None:
        self.found: dict[str, list[dict[str, float]]] = {}

    def add(self, name: str, took: dict[str, float]) -> None:
        """One round of one job."""
        self.found.setdefault(name, []).append(took)

    def median(self, name: str, unit: str) -> float:
        """The middle one of a job's rounds."""
        return statistics.median(took[unit] for took in self.found[name])

    def ratio(self, slow: str, fast: str, unit: str) -> float:
        """How many times as long the slow one takes, the middle one of the rounds' own ratios."""
        pairs = zip(self.found[slow], self.found[fast], strict=True)
        return statistics.median(a[unit] / a["count"] / (b[unit] / b["count"]) for a, b in pairs)

    def table(self) -> None:
        """Every job: mails a second by wall and CPU, and memory."""
        for name, rounds in self.found.items():
            count = rounds[0]["count"]
            wall, cpu = count / self.median(name, "wall"), count / self.median(name, "cpu")
            memory = max(took["rss_mb"] for took in rounds)
            print(f"  {name:<22} {wall:>9,.0f}/s wall {cpu:>9,.0f}/s CPU  {memory:>6,.0f} MB  n={len(rounds)}")


def compare(mbox: Path, us: list[str], partners: list[str], rounds: int, folder: Path) -> Rounds:
    """Standard library, our parse, our import with one and with two processes; then unchanged and grown."""
    found = Rounds()
    for number in range(rounds):
        shared: dict[str, Any] = {"mbox": str(mbox), "us": us, "partners": partners}
        found.add("stdlib parse", run("stdlib", **shared))
        found.add("our parse", run("parse", **shared))
        found.add("our parse, 2 proc.", run("parse", **shared, workers=2))
        database = str(folder / f"one{number}.db")
        found.add("import", run("store", **shared, database=database, again=True))
        found.add("import, 2 proc.", run("store", **shared, database=str(folder / f"two{number}.db"), workers=2))
        again = run("store", **shared, database=database)
        again["count"] = found.found["import"][-1]["count"]
        found.add("unchanged again", again)
        for leftover in folder.glob("*.db*"):
            if not leftover.name.startswith(f"one{number}"):
                leftover.unlink()
    return found


def grown(mbox: Path, us: list[str], partners: list[str], folder: Path) -> tuple[float, float]:
    """Wall and CPU of importing one percent more, as a share of the first import."""
    data = mbox.read_bytes()
    cut = data.rindex(b"\nFrom ", 0, int(len(data) * 100 / 101)) + 1
    growing = folder / "growing.mbox"
    shares = []
    for number in range(3):
        growing.write_bytes(data[:cut])
        shared: dict[str, Any] = {"mbox": str(growing), "us": us, "partners": partners}
        shared["database"] = str(folder / f"growing{number}.db")
        first = run("store", **shared)
        with growing.open("ab") as file:
            file.write(data[cut:])
        second = run("store", **shared)
        shares.append((second["wall"] / first["wall"], second["cpu"] / first["cpu"]))
    return statistics.median(s[0] for s in shares), statistics.median(s[1] for s in shares)


def peers(mbox: Path, folder: Path) -> dict[str, float | None]:
    """Wall seconds of other programs that index mail, where they are installed; they index words too, we do not.

    None where one gave up on the archive.
    """
    folder = Path(tempfile.mkdtemp(dir=folder))
    maildir = folder / "peers"
    took: dict[str, float | None] = {}
    wanted = [name for name in ("mu", "notmuch", "mlist", "mairix", "mbox-to-sqlite") if shutil.which(name)]
    if wanted:
        _as_maildir(mbox, maildir)
    env = {**os.environ, "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    env["NOTMUCH_CONFIG"] = str(folder / "notmuch.cfg")
    (folder / "notmuch.cfg").write_text(f"[database]\npath={maildir}\n[user]\nname=x\nprimary_email=x@example.org\n")
    (folder / "mairix.cfg").write_text(f"base={maildir}\nmaildir=.\ndatabase={folder}/mairix.db\nmfolder=found\n")
    commands = {
        "mu": [["mu", "init", f"--maildir={maildir}"], ["mu", "index", "--quiet"]],
        "notmuch": [["notmuch", "new", "--quiet"]],
        "mlist": [["sh", "-c", f"mlist '{maildir}' | mscan > /dev/null"]],
        "mbox-to-sqlite": [["mbox-to-sqlite", "mbox", str(folder / "peer.db"), str(mbox)]],
        "mairix": [["mairix", "-f", str(folder / "mairix.cfg")]],
    }
    for name in wanted:
        began = time.perf_counter()
        silent = {"env": env, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        done = [subprocess.run(command, check=False, **silent).returncode for command in commands[name]]
        took[name] = None if any(done) else time.perf_counter() - began
    return took


def _compare_peers(mbox: Path, folder: Path, ours: float) -> None:
    bars = {"mu": 8, "notmuch": 30, "mbox-to-sqlite": 7}
    for peer, seconds in peers(mbox, folder).items():
        if seconds is None:
            print(f"  -    A2 {peer}: gave up on this archive")
        else:
            _bar(f"A2 {peer}: its time / ours", seconds / ours, bars.get(peer, 0))


def _as_maildir(mbox: Path, maildir: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    data = mbox.read_bytes()
    from connectors.archive.mbox import separators  # noqa: PLC0415

    starts = [0, *separators(data, 0, final=True)]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True)):
        (maildir / "cur" / f"{number}.x:2,S").write_bytes(data[data.index(b"\n", start) + 1 : end])


def large(folder: Path) -> None:
    """A6 and A7: the same work at 100k and 1M mails of 3.5 KB."""
    rates: dict[int, dict[str, float]] = {}
    for count in (100_000, 1_000_000):
        mbox = folder / f"{count}.mbox"
        archive_mail.write(mbox, count=count, size=3_500, seed=11)
        for workers in (1, 2):
            took = run(
                "store",
                mbox=str(mbox),
                us=[archive_mail.US],
                partners=archive_mail.PARTNERS,
                database=str(folder / f"{count}-{workers}.db"),
                workers=workers,
            )
            rates[count * 10 + workers] = took
            print(
                f"  {count:>9,} mails, {workers} proc.: {took['count'] / took['wall']:>7,.0f}/s wall "
                f"{took['count'] / took['cpu']:>7,.0f}/s CPU, {took['rss_mb']:.0f} MB"
            )
            for leftover in folder.glob(f"{count}-{workers}.db*"):
                leftover.unlink()
        mbox.unlink()
    for workers in (1, 2):
        small, big = rates[1_000_000 + workers], rates[10_000_000 + workers]
        pace = big["count"] / big["cpu"] / (small["count"] / small["cpu"])
        _bar(f"A6 memory 1M / 100k, {workers} proc.", big["rss_mb"] / small["rss_mb"], 1.2, most=True)
        _bar(f"A6 memory of the largest process at 1M, {workers} proc., MB", big["rss_mb"], 150, most=True)
        _bar(f"A7 rate at 1M / at 100k, {workers} proc.", pace, 0.6)


def _bar(name: str, value: float, bar: float, *, most: bool = False) -> None:
    kept = value <= bar if most else value >= bar
    print(f"  {'ok  ' if kept else 'MISS'} {name}: {value:.3g} (bar {'<=' if most else '>='} {bar})")


def main() -> None:
    """The bars, one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--mbox", type=Path)
    parser.add_argument("--us", default="ibm.com")
    parser.add_argument("--partners", default="intel.com,google.com,amd.com,nvidia.com,microsoft.com")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.mbox is not None:
            found = compare(given.mbox, [given.us], given.partners.split(","), given.rounds, folder)
            found.table()
            _bar("import / stdlib parse (CPU)", found.ratio("stdlib parse", "import", "cpu"), 3.5)
            return
        mbox = folder / "takeout.mbox"
        archive_mail.write(mbox, count=given.count, size=20_000)
        us, partners = [archive_mail.US], archive_mail.PARTNERS
        print(f"Takeout-like, {given.count:,} mails, {mbox.stat().st_size / 1e6:.0f} MB")
        found = compare(mbox, us, partners, given.rounds, folder)
        found.table()
        _bar("A1 import / stdlib parse, by CPU", found.ratio("stdlib parse", "import", "cpu"), 7)
        _bar("A1 the same by wall", found.ratio("stdlib parse", "import", "wall"), 7)
        _bar("A1 with two processes, by wall", found.ratio("stdlib parse", "import, 2 proc.", "wall"), 11)
        share = found.median("unchanged again", "wall") / found.median("import", "wall")
        again = statistics.median(took["again"] / took["wall"] for took in found.found["import"])
        _bar("A5 unchanged, share of first import, in a process that runs", again, 0.02, most=True)
        _bar("A5 the same in a new process that opens the store", share, 0.02, most=True)
        wall, cpu = grown(mbox, us, partners, folder)
        _bar("A5 grown by 1 %, share of first import, wall", wall, 0.05, most=True)
        _bar("A5 the same by CPU", cpu, 0.05, most=True)
        # As the command does it by default: with two processes where there are two processors.
        ours = "import, 2 proc." if (os.cpu_count() or 1) > 1 else "import"
        print(f"A2: ours is {ours!r}; mu uses every processor, the others one")
        _compare_peers(mbox, folder, found.median(ours, "wall"))
        real = REAL / "openbmc-2024-2026.mbox.xz"
        if real.is_file():
            plain = folder / "real.mbox"
            plain.write_bytes(lzma.decompress(real.read_bytes()))
            print("Real mail, openbmc list, 3,471 mails")
            found = compare(plain, [given.us], given.partners.split(","), given.rounds, folder)
            found.table()
            _bar("A3 import / stdlib parse, by CPU", found.ratio("stdlib parse", "import", "cpu"), 3.5)
            _compare_peers(plain, folder, found.median(ours, "wall"))
        else:
            print("No shared data: A3 left out")
        if given.large:
            large(folder)


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--child":
        child(sys.argv[2], json.loads(sys.argv[3]))
    else:
        main()
