"""What every mail carries and nobody means: greetings, sign-offs, signatures, disclaimers, courtesy formulas.

Politeness outweighs mood in a lexicon, so furniture goes before scoring. Lines first (greeting at the top; sign-off,
signature, taglines and disclaimers at the end), then whole sentences that hold nothing but courtesy words.
"""

from __future__ import annotations

import re

from email_reply_extractor import clean_for_scoring

_LIBRARY_LIMIT = 30_000

_GREETING = re.compile(
    r"""^(?:
      (?:hi|hello|hey|hiya|howdy|dear|greetings|salutations|good\s?(?:morning|afternoon|evening|day)|morning|afternoon|evening)
        (?:\s+(?:again|there|all|everyone|everybody|folks|team|guys|gents|ladies|sir|madam|colleagues|friends|and|or|&|mr|mrs|ms|dr
        |[^\W\d_][\w'.&/-]*)[.,]?){0,6}
      |(?:to\swhom\sit\smay\sconcern|ladies\sand\sgentlemen|gentlemen|(?:all|team|folks|friends|everyone|guys))
      |(?:thanks|thank\syou|tx|thx)\s+[A-Z][\w'-]{1,20}
      |[A-Z][\w'’-]{1,20}(?:\s(?:and|&|/)\s[A-Z][\w'’-]{1,20}|,\s[A-Z][\w'’-]{1,20})?
    )\s*[,:!.;–—-]*\s*$""",
    re.VERBOSE,
)
_GREETING_ANY_CASE = re.compile(_GREETING.pattern, re.VERBOSE | re.IGNORECASE)
_LEADING_HELLO = re.compile(
    r"^\s*(?:hi|hello|hey|dear|good\s(?:morning|afternoon|evening))(?:\s(?:all|there|team|everyone|folks|guys|[A-Z][\w'-]{1,20}))"
    r"{0,2}\s*[,!:-]+\s+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"""^[\s*_-]*(?:
      (?:(?:with|many|my|our|all\s(?:my|the)|the|very|kind(?:est)?|warm(?:est)?|best|sincere|friendly|cordial|greetings)\s+){0,3}
        (?:regards?|wishes|thanks|greetings|rgds|regds|salutations)
      |(?:(?:many|much|thanks|and|with|kind|best|warm|again|a\slot|so\smuch|in\sadvance|&|thank\syou|very\smuch|for\severything)[\s,.!]*){1,5}(?:regards?)?
      |best(?:\sof\sluck|\sto\syou)?|cheers|sincerely|respectfully|cordially|faithfully|truly|yours?(?:\s(?:sincerely|truly|faithfully|ever))?
      |(?:sincerely|truly|faithfully|respectfully|very\struly)\s+yours?|take\scare|ciao|later|love|br|kr|rgds|regds|tia|thx|tx|ta|vr
      |talk\s(?:to\syou\s)?soon|see\syou(?:\s(?:then|soon|there))?|all\sthe\sbest|have\sa\s[\w\s]{3,25}|cheerio|hth|hope\s(?:this|that|it)\shelps
      |(?:thanks?|thank\syou|thx|tx)(?:\s(?:again|you|all|so\smuch|a\slot|a\smillion|very\smuch|guys|team|in\sadvance|for\s[\w\s']{2,40}))*
    )\s*(?:[,.!;:–—-]+\s*)*(?:[-–—]*\s*[A-Za-z][\w.'’-]{0,20}(?:\s[\w.'’()-]{1,20}){0,3})?\s*[.!,]*$""",
    re.VERBOSE | re.IGNORECASE,
)
_SIGNATURE_MARK = re.compile(r"^\s*(?:--+|__+|\*{4,}|={4,}|~{3,}|—+)\s*$")
_TAGLINE = re.compile(
    r"^\W*(?:sent (?:from|via|with|using) (?:my |a |the )?(?:\w+[ -]?){1,6}|get outlook for (?:ios|android).{0,60}"
    r"|von meinem \w+ gesendet"
    r"|gesendet mit .{0,40}|envoyé de mon .{0,40}|enviado desde mi .{0,40}|do you yahoo!?\?.{0,80}"
    r"|this email has been checked for viruses.{0,80}|please consider the environment.{0,120}"
    r"|typed? (?:on|with) .{0,40}phone.{0,40}"
    r"|sorry for (?:being brief|the brevity|any typos|typos).{0,80}"
    r"|(?:please )?(?:excuse|forgive|pardon) (?:my |the |any )?(?:brevity|typos).{0,80})\W*$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"(?:intended (?:recipient|only for|solely for)"
    r"|confidential(?:ity)?\b.{0,80}\b(?:privileged|information|notice|intended)"
    r"|privileged and confidential|if you (?:have |are not |received ).{0,60}(?:in error|intended|addressee)"
    r"|strictly prohibited"
    r"|(?:unauthori[sz]ed|any) (?:use|review|dissemination|disclosure|distribution).{0,80}prohibited"
    r"|views (?:or opinions )?expressed .{0,60}(?:author|sender|those of)|virus(?:es)?[- ]free"
    r"|registered (?:office|in england)|company (?:registration|number))",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:\d[\d\s()./+-]{6,30}\d|[\w.+-]{1,64}@[\w-]{1,64}\.\w|https?://|www\."
    r"|\b(?:tel|phone|fax|mobile|cell|ext|direct|office|skype)\b\W|P\.?O\.? ?Box"
    r"|\b(?:street|avenue|suite|floor|road|blvd|drive|inc|llc|ltd|gmbh|corp|co)\b\.?(?:\W|$)|\b\d{5}\b)",
    re.IGNORECASE,
)

# Words that make up courtesy; a sentence of these alone, with one of the patterns below in it, says nothing.
_COURTESY = frozenset(
    """
    a about above additional advance again ahead all along always am an and answer any anything apologies
    apologise apologize appreciate appreciated appreciative are as asap assist assistance assured at at-your
    attached attention away awesome back be bear bearing been below best better business by call can care
    caused chance cheers clarification clarifications collaboration comments company concerns confirm connect
    connecting consideration contact continue continued convenience convenient cooperation could courtesy day
    days dear dedication detail details discuss disposal do doing don't e-mail earliest early efficient effort
    efforts either else email end enjoy enjoyed enjoying enquiries ensure esteemed evening everyone everything
    excellent family fantastic feedback feel finds fine first flag folks for forward free friday from further
    generous get give glad going good got grateful gratitude great greatly guidance had hand happy hard has
    have having health healthy hear hearing help helpful helping here hesitate hi holiday holidays hope
    hopefully hoping hospitality how i i'd i'll i'm i've if important in inconvenience information input
    inquiries interest is it it's just keep keeping kind kindest kindly kindness know latest let letter look
    looking lot lots loved lovely loyal loyalty luck made mail many matter may me meantime meet meeting
    message moment monday month more morning most much my need needs new next nice note of off office on once
    one ones opportunity or other our ours out partner partnership pass patience people pleasant please
    pleased pleasure point posted prompt prosperous provide providing put queries query question questions
    quick quickly reach reaching read reading ready receive received receiving regard regarding regards
    relaxing remain remaining reply require respect respond response rest restful review safe say see sending
    sent service services should side sincerely so some something soon speak speaking start starting stay
    summer sunny support sure swift take taking talk team thank thanks that that's the their them there these
    they things this thoughts through time to today tomorrow touch trust trusted understanding until up update
    us valuable valued very wanted was way we we'd we'll we're we've week weekend well were what whenever
    where while will winter wish wishes wishing with wonderful work working would write writing year you you'd
    you'll you're you've your yours yourself
    """.split()
)
_COURTESY_CORE = re.compile(
    r"""\b(?:hope|hoping|trust|wish|wishing)\b.*\b(?:well|great|good|fine|finds|day|week|weekend|holiday|holidays|evening|morning|year|safe|health|healthy|nice|lovely|wonderful|pleasant|best|success)\b
      |\b(?:thank|thanks|grateful|gratitude)\b
      |\bappreciat(?:e|ed|ive)\b
      |\bhesitate\b
      |\blook(?:ing)?\s(?:very\smuch\s)?forward\b
      |\b(?:let|keep)\s(?:me|us|you)\b.*\b(?:know|posted|informed|updated)\b
      |\bfeel\sfree\b
      |\b(?:have|enjoy)\s(?:a|an|your|the)\b.*\b(?:day|week|weekend|evening|morning|afternoon|holiday|holidays|night|rest|one|time|trip)\b
      |\b(?:happy|glad|pleased|here|available|pleasure)\sto\s(?:be\s(?:of|able)|help|assist|discuss|answer|support|work|hear|meet|serve|connect)\b
      |\bhow\s(?:are|is|have|was)\s(?:you|things|everything|your|it)\b
      |\b(?:kind|best|warm)\b.*\b(?:regards|wishes)\b
      |\bstay\s(?:safe|well|healthy)\b|\btake\scare\b|\bbest\sof\sluck\b
      |\b(?:pleasure|nice|great|good|lovely)\s(?:to\s(?:hear|meet|see|talk|speak)|hearing|meeting|talking|speaking|doing|working)\b
      |\bat\syour\s(?:earliest|service|disposal|convenience)\b|\bany\s(?:further\s)?(?:questions|concerns|queries|inquiries|enquiries)\b
      |\b(?:apologi[sz]e|apologies)\s(?:for\sany|in\sadvance)\b|\bsorry\sfor\sany\sinconvenience\b""",
    re.VERBOSE | re.IGNORECASE,
)
_TURNED = re.compile(
    r"\b(?:no|not|never|nothing|hardly|without|but|however|unfortunately|yet|still)\b|n't\b", re.IGNORECASE
)
_NAME = re.compile(r"^\s*-{0,2}\s?[A-Z][\w.'-]{0,20}(?:\s[A-Z][\w.'-]{0,20}){0,3}\s*$")
_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def without_furniture(text: str) -> str:
    """The text's substance: greeting, sign-off, signature, taglines and disclaimers taken off; may be ""."""
    if len(text) <= _LIBRARY_LIMIT:
        text = clean_for_scoring(text).text
    lines = text.split("\n")
    _drop_head(lines)
    _drop_tail(lines)
    kept = "\n".join(line for line in lines if not (len(line) < 300 and _TAGLINE.match(line)))
    paragraphs = [part for part in re.split(r"\n\s*\n", kept) if not _DISCLAIMER.search(part[:3000])]
    return "\n\n".join(paragraphs).strip()


def is_courtesy(sentence: str) -> bool:
    """Whether a sentence is a mere formula: "I hope this finds you well", "Thank you for your patience"."""
    if len(sentence) > 260:
        return False
    found = [word.lower().replace("’", "'") for word in _WORDS.findall(sentence)]
    if not 1 <= len(found) <= 32 or not _COURTESY_CORE.search(sentence):
        return False
    turned = _TURNED.search(
        re.sub(r"(?:do not|don't|don’t|never) (?:please )?hesitate", "", sentence, flags=re.IGNORECASE)
    )
    if turned:
        return False
    known = sum(word in _COURTESY for word in found)
    return known >= len(found) - (1 if len(found) >= 6 else 0) - (1 if len(found) >= 14 else 0)


def _drop_head(lines: list[str]) -> None:
    dropped = 0
    while lines and dropped < 2:
        if not lines[0].strip():
            lines.pop(0)
        elif len(lines[0]) < 80 and len(lines) > 1 and _is_greeting(lines[0].strip()):
            lines.pop(0)
            dropped += 1
        else:
            break
    if lines:
        lines[0] = _LEADING_HELLO.sub("", lines[0][:200]) + lines[0][200:]


def _is_greeting(line: str) -> bool:
    if _GREETING.match(line):
        # A lone name must look like an address, not like the first word of a text: "Approved" is an answer.
        return line[-1] in ",:!-–—" or " " in line or line.lower().rstrip(".") in ("hi", "hello", "hey", "all")
    return line[:1].islower() and _GREETING_ANY_CASE.match(line) is not None and line[-1] in ",:!"


def _drop_tail(lines: list[str]) -> None:
    """Cuts at the sign-off that only short or contact lines follow, and signature marks likewise."""
    while lines and not lines[-1].strip():
        lines.pop()
    cut = len(lines)
    for index in range(len(lines) - 1, max(-1, len(lines) - 26), -1):
        line = lines[index].strip()
        if not line:
            continue
        if _SIGNATURE_MARK.match(line) or (len(line) <= 70 and _CLOSING.match(line)):
            cut = index
            continue
        contact = len(line) < 200 and _CONTACT.search(line) is not None
        if not contact and not _name_like(line):
            break
        if contact and len(line) < 90 and cut == index + 1:
            cut = index
    if cut > 0 or len(lines) > 3:
        del lines[cut:]
    # What is left at the very end may be the author's bare name.
    while len(lines) > 1 and (not lines[-1].strip() or (_NAME.match(lines[-1]) and not lines[-2].strip())):
        lines.pop()


def _name_like(line: str) -> bool:
    """A short line without a verb's punctuation: a name, a title, a company."""
    return (
        len(line) <= 60
        and line.count(" ") <= 6
        and not line.rstrip().endswith(("?", "!", ":", ";"))
        and (not line.endswith(".") or line.count(" ") <= 2)
        and (line[:1].isupper() or not line[:1].isalpha())
    )
