"""Every figure of docs/tone.md, beside TextBlob alone and, where installed, VADER alone.

    python benchmarks/tone.py DATA                # everything; about five minutes
    python benchmarks/tone.py DATA --only scores  # scores, furniture, fresh, speed or shift

DATA holds NAME.csv.gz (id,text,label,score) and zones_train.jsonl.gz. The four labelled corpora here trained nothing
that ships. `pip install vaderSentiment` in the environment that runs this adds its columns. Tables are Markdown.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import sys
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np
from textblob import TextBlob

from metrics.tone.analysers import NEGATIVE_BELOW, POSITIVE_ABOVE, analyser
from metrics.tone.change import ALARM, SHRINK, SLACK, SPAN, highest_climbs, limit_for_rate
from metrics.tone.fresh import fresh_text
from metrics.tone.scoring import judge
from metrics.tone.yardstick import Yardstick

CORPORA = ("issue_comments", "gh_incivility", "api_review", "so_lin")
FORMULAS = (
    "I hope this email finds you well.",
    "Thank you for your patience and understanding.",
    "Please do not hesitate to contact me if you have any questions.",
    "I look forward to hearing from you soon.",
    "We really appreciate your continued support and cooperation.",
    "Hope you had a wonderful weekend!",
    "Thanks so much for your help with this.",
    "It was great speaking with you yesterday.",
    "Just wanted to follow up on this and thank you again for your great work.",
    "Wishing you and your family a happy holiday season.",
)
Score = Callable[[str], float]


def main() -> None:
    """Prints the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", choices=("scores", "furniture", "fresh", "speed", "shift"))
    chosen = parser.parse_args()
    csv.field_size_limit(1 << 30)
    for name, part in (
        ("scores", scores),
        ("furniture", furniture),
        ("fresh", fresh),
        ("speed", speed),
        ("shift", shift),
    ):
        if chosen.only in (None, name):
            part(chosen.data)


def tools(*, whole_mail: bool = False) -> dict[str, Score]:
    """The scorers compared, by name; one without an answer is neutral."""
    ours = analyser()
    found: dict[str, Score] = {
        "gonequiet": lambda text: judge(text, ours, whole_mail=whole_mail).score or 0.0,
        "TextBlob": lambda text: float(TextBlob(text).sentiment.polarity),
    }
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415
    except ImportError:
        return found
    vader = SentimentIntensityAnalyzer()
    found["VADER"] = lambda text: float(vader.polarity_scores(text[:20_000])["compound"])
    return found


def rows_of(data: Path, name: str) -> list[tuple[str, int]]:
    """Texts and labels of a corpus."""
    with gzip.open(data / f"{name}.csv.gz", "rt", newline="", encoding="utf-8") as file:
        return [(row["text"], int(float(row["label"]))) for row in csv.DictReader(file)]


def scores(data: Path) -> None:
    """Order, labels at the fixed cuts, and negatives caught at 10 % false ones."""
    print("| corpus | tool | AUC | macro-F1 at +-0.05 | negatives missed (others flagged) | caught at 10 % FPR |")
    print("| --- | --- | --- | --- | --- | --- |")
    for corpus in CORPORA:
        rows = rows_of(data, corpus)
        labels = [label for _, label in rows]
        for tool, score in tools().items():
            values = [score(text) for text, _ in rows]
            negative = [value for value, label in zip(values, labels, strict=True) if label < 0]
            rest = sorted(value for value, label in zip(values, labels, strict=True) if label >= 0)
            missed = sum(value >= NEGATIVE_BELOW for value in negative) / len(negative)
            flagged = sum(value < NEGATIVE_BELOW for value in rest) / len(rest)
            print(
                f"| {corpus} | {tool} | {auc(negative, rest):.3f} | {macro_f1(values, labels):.3f} "
                f"| {missed:.2f} ({flagged:.2f}) | {caught(negative, rest):.2f} |",
                flush=True,
            )


def auc(negative: Sequence[float], rest: Sequence[float]) -> float:
    """The chance that a negative text scores lower than another; ties count half. `rest` is sorted."""
    below = sum(
        len(rest) - bisect_right(rest, value) + (bisect_right(rest, value) - bisect_left(rest, value)) / 2
        for value in negative
    )
    return below / (len(negative) * len(rest))


def caught(negative: Sequence[float], rest: Sequence[float]) -> float:
    """The share of negatives below the point that a tenth of the sorted rest is below."""
    cut = rest[int(0.1 * len(rest))]
    return sum(value < cut for value in negative) / len(negative)


def macro_f1(values: Sequence[float], labels: Sequence[int]) -> float:
    """Mean F1 of the classes the corpus has, at the documented cuts."""
    kinds = sorted(set(labels))
    told = [-1 if value < NEGATIVE_BELOW else 1 if value > POSITIVE_ABOVE and 1 in kinds else 0 for value in values]
    return fmean(f1(told, labels, kind) for kind in kinds)


def f1(told: Sequence[int], labels: Sequence[int], kind: int) -> float:
    """F1 of one class."""
    hits = sum(t == label == kind for t, label in zip(told, labels, strict=True))
    return 2 * hits / (sum(t == kind for t in told) + sum(label == kind for label in labels) or 1)


def furniture(data: Path) -> None:
    """What a real greeting, one formula sentence, a real sign-off and signature do to a score."""
    intros, outros, signatures = _real_furniture(data)
    print(
        "\n| corpus | tool | caught clean | dressed | share kept | shift, SD |\n| --- | --- | --- | --- | --- | --- |"
    )
    for corpus in CORPORA:
        chance = random.Random(11)
        rows = rows_of(data, corpus)
        rows = chance.sample(rows, min(1500, len(rows)))
        dressed = [_dressed(text, intros, outros, signatures, chance) for text, _ in rows]
        plain, cleaning = tools(), tools(whole_mail=True)
        for tool in plain:
            before = [plain[tool](text) for text, _ in rows]
            after = [cleaning[tool](text) for text in dressed]
            rest = sorted(value for value, (_, label) in zip(before, rows, strict=True) if label >= 0)
            cut = rest[int(0.1 * len(rest))]
            negatives = [index for index, (_, label) in enumerate(rows) if label < 0]
            clean = sum(before[i] <= cut for i in negatives) / len(negatives)
            found = sum(after[i] <= cut for i in negatives) / len(negatives)
            moved = (fmean(after) - fmean(before)) / pstdev(before)
            print(f"| {corpus} | {tool} | {clean:.2f} | {found:.2f} | {found / clean:.2f} | {moved:+.2f} |", flush=True)


def _real_furniture(data: Path) -> tuple[list[str], list[str], list[str]]:
    zones: dict[str, list[str]] = {"Body/Intro": [], "Body/Outro": [], "Body/Signature": []}
    for mail in _zoned(data):
        for zone, start, end in mail["zones"]:
            text = mail["text"][start:end].strip()
            if zone in zones and text and ">" not in text and len(text) < 400:
                zones[zone].append(text)
    return zones["Body/Intro"], zones["Body/Outro"], zones["Body/Signature"]


def _dressed(
    text: str, intros: Sequence[str], outros: Sequence[str], signatures: Sequence[str], chance: random.Random
) -> str:
    formula = chance.choice(FORMULAS)
    body = f"{formula} {text}" if chance.random() < 0.5 else f"{text}\n\n{formula}"
    mail = f"{chance.choice(intros)}\n\n{body}\n\n{chance.choice(outros)}"
    return f"{mail}\n{chance.choice(signatures)}" if chance.random() < 0.5 else mail


def _zoned(data: Path) -> list[dict[str, object]]:
    with gzip.open(data / "zones_train.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def fresh(data: Path) -> None:
    """Author lines kept and quoted lines left, by the labelled zones."""
    print("\n| mails | n | F1 of author lines | leaking mails | mails losing a line |\n| --- | --- | --- | --- | --- |")
    for corpus in ("asf", "enron"):
        hits = extra = lost = leaks = losing = n = 0
        for mail in _zoned(data):
            if mail["corpus"] != corpus:
                continue
            author, quoted = _line_truth(str(mail["text"]), mail["zones"])
            kept = Counter(" ".join(line.split()) for line in fresh_text(str(mail["text"])).split("\n") if line.strip())
            n += 1
            hits += (author & kept).total()
            extra += (kept - author).total()
            lost += (author - kept).total()
            leaks += bool((kept - author) & quoted)
            losing += bool(author - kept)
        f1_lines = 2 * hits / (2 * hits + extra + lost)
        print(f"| {corpus} | {n} | {f1_lines:.3f} | {leaks / n:.3f} | {losing / n:.3f} |")


def _line_truth(text: str, zones: object) -> tuple[Counter[str], Counter[str]]:
    """Author lines: unmarked lines of a Body that no header block stands above; the rest of the bodies is quoted."""
    heads = sorted((a, b) for zone, a, b in zones if zone == "Header")  # type: ignore[attr-defined]
    marked = any(line.lstrip().startswith(">") for line in text.split("\n"))
    author: Counter[str] = Counter()
    quoted: Counter[str] = Counter()
    at = 0
    for line in text.split("\n"):
        first = at + len(line) - len(line.lstrip())
        above = [text[a:b].strip() for a, b in heads if b <= at + 1]
        at += len(line) + 1
        if not line.strip() or any(a <= first < b for a, b in heads):
            continue
        block = any(not re.search(r"(?:wrote|writes|schrieb)\s*:?\s*$", head) for head in above)
        is_author = not line.lstrip().startswith(">") and not block and (marked or not above)
        (author if is_author else quoted)[" ".join(line.split())] += 1
    return author, quoted


def speed(data: Path) -> None:
    """Messages a CPU second, cleaning included for ours."""
    print("\n| texts | mean characters | tool | messages per CPU second |\n| --- | --- | --- | --- |")
    sets = {"real mails": [str(mail["text"]) for mail in _zoned(data)]}
    sets |= {name: [text for text, _ in rows_of(data, name)][:3000] for name in ("issue_comments", "so_lin")}
    for name, texts in sets.items():
        for tool, score in tools(whole_mail=True).items():
            score(texts[0])
            began = time.process_time()
            for text in texts:
                score(text)
            rate = len(texts) / (time.process_time() - began)
            print(f"| {name} | {fmean(map(len, texts)):.0f} | {tool} | {rate:,.0f} |", flush=True)


def shift(data: Path) -> None:
    """Messages until a rise of negatives from 8 to 60 % is found, at equal false alarms; baseline 60 messages."""
    print(
        "\n| noise of | tool | false alarms in 150 | found in 40 | in 80 | median messages | in 80 at one false alarm "
        "in two years of 3 mails a week |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    for corpus in CORPORA[:3]:
        rows = random.Random(1).sample(rows_of(data, corpus), 2500)
        for tool, score in tools().items():
            negative = np.array([score(text) for text, label in rows if label < 0])
            rest = np.array([score(text) for text, label in rows if label >= 0])
            print(f"| {corpus} | {tool} | {_shift_row(negative, rest)} |", flush=True)


def _shift_row(negative: np.ndarray, rest: np.ndarray, *, base: int = 60, runs: int = 2000) -> str:
    rng = np.random.default_rng(4)

    def drawn(share: float, count: int) -> np.ndarray:
        return np.where(
            rng.random((runs, count)) < share, rng.choice(negative, (runs, count)), rng.choice(rest, (runs, count))
        )

    yardstick = Yardstick.of(drawn(0.08, 1)[:, 0].tolist())
    assert yardstick is not None
    z = np.vectorize(yardstick.z)
    pool = z(drawn(0.08, 1)[:, 0])
    limit = float(np.quantile(highest_climbs(pool, base, SPAN), 1 - ALARM))
    patient = limit_for_rate(pool.tolist(), 312, baseline=base)
    calm = _climbs(z(drawn(0.08, base + SPAN)), base)
    shifted = _climbs(z(np.concatenate([drawn(0.08, base), drawn(0.60, 80)], axis=1)), base)
    crossed = shifted > limit
    when = np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, 999)
    return (
        f"{(calm.max(axis=1) > limit).mean():.2f} | {(when <= 40).mean():.2f} | {(when <= 80).mean():.2f} "
        f"| {np.median(when):.0f} | {(shifted.max(axis=1) > patient).mean():.2f}"
    ).replace("| 999 |", "| over 80 |")


def _climbs(values: np.ndarray, base: int) -> np.ndarray:
    learned = values[:, :base].sum(axis=1) / (base + SHRINK)
    level = np.zeros(len(values))
    path = np.zeros((len(values), values.shape[1] - base))
    for column in range(path.shape[1]):
        level = np.maximum(0.0, level + learned - values[:, base + column] - SLACK)
        path[:, column] = level
    return path


if __name__ == "__main__":
    sys.exit(main())
