"""`gonequiet tone`: score texts, take the fresh part out of mails, and see why a mail scores as it does."""

from __future__ import annotations

from pathlib import Path

import click

from cli.errors import Refusal
from cli.menu import Menu
from cli.output import as_json, count_of, say

_IN = click.option(
    "--in", "source", type=click.Path(path_type=Path), required=True, metavar="FILE", help="What to read."
)
_OUT = click.option(
    "--out", "target", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Where to write."
)
_ANALYSER = click.option(
    "--analyser", default=None, metavar="NAME", help="textblob-learned (the default) or textblob-stock, the baseline."
)


@click.group(cls=Menu)
def command() -> None:
    """Score texts, and see what would be scored. Nothing is stored, nothing leaves this machine.

    \b
    Examples:
      gonequiet tone check mail.eml
      gonequiet tone score --in mails.csv --out scores.csv --fresh
      gonequiet tone fresh --in mails.jsonl --out fresh.jsonl
    """


@command.command()
@_IN
@_OUT
@click.option(
    "--fresh", is_flag=True, help="Each text is a whole mail body: quotes, signatures and greetings come off first."
)
@_ANALYSER
def score(source: Path, target: Path, fresh: bool, analyser: str | None) -> None:
    """Score every text of a CSV file.

    Reads the columns id,text; writes id,score,subjectivity,n_words,lang,reason. The score is between -1 and 1: below
    -0.05 the text is negative, above 0.05 positive. It is empty where none is given, and `reason` says why: too
    short, another language, no fresh text, only courtesy, no prose (code and links alone).
    """
    from cli.tone_files import Broken, csv_texts, csv_writer  # noqa: PLC0415  --help needs none of these
    from metrics.tone.scoring import judge  # noqa: PLC0415

    with_tone = _analyser(analyser)
    scored = total = 0
    try:
        with csv_writer(target, ("id", "score", "subjectivity", "n_words", "lang", "reason")) as write:
            for name, text in csv_texts(source):
                verdict = judge(text, with_tone, whole_mail=fresh)
                numbers = (
                    ("", "")
                    if verdict.score is None or verdict.subjectivity is None
                    else (f"{verdict.score:.6f}", f"{verdict.subjectivity:.4f}")
                )
                write((name, *numbers, verdict.n_words, verdict.language, verdict.reason))
                total += 1
                scored += verdict.score is not None
    except Broken as e:
        raise Refusal(str(e)) from e
    say(f"{count_of(total, 'text')}, {scored:,} scored by {with_tone.version}; written to {target}")


@command.command("fresh")
@_IN
@_OUT
@click.option("--bare", is_flag=True, help="Also take off greeting, sign-off, signature and disclaimer.")
def fresh_command(source: Path, target: Path, bare: bool) -> None:
    """Keep of every mail body what its author wrote: no quoted replies, no forwards.

    Reads JSON lines with id and text (plain or HTML); writes JSON lines with id and the fresh text.
    """
    from cli.tone_files import Broken, jsonl_texts, jsonl_writer  # noqa: PLC0415
    from metrics.tone.fresh import fresh_text  # noqa: PLC0415
    from metrics.tone.furniture import without_furniture  # noqa: PLC0415

    total = 0
    try:
        with jsonl_writer(target) as write:
            for name, text in jsonl_texts(source):
                kept = fresh_text(text)
                write({"id": name, "text": without_furniture(kept) if bare else kept})
                total += 1
    except Broken as e:
        raise Refusal(str(e)) from e
    say(f"{count_of(total, 'mail')}; written to {target}")


@command.command()
@click.argument("mail", type=click.Path(path_type=Path))
@_ANALYSER
@click.option("--json", "json_", is_flag=True, help="The same as JSON.")
def check(mail: Path, analyser: str | None, json_: bool) -> None:
    """Show what would be scored of one mail, and why: the fresh text, its language, each sentence and its words.

    FILE is a mail as a program saves it (.eml). The text is shown here and kept nowhere.
    """
    from cli.tone_check import show  # noqa: PLC0415
    from cli.tone_files import Broken, mail_parts  # noqa: PLC0415
    from metrics.tone.scoring import look  # noqa: PLC0415

    try:
        plain, html = mail_parts(mail)
    except Broken as e:
        raise Refusal(str(e)) from e
    seen = look(plain, _analyser(analyser), whole_mail=True, html=html)
    if json_:
        as_json(seen)
    else:
        show(seen)


def _analyser(name: str | None):  # type: ignore[no-untyped-def]
    from metrics.tone.analysers import analyser  # noqa: PLC0415
    from metrics.tone.versions import DEFAULT, NAMES  # noqa: PLC0415

    if name is not None and name not in NAMES:
        raise Refusal(f"There is no analyser {name!r}: use one of {', '.join(NAMES)}")
    return analyser(name or DEFAULT)
