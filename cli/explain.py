"""`gonequiet explain PARTNER`: the evidence behind a standing."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from cli.errors import Refusal
from cli.explain_json import explained
from cli.explain_mirror import mirror, shown
from cli.opening import Opened, opened
from cli.output import as_json, say, shown_day, shown_time
from cli.status import COLOURS, words

if TYPE_CHECKING:
    from datetime import datetime

    from flows.signals import Signals
    from flows.tone_facts import ToneSummary
    from metrics.base import Measured, Metric
    from models.records import Flip, Partner, Standing

_MOST_OWED = 5
_FRESH = timedelta(days=1)
_CANNOT_SEE = (
    "Not seen: telephone, chat and tools that are not connected; whether the work is good; whether an answer answers; "
    "why somebody is silent; who missed a meeting, unless attendance is recorded."
)


@click.command()
@click.argument("partner")
@click.option("--all", "all_", is_flag=True, help="Every signal, not only the ones that stand out.")
@click.option("--json", "json_", is_flag=True, help="Print everything as JSON; the fields are in docs/json.md.")
def command(partner: str, all_: bool, json_: bool) -> None:
    """Show why PARTNER stands where it stands: the silence against its own rhythm, our share, what is open.

    PARTNER is its key, title or domain.
    """
    from flows.signals import signals_of  # noqa: PLC0415  --help needs none of these
    from metrics.registry import METRICS  # noqa: PLC0415

    with opened() as house:
        found = house.partner(partner)
        standing = house.store.standings.all().get(found.key)
        if standing is None:
            raise Refusal(f"{found.title} has not been judged yet: run `gonequiet run` first")
        signals = signals_of(
            house.store,
            house.settings,
            house.directory,
            found,
            horizon=standing.judged_at,
            partners=house.store.partners.count(),
        )
        flips = [flip for flip in house.store.standings.flips(found.key) if not flip.historical]
        if json_:
            concerns = house.store.concerns.of(found.key)
            as_json(explained(found, standing, signals, flips, concerns) | {"tone": _tone_of(house, found, standing)})
            return
        _Page(house, found, standing, signals).show(METRICS, flips, all_=all_)


def _place(standing: Standing) -> str:
    heard = standing.judged_at == standing.last_inbound
    return "their last word" if heard else "up to where every source was read"


def _tone_of(house: Opened, partner: Partner, standing: Standing) -> ToneSummary | None:
    """The tone up to the judgement; None where no text was ever read."""
    if not house.store.tones.analysers():
        return None  # without loading what reads texts: a tenth of the time this command takes
    from flows.tone_facts import tone_summary  # noqa: PLC0415

    return tone_summary(house.store, house.settings, partner.key, now=standing.judged_at)


class _Page:
    """One partner on a terminal."""

    def __init__(self, house: Opened, partner: Partner, standing: Standing, signals: Signals) -> None:
        self._house = house
        self._partner = partner
        self._standing = standing
        self._signals = signals
        self._history = signals.history
        self._names = signals.names
        self._width = min(110, shutil.get_terminal_size((100, 24)).columns)

    def show(self, metrics: Sequence[Metric], flips: Sequence[Flip], *, all_: bool) -> None:
        """Print it all."""
        standing, values = self._standing, self._signals.values
        state = standing.state.value
        head = click.style(f"{words(state).upper()}", fg=COLOURS[state], bold=True)
        say(f"{click.style(self._partner.title, bold=True)}  {head} since {self._time(standing.since)}")
        self._text(standing.reason)
        self._evidence()
        self._gaps()
        self._findings()
        self._tone()
        self._mirror(values)
        self._open()
        self._absences()
        if all_:
            self._all(metrics, values)
        if flips:
            self._title("What happened")
            wide = max(len(self._time(flip.turned_at)) for flip in flips[:8])
            for flip in flips[:8]:
                say(f"  {self._time(flip.turned_at):>{wide}}  {words(flip.old.value)} -> {words(flip.new.value)}")
        say()
        self._text(_CANNOT_SEE)
        if not all_:
            say(f"Every signal: gonequiet explain {self._partner.key} --all")

    def _time(self, moment: datetime | None) -> str:
        return "never" if moment is None else shown_time(moment, self._house.settings.zone)

    def _title(self, text: str) -> None:
        say()
        say(click.style(text, bold=True))

    def _text(self, text: str) -> None:
        say(textwrap.fill(text, self._width, initial_indent="  ", subsequent_indent="  "))

    def _rows(self, rows: Sequence[tuple[str, str]]) -> None:
        wide = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            lines = textwrap.wrap(value, max(20, self._width - wide - 4)) or [""]
            say(f"  {name:<{wide}}  {lines[0]}")
            for line in lines[1:]:
                say(" " * (wide + 4) + line)

    def _evidence(self) -> None:
        standing, history, evidence = self._standing, self._history, self._standing.evidence
        self._title("Evidence")
        held = history.held[-1] if history.held else None
        ahead = next((o for o in history.occasions if o.start > history.now and o.cancelled is None), None)
        chance = "" if standing.chance is None else f"{_percent(standing.chance)} had nothing changed"
        threshold = evidence.get("threshold")
        silent = evidence.get("silence")
        silence = f"{silent} working {'day' if silent == 1 else 'days'}"
        rows = [
            ("last word from them", self._time(standing.last_inbound)),
            ("last word from us", self._time(standing.last_outbound)),
            ("last meeting held", self._time(_moment(held.end)) + " (presumed)" if held else "none seen"),
            ("next meeting", self._time(_moment(ahead.start)) if ahead else "none booked"),
            ("silence now", f"{silence} on both calendars" if evidence.get("silence") else "less than a working day"),
            ("chance of it", (chance or "too little history to say") if evidence.get("silence") else ""),
            ("late after", self._time(standing.late_after) if standing.late_after else "cannot be told yet"),
            ("quiet after", self._time(standing.quiet_after) if standing.quiet_after else "cannot be told yet"),
            ("called quiet at", f"a chance of {_percent(threshold)} or less" if isinstance(threshold, float) else ""),
            ("strictness", _strictness(self._house, evidence.get("strictness"))),
            ("model", f"{evidence.get('model', '')}, version {evidence.get('model_version', '')}"),
            ("judged at", f"{self._time(standing.judged_at)}, {_place(standing)}"),
        ]
        self._rows([row for row in rows if row[1]])

    def _gaps(self) -> None:
        gaps = self._standing.evidence.get("gaps")
        if not isinstance(gaps, dict) or not gaps.get("recent"):
            return
        self._title("Their rhythm: working days between words from them")
        recent: list[int] = gaps["recent"]
        silence = self._standing.evidence.get("silence")
        top = max([*recent, silence if isinstance(silence, int) else 0, 1])
        room = max(10, self._width - 24)
        for gap in recent:
            say(f"  {gap:>4}  {'▪' * max(1, round(gap / top * room))}")
        if isinstance(silence, int) and silence:
            bar = "▪" * max(1, round(silence / top * room))
            say(f"  {silence:>4}  {click.style(bar, fg=COLOURS[self._standing.state.value])}  now")
        say(
            f"        the last {len(recent)} of {gaps['count']}: "
            f"median {gaps['median']:g}, 9 in 10 within {gaps['p90']:g}"
        )

    def _findings(self) -> None:
        from metrics.bands import Level  # noqa: PLC0415
        from metrics.concerns import subject_of  # noqa: PLC0415
        from models.records import Side  # noqa: PLC0415

        concerns = [f for f in self._signals.findings if f.level is Level.CONCERN]
        standing = self._house.store.concerns.of(self._partner.key, since=self._standing.judged_at)
        began = {(concern.name, concern.subject): concern.since for concern in standing if concern.until is None}
        for side, title in ((Side.US, "What stands out on our side"), (Side.PARTNER, "What stands out on their side")):
            mine = [f for f in concerns if f.side is side]
            if not mine:
                continue
            self._title(title)
            for finding in mine:
                text = self._named(finding.sentence)
                since = began.get((finding.name, subject_of(finding)))
                if since is not None and self._history.moment - since > _FRESH:
                    text = f"{text.removesuffix('.')} (since {shown_day(since, self._house.settings.zone)})."
                say(
                    textwrap.fill(
                        text, self._width, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False
                    )
                )

    def _tone(self) -> None:
        tone = _tone_of(self._house, self._partner, self._standing)
        if tone is None:
            return
        self._title("Tone")
        for sentence in tone.sentences:
            self._text(sentence)
        for address, trend in tone.people.items():
            level = "not enough mail" if trend.level is None else f"{trend.level:+.1f}"
            self._text(f"{address}: {level} ({trend.coverage.sentence}).")

    def _named(self, sentence: str) -> str:
        """The sentence with people's names in the place of their addresses."""
        for address in sorted(self._names, key=len, reverse=True):
            if address in sentence:
                sentence = sentence.replace(address, self._names[address])
        return sentence

    def _mirror(self, values: Mapping[str, Measured]) -> None:
        rows = mirror(self._history, values)
        if not rows:
            return
        self._title("Both sides by the same measure (days are working days)")
        wide = max(len(row[0]) for row in rows)
        column = max(len("they"), *(len(row[1]) for row in rows))
        if wide + column + max(len(row[2]) for row in rows) + 6 > self._width:  # a narrow terminal: one below the other
            for meaning, they, we in rows:
                self._text(f"{meaning}: they {they}, we {we}")
            return
        say(f"  {'':<{wide}}  {'they':<{column}}  we")
        for meaning, they, we in rows:
            say(f"  {meaning:<{wide}}  {they:<{column}}  {we}")

    def _open(self) -> None:
        from cli.partners_agreed import short  # noqa: PLC0415
        from metrics.awaiting import owed  # noqa: PLC0415
        from metrics.wording import hours, listed  # noqa: PLC0415
        from models.records import Side  # noqa: PLC0415

        shown_any = False
        for side, title in ((Side.US, "Answers we owe"), (Side.PARTNER, "Answers they owe")):
            waits = owed(self._history, side)
            if not waits:
                continue
            shown_any = True
            self._title(f"{title}, oldest first")
            shown_waits = waits[:_MOST_OWED]
            wide = max(len(self._time(_moment(due.wait.opened))) for due in shown_waits)
            for due in shown_waits:
                people = due.wait.asked if side is Side.PARTNER else (due.wait.asker,)
                whom = self._named(f"asked {'of' if side is Side.PARTNER else 'by'} {listed(people)}")
                late = ", overdue" if due.is_overdue else ""
                waited = hours(due.hours, self._history.clock(side).day_seconds / 3600)
                when = self._time(_moment(due.wait.opened))
                text = f"{when:>{wide}}  open for {waited}, {whom}{late}  [{short(due.wait.uid)}]"
                say(
                    textwrap.fill(
                        text, self._width, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False
                    )
                )
            if len(waits) > _MOST_OWED:
                say(f"  and {len(waits) - _MOST_OWED} more")
        if shown_any:
            self._text(f"Needs no answer? gonequiet partners edit {self._partner.key} --settle ID")

    def _absences(self) -> None:
        absences = self._house.store.partners.absences(self._partner.key)[-3:]
        if not absences:
            return
        self._title("Absences known")
        for absence in absences:
            who = self._names.get(absence.person, absence.person) if absence.person else "everybody"
            until = f"until {absence.until}" if absence.until else "no return given"
            self._text(f"{absence.since}  {who}, {until} ({absence.origin.replace('_', ' ')})")

    def _all(self, metrics: Sequence[Metric], values: Mapping[str, Measured]) -> None:
        self._title("Every signal")
        self._rows(
            [
                (metric.name, f"{shown(values[metric.name], metric)}  (n {values[metric.name].n})  {metric.meaning}")
                for metric in metrics
                if metric.name in values
            ]
        )


def _strictness(house: Opened, judged: object) -> str:
    """The one that the partner was judged by, and who decides it now."""
    from flows.strictness import in_force  # noqa: PLC0415

    used = in_force(house.store, house.settings)
    value = judged if isinstance(judged, float) else used.value
    later = "" if abs(value - used.value) < 0.005 else f"; {used.value:.2f} from the next run on"
    return f"{value:.2f}{later}, {used.sentence()}"


def _percent(chance: float) -> str:
    from metrics.quiet import percent  # noqa: PLC0415

    return percent(chance)


def _moment(seconds: int) -> datetime:
    from metrics.working_time import moment_of  # noqa: PLC0415

    return moment_of(seconds)
