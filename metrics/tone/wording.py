"""Appreciation, criticism and distress: whether a message holds such words at all. Flags only, never the words."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOT = r"(?:(?:no|not|never|hardly|n't)\s+(?:\w+\s+){0,2})"
_APPRECIATION = re.compile(
    r"""(?<!no\s)(?<!not\s)\b(?:(?:great|excellent|good|nice|fantastic|amazing|awesome|brilliant|outstanding|superb|impressive|wonderful|lovely|solid|stellar|terrific)
      \s(?:work|job|idea|stuff|catch|find|news|result|results|progress|point|effort|solution|delivery|response|support|patch|write-?up|summary|question)
      |well\s(?:done|played|handled)|(?:thanks|thank\syou)\b(?!\s(?:for\snothing|in\sadvance))|kudos|bravo|hats\soff|congrat\w*
      |(?:really|very|much|truly|greatly|highly)\s(?:appreciate\w*|impressed|pleased|happy|helpful)|(?:i|we)\sappreciate
      |(?:love|loved|like)\s(?:it|this|the\sway|how|what)|keep\sit\sup|delighted|impressed\swith)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_CRITICISM = re.compile(
    rf"""\b(?:disappoint\w*|unacceptable|not\sacceptable|dissatisf\w*|unsatisf\w*|frustrat\w*|annoy\w*|complain\w*|poor(?:ly)?|sloppy|careless\w*|terrible
      |awful|horrible|useless|ridiculous|nonsense|waste\sof|unhappy|upset|angry|incompeten\w*|unprofessional|inexcusable|mistakes?|errors?\sin\syour
      |wrong\s(?:again|with\syour)|still\s(?:not|no|waiting|broken|missing|wrong|fail\w*)|(?:again|once\smore)\sfail\w*|fail(?:ed|s|ing)?\sto\b
      |(?:have|has|had|did|do|does){_NOT}(?:answered|replied|responded|delivered|done|fixed|met|worked|understood)
      |not\s(?:good\senough|happy|satisfied|impressed|what\swe\s(?:agreed|asked|ordered))|below\s(?:our\s)?(?:expectations|standard)
      |(?:missed|missing)\s(?:the|your|our|a|another)\s(?:deadline|date|target|milestone)s?|third\stime|over\sand\sover|how\smany\stimes)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_DISTRESS = re.compile(
    r"""\b(?:delay(?:s|ed|ing)?|block(?:ed|er|ers)|escalat\w*|overdue|behind\sschedule|slip(?:ped|ping|s)?|postpon\w*|apologi[sz]e\w*|apologies
      |(?:very|so|really|terribly|deeply)\ssorry|short[- ]?staffed|under\s?staffed|overload\w*
      |overwhelmed|swamped|stuck|backlog|resign\w*|left\sthe\scompany
      |sick\sleave|cannot\s(?:meet|make|keep|deliver|commit)|can't\s(?:meet|make|keep|deliver|commit)
      |unable\sto\s(?:meet|make|keep|deliver|commit|complete|finish)
      |(?:won't|will\snot)\s(?:make|meet|be\sable)|running\s(?:late|out)|at\srisk|urgent(?:ly)?|emergency|outage|lay-?offs?|insolven\w*|bankrupt\w*)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Wording:
    """Which kinds of words a message holds."""

    appreciation: bool = False
    criticism: bool = False
    distress: bool = False


def wording_of(text: str) -> Wording:
    """The kinds of words in a message's own sentences; English, courtesy formulas already left out."""
    text = text[:_LIMIT]
    return Wording(
        appreciation=_APPRECIATION.search(text) is not None,
        criticism=_CRITICISM.search(text) is not None,
        distress=_DISTRESS.search(text) is not None,
    )
