"""How `gonequiet tone check` looks: the fresh text, the verdict, and each sentence with the words that weighed."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from metrics.tone.analysers import NEGATIVE_BELOW, POSITIVE_ABOVE
from metrics.tone.scoring import Look, Verdict

_STRONGEST = 5
_FAINT = 0.03


def show(seen: Look) -> None:
    """Print it for people; colours only where the terminal has them."""
    console = Console(highlight=False)
    verdict = seen.verdict
    console.print(Text("Fresh text", "bold"))
    console.print(Text(_indented(seen.fresh) or "  (none: everything here is quoted, forwarded or a signature)"))
    for sentence in seen.left_out:
        console.print(Text(f"  not counted, a courtesy: {_one_line(sentence)}", "dim"))
    console.print()
    console.print(Text("Verdict", "bold"))
    console.print(Text(f"  {sentence_of(verdict)}", _colour(verdict.score)))
    words = [name for name in ("appreciation", "criticism", "distress") if getattr(verdict.wording, name)]
    if words:
        console.print(f"  Words of {' and '.join(words)} in it.")
    if seen.sentences:
        console.print()
        console.print(_table(seen))
    console.print(Text(f"Analyser {verdict.analyser}. Nothing of this was stored.", "dim"))


def sentence_of(verdict: Verdict) -> str:
    """The verdict in one sentence."""
    if verdict.score is None:
        return f"No score: {verdict.reason} ({verdict.n_words} words, language {verdict.language})."
    kind = "negative" if verdict.score < NEGATIVE_BELOW else "positive" if verdict.score > POSITIVE_ABOVE else "neutral"
    personal = f", subjectivity {verdict.subjectivity:.2f}" if verdict.subjectivity is not None else ""
    return f"{verdict.score:+.2f} {kind} ({verdict.n_words} words, language {verdict.language}{personal})."


def _table(seen: Look) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Value", justify="right")
    table.add_column("Sentence", overflow="fold", ratio=3)
    table.add_column("Words that weighed", overflow="fold", ratio=2)
    for assessed in seen.sentences:
        weighed = sorted(assessed.words, key=lambda pair: -abs(pair[1]))[:_STRONGEST]
        why = ", ".join(f"{word} {weight:+.2f}" for word, weight in weighed if abs(weight) >= _FAINT)
        table.add_row(Text(f"{assessed.value:+.2f}"), Text(_one_line(assessed.sentence)), Text(why))
    return table


def _colour(score: float | None) -> str:
    if score is None:
        return "yellow"
    return "red" if score < NEGATIVE_BELOW else "green" if score > POSITIVE_ABOVE else ""


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _one_line(text: str) -> str:
    return " ".join(text.split())
