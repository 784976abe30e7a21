"""Where a mail client says "here begins what somebody else wrote": attribution lines, header blocks, dividers.

Pure and linear: each rule looks at a few lines of bounded length, so a hostile mail costs no more than its size.
The words are those of Outlook, Gmail, Apple Mail, Thunderbird, Lotus Notes, Yahoo, mail.ru and Yandex in some
twenty languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LINE_LIMIT = 400  # no client writes a longer header line; what is longer is prose or an attack

# Verbs of an attribution line ("On 3 May, Ana wrote:"), by language.
_WROTE = re.compile(
    r"""(?:\b(?:wrote|writes|schrieb|schreibt|geschrieben|écrit|ecrit|escribió|escribio|escribe|va\sescriure
    |escreveu|ha\sscritto|scrisse|scritto|schreef|geschreven|skrev|skrifaði|skrifar
    |kirjoitti|napisał\(a\)|napisał|napisala|napisała|napisał/a|pisze|napsala?|napsal\(a\)|napísala?|napísal\(a\)|píše
    |написала?|написал\(a\)|написал\(а\)|пишет|пише|писал|написав|написа|
    írta|a\sscris|yazdı|yazmış|έγραψε|γράφει|napisao|je\snapisal|kirjutas|rašė|rakstīja|đã\sviết|menulis)(?!\w)
    |写道|寫道|のメール|書きました|님이\s작성|작성:|さんから|<wrote>|כתב|كتب|เขียน)""",
    re.VERBOSE | re.IGNORECASE,
)
_BARE_END = re.compile(r"(?:\bwrote|\bwrites|> schrieb|写道|寫道)(?: ?-{2,})?$")
_LEAD = re.compile(
    r"^(?:on|am|le|el|em|il|op|den|på|pe|w\sdniu|dnia|dne|dňa|от|в|ma|tanggal|vào|a|em\sseg|em\ster|em\squa"
    r"|em\squi|em\ssex|на|στις|ב|في|quoting|zitat\svon|vom|at|in)\s",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>@]{1,80}@[^\s<>@]{1,80}|<mailto:")
_WHEN = re.compile(r"\b(?:19|20)\d\d\b|\d{4}[年년]|\b\d{1,2}[:.h]\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")

# Labels of the header block above a quoted or forwarded mail. Roles: f(rom), d(ate), t(o), c(c), s(ubject).
_LABELS: dict[str, str] = {
    "f": "from von de da van från fra od от отправитель 差出人 发件人 寄件者 寄件人 보낸\\s사람 보낸사람 lähettäjä"
    " feladó expéditeur remitente mittente afzender kimden gönderen odesílatel από מאת من"
    " від expeditor nadawca absender",
    "d": "sent date gesendet datum envoyé enviado enviada\\sem enviado\\sel enviado\\sem enviada"
    " inviato verzonden skickat sendt wysłano отправлено дата 送信日時 日付 发送时间 發送日期 日期 寄件日期"
    " 보낸\\s날짜 날짜 lähetetty päivämäärä elküldve dátum gönderildi tarih odesláno στάλθηκε"
    " ημερομηνία נשלח تاريخ надіслано trimis data fecha dato päiväys received",
    "t": "to an à a para aan till til do komu кому 宛先 收件人 받는\\s사람 받는사람 vastaanottaja címzett"
    " kime pro προς אל إلى către destinataire destinatario destinatário empfänger ontvanger"
    " dla",
    "c": "cc kopie copie copia kopia kopi копия dw копія kopio másolatot\\skap bilgi κοιν 抄送 副本 참조 bcc",
    "s": "subject betreff objet asunto assunto oggetto onderwerp ämne emne temat тема 件名 主题 主旨"
    " 제목 aihe tárgy konu předmět predmet θέμα נושא الموضوع subiect re",
}
_LABEL = re.compile(
    r"^[\s>|]{0,12}[*_]{0,2}(?:"
    + "|".join(f"(?P<{role}>{'|'.join(words.split())})" for role, words in _LABELS.items())
    + r")\s{0,2}[*_]{0,2}\s?[:：][*_]{0,2}(?:\s|$|(?=[^\s/]))",
    re.IGNORECASE,
)
_FORWARD_LINE = re.compile(
    r"""^[\s>]{0,8}(?:
      [-_=*]{2,}\s*(?:original-?nachricht|original(?:\s(?:message|e?-?mail|appointment))?|ursprüngliche\snachricht
        |message\s(?:d'origine|original|transféré|transmis)|mensaje\soriginal|mensagem\soriginal|messaggio\soriginale
        |(?:oorspronkelijk|origineel)\s?bericht|original\smeddelande|ursprungligt\smeddelande|opprinnelig\smelding
        |oprindelig\smeddelelse|(?:wiadomość\soryginalna|oryginalna\swiadomość)|исходное\sсообщение
        |(?:пересылаемое|пересланное)\s(?:сообщение|письмо)|původní\szpráva|alkuperäinen\sviesti|eredeti\süzenet|mesaj\soriginal
        |orijinal\s(?:mesaj|ileti)|元のメッセージ|原始邮件|原始郵件|원본\s메시지|forwarded(?:\s(?:message|by|e?-?mail|mail).*)?|reply\s(?:message|separator)
        |weitergeleitete\snachricht|message\stransféré|mensaje\sreenviado|mensagem\s(?:encaminhada|reenviada)
        |messaggio\sinoltrato|doorgestuurd\sbericht|vidarebefordrat\smeddelande|videresendt\s(?:melding|meddelelse)
        |przekazana\swiadomość|転送メッセージ|转发的邮件|inline\sattachment\sfollows|forwarded\smessage\sfollows)
        \s*[-_=*]*\s*
      |begin\sforwarded\smessage\s?:?
      |(?:anfang\sder\sweitergeleiteten\s(?:e-mail|nachricht)|début\sdu\smessage\s(?:réexpédié|transféré)
        |inicio\sdel\smensaje\sreenviado|início\s(?:da\smensagem\sreencaminhada|de\smensagem\sencaminhada)
        |inizio\smessaggio\sinoltrato|vidarebefordrat\sbrev|begin\sdoorgestuurd\sbericht)\s?:?
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_NOTES_FORWARD = re.compile(r"^[\s>]{0,8}-{3,}\s*forwarded\sby\s.{0,120}", re.IGNORECASE)
_RECIPIENTS = re.compile(r"[@/;,<]")
_RULE = re.compile(r"^\s{0,8}(?:_{5,}|-{5,}|={5,}|\*{5,}|─{3,})\s*$")
_NOTES_WHEN = re.compile(
    r"^\s{0,20}(?:[\"'\w.,&()@/<> -]{0,80}\s)?(?:on\s)?\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4},?\s+\d{1,2}:\d\d(?::\d\d)?"
    r"(?:\s?[AP]M)?\s*$",
    re.IGNORECASE,
)
_NOTES_NAME = re.compile(
    r"^\s{0,20}(?:Sent by:\s.{1,60}|From:\s.{0,80}|.{0,60}@.{0,60}|[^\s].{0,60}/[^\s].{0,60}"
    r"|[\"'<]?[A-Z][\w.'-]{0,30}[\",]?"
    r"(?:\s[A-Z(\"'<][\w.'@)>-]{0,40}){0,4}[\"'>]?)\s*$"
)


def attribution_end(lines: Sequence[str], start: int) -> int | None:
    """The index after an attribution line beginning at `start` ("On 3 May, Ana wrote:"), wrapped over up to 4 lines.

    None if no attribution begins there.
    """
    joined = ""
    for end in range(start, min(start + 4, len(lines))):
        part = lines[end].strip().lstrip("> ").strip()
        if not part or len(part) > _LINE_LIMIT:
            return None
        joined = f"{joined} {part}" if joined else part
        if len(joined) > _LINE_LIMIT:
            return None
        if _is_attribution(joined):
            return end + 1
        if joined.endswith((".", "!", "?")) and "@" not in part:
            return None
        if end == start and not _may_begin(joined):
            return None
    return None


def _may_begin(text: str) -> bool:
    return bool(_LEAD.match(text) or _WHEN.search(text) or _ADDRESS.search(text))


def _is_attribution(text: str) -> bool:
    closes = text.endswith((":", "：", ":*", ": *", "：*"))
    has_address = bool(_ADDRESS.search(text))
    has_time = bool(_WHEN.search(text))
    verb = _WROTE.search(text)
    if verb and (closes or _BARE_END.search(text)):
        return has_address or (has_time and _LEAD.match(text) is not None) or (has_time and verb.start() > 8)
    if closes and has_address and text.count(" ") < 30 and not _LABEL.match(text):
        return has_time or text.lower().startswith(("quoting ", "zitat von "))
    return False


def named_attribution(line: str) -> bool:
    """Whether the line is a bare "Ana Bell wrote:", an attribution only if a marked quote follows."""
    text = line.strip()
    return (
        len(text) < 120
        and text.endswith((":", "："))
        and text.count(" ") < 12
        and _WROTE.search(text[-40:]) is not None
    )


def label_role(line: str) -> str | None:
    """Which part of a header block this line is: f, d, t, c or s; None if none."""
    if len(line) > 4 * _LINE_LIMIT:
        return None
    found = _LABEL.match(line)
    return found.lastgroup if found else None


def header_block_end(lines: Sequence[str], start: int) -> int | None:
    """The index after a From/Sent/To/Subject block beginning at `start`; None if none begins there.

    Two different labels do where one of them is a sender or a date, and one more witness is there (an address, a
    time, or a third label): "From: here" alone in prose is no header.
    """
    first = label_role(lines[start])
    if first is None or (first in "tcs" and not _recipients_block(lines, start)):
        return None
    roles = {first}
    text = lines[start]
    end = start + 1
    gap = 0
    for index in range(start + 1, min(start + 120, len(lines))):
        line = lines[index]
        role = label_role(line)
        if role is not None:
            roles.add(role)
            text += " " + line[:_LINE_LIMIT]
            end, gap = index + 1, 0
            continue
        if {"t", "c"} & roles and "s" not in roles and _RECIPIENTS.search(line):
            continue  # a folded list of recipients
        gap += 1  # a folded label, or a blank line between two
        if gap > 2:
            break
    if len(roles) < 2:
        return None
    witness = bool(_ADDRESS.search(text) or _WHEN.search(text))
    return end if (len(roles) >= 3 or witness) and (roles & {"f", "d"} or len(roles) >= 3) else None


def _recipients_block(lines: Sequence[str], start: int) -> bool:
    """Whether To/cc/Subject of a Notes header stand here in order, each within a few lines."""
    roles = [label_role(line) for line in lines[start : start + 14]]
    return roles[0] in ("t", "s") and sum(role in ("c", "s", "t", "d", "f") for role in roles[1:]) >= (
        1 if roles[0] == "t" and "s" in roles and "c" in roles else 2
    )


def notes_header_start(lines: Sequence[str], block: int) -> int:
    """Where a Notes header really begins, given the index of its "To:": its name and date stand above."""
    start = block
    index = block - 1
    seen_when = False
    for _ in range(8):
        if index < 0:
            break
        line = lines[index]
        if not line.strip():
            index -= 1
            continue
        if _NOTES_WHEN.match(line):
            seen_when = True
        elif not (_NOTES_NAME.match(line) and len(line.strip()) < 80 and (seen_when or line[:1] in "\t ")):
            break
        start = index
        index -= 1
        if seen_when and not _NOTES_WHEN.match(line):
            break
    return start


def is_divider(line: str) -> bool:
    """Whether the line is a client's divider: "-----Original Message-----", "Begin forwarded message:" ..."""
    if len(line) > _LINE_LIMIT or not line.strip():
        return False
    return _FORWARD_LINE.match(line.rstrip()) is not None or _NOTES_FORWARD.match(line) is not None


def is_rule(line: str) -> bool:
    """Whether the line is a drawn rule of underscores, dashes or the like."""
    return len(line) < _LINE_LIMIT and _RULE.match(line) is not None
