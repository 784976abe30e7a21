"""Fresh text and language of docs/tone.md: author lines kept, quoted ones leaked, languages let through."""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from metrics.tone.fresh import fresh_text
from metrics.tone.language import SCORED, language_of

# One plain sentence or two of everyday mail in each language that is not scored, written for this table.
FOREIGN = {
    "German": "Wir haben die Lieferung leider noch nicht erhalten und warten seit zwei Wochen auf eine Antwort.",
    "French": "Nous n'avons toujours pas reçu la livraison et nous attendons votre réponse depuis deux semaines déjà.",
    "Spanish": "Todavía no hemos recibido el pedido y llevamos dos semanas esperando una respuesta de su parte.",
    "Portuguese": "Ainda não recebemos a encomenda e estamos há duas semanas à espera de uma resposta da vossa parte.",
    "Italian": "Non abbiamo ancora ricevuto la consegna e aspettiamo da due settimane una risposta da parte vostra.",
    "Dutch": "Wij hebben de levering helaas nog niet ontvangen en wachten al twee weken op een antwoord van jullie.",
    "Swedish": "Vi har tyvärr inte fått leveransen ännu och har väntat på ett svar från er i två veckor nu.",
    "Danish": "Vi har desværre ikke modtaget leveringen endnu og har ventet på et svar fra jer i to uger.",
    "Norwegian": "Vi har dessverre ikke mottatt leveransen ennå og har ventet på svar fra dere i to uker nå.",
    "Finnish": "Emme ole vielä saaneet toimitusta ja olemme odottaneet vastaustanne jo kaksi viikkoa ilman tulosta.",
    "Polish": "Niestety nadal nie otrzymaliśmy dostawy i od dwóch tygodni czekamy na odpowiedź z państwa strony.",
    "Czech": "Bohužel jsme zásilku stále neobdrželi a už dva týdny čekáme na odpověď z vaší strany.",
    "Slovak": "Žiaľ, zásielku sme stále nedostali a už dva týždne čakáme na odpoveď z vašej strany.",
    "Hungarian": "Sajnos még mindig nem kaptuk meg a szállítmányt, és két hete várunk a válaszukra ebben az ügyben.",
    "Romanian": "Din păcate nu am primit încă livrarea și așteptăm de două săptămâni un răspuns de la voi.",
    "Turkish": "Ne yazık ki teslimatı hâlâ almadık ve iki haftadır sizden bir cevap bekliyoruz, lütfen bilgi verin.",
    "Indonesian": "Sayangnya kami belum menerima kiriman itu dan sudah dua minggu menunggu jawaban dari pihak Anda.",
    "Vietnamese": "Rất tiếc chúng tôi vẫn chưa nhận được hàng và đã chờ câu trả lời của quý vị hai tuần nay rồi.",
    "Russian": "К сожалению, мы до сих пор не получили поставку и уже две недели ждём ответа с вашей стороны.",
    "Ukrainian": "На жаль, ми досі не отримали доставку і вже два тижні чекаємо на відповідь з вашого боку.",
    "Greek": "Δυστυχώς δεν έχουμε λάβει ακόμη την παράδοση και περιμένουμε απάντησή σας εδώ και δύο εβδομάδες.",
    "Hebrew": "לצערנו עדיין לא קיבלנו את המשלוח ואנחנו ממתינים לתשובה מכם כבר שבועיים ללא כל מענה ברור",
    "Arabic": "للأسف لم نستلم الشحنة حتى الآن ونحن ننتظر ردكم منذ أسبوعين دون أي جواب واضح من طرفكم",
    "Hindi": "दुर्भाग्य से हमें अभी तक सामान नहीं मिला है और हम दो सप्ताह से आपके उत्तर की प्रतीक्षा कर रहे हैं",
    "Japanese": "残念ながらまだ荷物を受け取っておらず、二週間前からお返事をお待ちしております。",
    "Chinese": "很遗憾，我们还没有收到货物，已经等了两个星期，请尽快给我们答复。",
}
_UNSPACED = frozenset({"Japanese", "Chinese"})


class Zoned(NamedTuple):
    """A mail and its labelled zones: (name, start, end)."""

    corpus: str
    text: str
    zones: list[tuple[str, int, int]]


def zoned(data: Path) -> list[Zoned]:
    """The mails with labelled zones."""
    with gzip.open(data / "zones_train.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [Zoned(row["corpus"], row["text"], row["zones"]) for row in rows]


def fresh(data: Path) -> None:
    """Author lines kept and quoted lines left, by the labelled zones, in both readings of them."""
    print(
        "\n| mails | n | F1 of author lines | leaking mails | leaking, headers and attributions counted "
        "| mails losing a line |\n| --- | --- | --- | --- | --- | --- |"
    )
    for corpus in ("asf", "enron"):
        hits = extra = lost = leaks = strict = losing = n = 0
        for mail in zoned(data):
            if mail.corpus != corpus:
                continue
            author, quoted, heads = line_truth(mail.text, mail.zones)
            kept = lines_of(fresh_text(mail.text))
            n += 1
            hits += (author & kept).total()
            extra += (kept - author).total()
            lost += (author - kept).total()
            leaks += bool((kept - author) & quoted)
            strict += bool((kept - author) & (quoted | heads))
            losing += bool(author - kept)
        f1 = 2 * hits / (2 * hits + extra + lost)
        print(f"| {corpus} | {n} | {f1:.3f} | {leaks / n:.3f} | {strict / n:.3f} | {losing / n:.3f} |")


def lines_of(text: str) -> Counter[str]:
    """The lines of a text that hold something, white space folded."""
    return Counter(" ".join(line.split()) for line in text.split("\n") if line.strip())


def line_truth(text: str, zones: list[tuple[str, int, int]]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Author lines: unmarked lines of a Body that no header block stands above; the rest of the bodies is quoted.

    Third, the lines of header zones.
    """
    heads = sorted((a, b) for zone, a, b in zones if zone == "Header")
    marked = any(line.lstrip().startswith(">") for line in text.split("\n"))
    author: Counter[str] = Counter()
    quoted: Counter[str] = Counter()
    header: Counter[str] = Counter()
    at = 0
    for line in text.split("\n"):
        first = at + len(line) - len(line.lstrip())
        above = [text[a:b].strip() for a, b in heads if b <= at + 1]
        at += len(line) + 1
        if not line.strip():
            continue
        folded = " ".join(line.split())
        if any(a <= first < b for a, b in heads):
            header[folded] += 1
            continue
        block = any(not re.search(r"(?:wrote|writes|schrieb)\s*:?\s*$", head) for head in above)
        is_author = not line.lstrip().startswith(">") and not block and (marked or not above)
        (author if is_author else quoted)[folded] += 1
    return author, quoted, header


def language(data: Path) -> None:
    """English kept and other languages let through, by the number of words."""
    csv.field_size_limit(1 << 30)
    english = [mail.text for mail in zoned(data)]
    with gzip.open(data / "vader_tweets.csv.gz", "rt", newline="", encoding="utf-8") as file:
        english += [row["text"] for row in csv.DictReader(file)]
    chance = random.Random(2)
    print("\n| words | English kept (n) | foreign let through (n) |\n| --- | --- | --- |")
    for words in (4, 8, 16, 40):
        kept = [_some_words(fresh_text(text), words, chance) for text in english]
        kept = [text for text in kept if text][:2500]
        right = sum(language_of(text) in SCORED for text in kept)
        foreign = [
            piece for name, text in FOREIGN.items() for piece in _pieces(text, words, spaced=name not in _UNSPACED)
        ]
        wrong = sum(language_of(text) in SCORED for text in foreign)
        told = f"{wrong / len(foreign):.3f} ({len(foreign)})" if foreign else "-"
        print(f"| {words} | {right / len(kept):.3f} ({len(kept)}) | {told} |")


def _some_words(text: str, count: int, chance: random.Random) -> str | None:
    words = [word for word in text.split() if re.fullmatch(r"[a-zA-Z'’,.!?-]+", word)]
    if len(words) < count:
        return None
    start = chance.randrange(len(words) - count + 1)
    return " ".join(words[start : start + count])


def _pieces(text: str, count: int, *, spaced: bool) -> list[str]:
    if not spaced:
        return [text[start : start + 2 * count] for start in range(0, len(text) - 2 * count + 1, 2)]
    words = text.split()
    return [" ".join(words[start : start + count]) for start in range(len(words) - count + 1)]
