"""Blind: what cannot be read, told to the operator and to nobody else. A silence we cannot see is no silence."""

from __future__ import annotations

from alerts.facts import BlindFacts
from alerts.sheet import Button, Desk, Mood, Section, Sheet
from alerts.words import count, listed, moment


def blind_sheet(facts: BlindFacts, desk: Desk) -> Sheet:
    """Which sources fail and since when, who cannot be judged, and what to do."""
    n = len(facts.sources)
    sources = count(n, "source") if n else "data"
    is_or_are = "is" if n == 1 else "are"
    partners = count(len(facts.partners), "partner")
    needs_person = [source.name for source in facts.sources if source.needs_person]
    step = (
        f"Give access again: gonequiet doctor says how for {listed(needs_person)}."
        if needs_person
        else "Run gonequiet doctor: it says what is wrong with each source and what to do."
    )
    lines = tuple(
        f"{source.name}: {source.failure or 'not read lately'}"
        + (f"; read up to {moment(source.read_until, desk.zone, now=desk.at)}" if source.read_until else "; never read")
        for source in facts.sources
    )
    return Sheet(
        subject=f"{Mood.BLIND}: {sources} cannot be read – {partners} not judged",
        mood=Mood.BLIND,
        badge=Mood.BLIND,
        title=f"{partners[0].upper()}{partners[1:]} cannot be judged",
        lead=(
            f"{sources[0].upper()}{sources[1:]} {is_or_are} not up to date, so a silence there would mean nothing. "
            "Owners are not told: this is about us, not about them."
        ),
        sections=(
            Section(title="What cannot be read", lines=lines or ("Every source is older than the settings allow.",)),
            Section(title="Who cannot be judged", lines=(listed(facts.partners, 12) + ".",) if facts.partners else ()),
        ),
        step=(step, "When it is readable again, everything missed is read and judged; nothing is lost."),
        buttons_title="See more",
        buttons=(Button(label="What is wrong", command="gonequiet doctor", url=desk.link("status"), is_first=True),),
        footer=(desk.why,) if desk.why else (),
        unsubscribe=desk.unsubscribe,
    )
