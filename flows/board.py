"""The table of standings as Markdown, for Prefect's page: titles and sentences, no person and no address."""

from __future__ import annotations

from models.store.store import Store

_WORST_FIRST = ("gone", "quiet", "late", "fading", "blind", "new", "paused", "on_rhythm")


def board(store: Store) -> str:
    """One row a partner, worst first."""
    titles = {partner.key: partner.title for partner in store.partners.all()}
    standings = sorted(
        store.standings.all().values(), key=lambda s: (_WORST_FIRST.index(s.state.value), s.since, s.partner)
    )
    failing = sum(source.failure is not None for source in store.sources.all())
    rows = [
        f"| {s.state.value.replace('_', ' ')} | {_cell(titles[s.partner])} | {s.since:%d %b %Y} "
        f"| {_reason(s.reason, s.state)} |"
        for s in standings
    ]
    head = f"{len(standings)} partners; {failing} sources cannot be read." if failing else f"{len(standings)} partners."
    return "\n".join([head, "", "| standing | partner | since | why |", "|---|---|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _reason(reason: str, state: str) -> str:
    # The sentence of a blind partner names a mailbox: that stays out of Prefect's database.
    return "a mailbox that carries it cannot be read" if state == "blind" else _cell(reason)
