"""What an automatic reply's subject tells: that it is one, and when its sender expects to be back."""

from __future__ import annotations

import re
from datetime import date, timedelta

# How mail programs and people begin the subject of an automatic reply; a "Re:" before it is a person's answer.
_OPENINGS = (
    r"automatic reply|auto(?:matic)?[- ]?(?:reply|response)|autoreply|out[- ]of[- ](?:the[- ])?office|ooo\b|"
    r"vacation (?:reply|message|notice)|on vacation|on leave|away from (?:the )?office|"
    r"automatische (?:antwort|reactie)|abwesenheit(?:snotiz|sbenachrichtigung|sassistent)?\b|abwesend|"
    r"réponse automatique|absence du bureau|message d['’]absence|absent(?:e)? du bureau|"
    r"respuesta automática|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|"
    r"resposta automática|fora do escritório|afwezigheids?(?:bericht|melding)|niet aanwezig|"
    r"automatiskt? svar|autosvar|frånvaro|fravær|automaattinen vastaus|poissaoloilmoitus|"
    r"automatyczna odpowiedź|odpowiedź automatyczna|nieobecność|automatická odpov[eě]ď|automatikus válasz|"
    r"otomatik yanıt|автоответ|автоматический ответ|自动回复|自動回覆|自動応答|"
    r"不在(?:通知|のお知らせ)?|자동 회신|부재중"
)
_OPENING = re.compile(rf"^\W*(?:{_OPENINGS})", re.IGNORECASE)

_MONTH_NAMES = {
    1: "january jan januar jänner janvier enero gennaio gen janeiro "
    "januari januari tammikuu styczeń stycznia leden ledna ocak января",
    2: "february feb februar février fevrier fév febrero febbraio fevereiro "
    "fev februari helmikuu luty lutego únor února şubat февраля",
    3: "march mar märz maerz mrz mars marzo março marco maart mrt maaliskuu marzec marca březen března mart марта",
    4: "april apr avril avr abril abr aprile april huhtikuu kwiecień kwietnia duben dubna nisan апреля",
    5: "may mai mayo maggio mag maio mei maj toukokuu maja květen května mayıs мая",
    6: "june jun juni juin junio giugno giu junho kesäkuu czerwiec czerwca červen června haziran июня",
    7: "july jul juli juillet juil julio luglio lug julho heinäkuu lipiec lipca červenec července temmuz июля",
    8: "august aug août aout agosto ago augustus augusti elokuu sierpień sierpnia srpen srpna ağustos августа",
    9: "september sep sept septembre septiembre settembre set setembro syyskuu wrzesień września září eylül сентября",
    10: "october oct oktober okt octobre octubre ottobre ott "
    "outubro out lokakuu październik października říjen října ekim октября",
    11: "november nov novembre noviembre novembro marraskuu listopad listopada listopadu kasım ноября",
    12: "december dec dezember dez décembre decembre déc diciembre dic "
    "dicembre dezembro joulukuu grudzień grudnia prosinec prosince aralık декабря",
}
_MONTHS = {name: number for number, names in _MONTH_NAMES.items() for name in names.split()}
_NAMES = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))

# Words after which the date of return, or the last day away, stands.
_BEFORE = (
    r"back(?: in (?:the )?office)?|return(?:ing|s)?|until|till|til|through|thru|"
    r"bis(?: zum| einschließlich| einschl\.?)?|zurück|wieder (?:da|im (?:büro|haus)|erreichbar)|jusqu['’]?(?:au|à)?|"
    r"de retour|retour|hasta(?: el)?|regreso|vuelvo|"
    r"fino al?|rientro|ritorno|até(?: o)?|volto|regresso|tot(?: en met)?|t/m|terug|tills?|åter|tilbage|tilbake|palaan|"
    r"asti|saakka|do|wracam|powrót|zpět|kadar|до|to|–|—|-|至|到|まで|까지"
)
_GAP = (
    r"(?:[\s:,]|on|am|den|dem|le|la|el|il|em|op|de|del|the|dnia|from|"
    r"\b[^\W\d]{2,10}day\b|\b[^\W\d]{2,10}tag\b|\b[^\W\d]{2,3}[.,])*"
)
_DATE = (
    rf"(?:(?P<iso>(\d{{4}})[-/.年](\d\d?)[-/.月](\d\d?))|"
    rf"(?P<num>(?<!\d)(\d\d?)[./-]\s?(\d\d?)(?!\d)(?:[./-]\s?(\d{{4}}|\d\d(?!\d)))?)|"
    rf"(?P<dmy>(\d\d?)(?:st|nd|rd|th|er|º|\.)?\s*(?:of|de|del|do)?\s*({_NAMES})\b\.?(?:,?\s*(?:de\s*)?(\d{{4}}))?)|"
    rf"(?P<mdy>({_NAMES})\b\.?\s*(\d\d?)(?!\d)(?:st|nd|rd|th)?(?:,?\s*(\d{{4}}))?))"
)
# Exchange repeats the subject it answers ("Automatic reply: offer valid until 3 May"): a date counts only beside these.
_AWAY = re.compile(
    r"\b(?:out|away|absen|leave|vacation|holiday|pto\b|ooo|office|back|return|urlaub|abwesen|zurück|wieder|congé|"
    r"vacances|retour|oficina|vacaciones|vuelvo|regreso|ferie|fuori|rientro|ritorno|férias|fora|volto|afwezig|vakantie|"
    r"terug|semester|frånva|fravær|åter|tilba|loma|poissa|palaan|urlop|nieobecn|wracam|dovolen|zpět|izin|отпуск|отсутств)"
    r"|休|不在|回来|휴가|부재",
    re.IGNORECASE,
)
_RETURN = rf"(?:(?<![^\W\d])(?:{_BEFORE})){_GAP}{_DATE}"
_THROUGH = re.compile(r"\b(?:through|thru|inclu|einschl|tot en met|t/m)", re.IGNORECASE)
_LONGEST = timedelta(days=366)


def says_automatic(subject: str) -> bool:
    """Whether a decoded subject begins as only automatic replies do, in the common languages of business."""
    return _OPENING.match(subject) is not None


def back_on(subject: str | None, sent: date) -> date | None:
    """The date an automatic reply's subject gives for the return; None where it gives none that can be believed.

    `subject` is decoded, `sent` the local or UTC date of the reply. "until 12 August" gives 12 August; "through
    12 August" the day after. A date without a year is the next such date; of 3/4 the reading nearer to `sent`
    counts, day first when both are near. Returns further than a year away, or past, are not believed.
    """
    text = (subject or "")[:300]
    if _AWAY.search(text) is None:
        return None
    # The last one counts: "3 to 12 August, back 13 August", "Out of office 3.8. / 12.8."
    # Compiled when first needed, and kept by `re`: it takes as long as reading a hundred mails.
    dates = list(re.finditer(_RETURN, text, re.IGNORECASE)) or list(re.finditer(_DATE, text, re.IGNORECASE))
    if not dates:
        return None
    found = dates[-1]
    day = _read(found, sent)
    if day is not None and _THROUGH.search(text, 0, found.end()):
        day += timedelta(days=1)
    return day


def _read(found: re.Match[str], sent: date) -> date | None:
    numbers = found.groups()
    if found["iso"]:
        return _plausible(int(numbers[1]), int(numbers[2]), int(numbers[3]), sent)
    if found["num"]:
        first, second, year_text = numbers[5], numbers[6], numbers[7]
        year = _year(year_text)
        near = [
            d
            for d in (
                _next(year, int(second or 0), int(first or 0), sent),
                _next(year, int(first or 0), int(second or 0), sent),
            )
            if d is not None
        ]
        if len(near) == 2 and near[1] - sent < timedelta(days=60) < near[0] - sent:
            return near[1]
        return near[0] if near else None
    if found["dmy"]:
        return _next(_year(numbers[11]), _MONTHS.get((numbers[10] or "").lower(), 0), int(numbers[9] or 0), sent)
    return _next(_year(numbers[15]), _MONTHS.get((numbers[13] or "").lower(), 0), int(numbers[14] or 0), sent)


def _year(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def _next(year: int | None, month: int, day: int, sent: date) -> date | None:
    if year is not None:
        return _plausible(year, month, day, sent)
    return _plausible(sent.year, month, day, sent) or _plausible(sent.year + 1, month, day, sent)


def _plausible(year: int, month: int, day: int, sent: date) -> date | None:
    try:
        back = date(year, month, day)
    except ValueError:
        return None
    return back if sent <= back <= sent + _LONGEST else None
