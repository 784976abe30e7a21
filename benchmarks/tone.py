"""Every figure of docs/tone.md, beside TextBlob alone and, where installed, VADER alone.

    python -m benchmarks.tone DATA                              everything; some twenty minutes
    python -m benchmarks.tone DATA --only PART                  scores, left-out, furniture, fresh, language, speed,
                                                                processes, size, shift, years
    python -m benchmarks.tone DATA --mbox FILE --us DOMAIN      what scoring adds to an import of this mbox

DATA holds NAME.csv.gz (id,text,label,score) and zones_train.jsonl.gz. The four labelled corpora here trained nothing
that ships. `pip install vaderSentiment` in the environment that runs this adds its columns, scikit-learn and scipy
beside it the part "left-out". Tables are Markdown.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean, pstdev

from textblob import TextBlob

from benchmarks import tone_cost, tone_mail, tone_trend
from metrics.tone.analysers import NEGATIVE_BELOW, POSITIVE_ABOVE, Analyser, LearnedTone, analyser
from metrics.tone.scoring import judge

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
    parts: dict[str, Callable[[Path], None]] = {
        "scores": scores,
        "left-out": left_out,
        "furniture": furniture,
        "fresh": tone_mail.fresh,
        "language": tone_mail.language,
        "speed": lambda data: tone_cost.speed(data, tools(whole_mail=True)),
        "processes": tone_cost.processes,
        "size": lambda _: tone_cost.size(),
        "shift": shift,
        "years": years,
    }
    parser.add_argument("--only", choices=tuple(parts))
    parser.add_argument("--mbox", type=Path)
    parser.add_argument("--us")
    chosen = parser.parse_args()
    csv.field_size_limit(1 << 30)
    if chosen.mbox is not None:
        tone_cost.importing(chosen.mbox, chosen.us)
        return
    for name, part in parts.items():
        if chosen.only in (None, name):
            part(chosen.data)


def tools(*, whole_mail: bool = False, ours: Analyser | None = None) -> dict[str, Score]:
    """The scorers compared, by name; one without an answer is neutral. `ours` None = the one that ships."""
    with_tone = ours or analyser()
    found: dict[str, Score] = {
        "gonequiet": lambda text: judge(text, with_tone, whole_mail=whole_mail).score or 0.0,
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
    _head()
    for corpus in CORPORA:
        for tool, score in tools().items():
            _score_row(rows_of(data, corpus), f"{corpus} | {tool}", score)


def left_out(data: Path) -> None:
    """The same on each training corpus, by a lexicon that was learned without it."""
    try:
        from benchmarks.learn_lexicon import TRAINING, learned  # noqa: PLC0415
    except ImportError as e:
        print(f"\nNo table of left-out corpora: {e}")
        return
    print()
    _head()
    for corpus in TRAINING:
        without = LearnedTone(learned(data, [name for name in TRAINING if name != corpus]))
        rows = rows_of(data, corpus)
        rows = random.Random(1).sample(rows, min(3000, len(rows)))
        for tool, score in tools(ours=without).items():
            _score_row(rows, f"{corpus} | {tool}", score)


def _head() -> None:
    print("| corpus | tool | AUC | macro-F1 at +-0.05 | negatives missed (others flagged) | caught at 10 % FPR |")
    print("| --- | --- | --- | --- | --- | --- |")


def _score_row(rows: Sequence[tuple[str, int]], name: str, score: Score) -> None:
    labels = [label for _, label in rows]
    values = [score(text) for text, _ in rows]
    negative = [value for value, label in zip(values, labels, strict=True) if label < 0]
    rest = sorted(value for value, label in zip(values, labels, strict=True) if label >= 0)
    missed = sum(value >= NEGATIVE_BELOW for value in negative) / len(negative)
    flagged = sum(value < NEGATIVE_BELOW for value in rest) / len(rest)
    print(
        f"| {name} | {auc(negative, rest):.3f} | {macro_f1(values, labels):.3f} "
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
    for mail in tone_mail.zoned(data):
        for zone, start, end in mail.zones:
            text = mail.text[start:end].strip()
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


def shift(data: Path) -> None:
    """Messages until a rise of negatives from 8 % is found; baseline 60 messages."""
    print(
        "\n| noise of | tool | false alarms in 150 | 8 to 60 %: found in 40 / 80, median "
        "| shipped, 3 a week: 8 to 20 % | 8 to 35 % | 8 to 60 % |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    for corpus, tool, noise in _noises(data, tools()):
        row = tone_trend.shift_row(noise, 312)
        print(f"| {corpus} | {tool} | {tone_trend.bar_row(noise)} | {row} |", flush=True)


def years(data: Path) -> None:
    """False alarms of one unchanged partner in two years, as shipped, all four tests together."""
    paces = (1, 3, 5, 10, 25)
    print(f"\n| noise of | {' | '.join(f'{pace} a week' for pace in paces)} |\n|{' --- |' * (len(paces) + 1)}")
    for corpus, _, noise in _noises(data, {"gonequiet": tools()["gonequiet"]}):
        found = [tone_trend.false_alarms(noise, pace, 200) for pace in paces]
        print(f"| {corpus} | {' | '.join(f'{rate:.2f}' for rate in found)} |", flush=True)


def _noises(data: Path, scorers: dict[str, Score]) -> Iterator[tuple[str, str, tone_trend.Noise]]:
    for corpus in CORPORA[:3]:
        rows = rows_of(data, corpus)
        rows = random.Random(1).sample(rows, min(2500, len(rows)))
        for tool, score in scorers.items():
            negative = [score(text) for text, label in rows if label < 0]
            rest = [score(text) for text, label in rows if label >= 0]
            yield corpus, tool, tone_trend.Noise(negative, rest)


if __name__ == "__main__":
    main()
