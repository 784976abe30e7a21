"""What the author wrote, and nothing they quoted."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.tone.fresh import fresh_text

REPLY = "The plan is fine with us, we start on Monday.\n\nBest,\nBo"
QUOTED = "We cannot accept this budget.\nPlease call me.\n\nOther Person"

HEADERS = (
    "On Thu, Apr 3, 2025 at 10:12 AM Ana Bell <ana@example.com>\nwrote:",
    "Am Do., 3. Apr. 2025 um 10:12 Uhr schrieb Max Muster <m@example.com>:",
    "Le jeu. 3 avr. 2025 à 10:12, Jean Dupont <j@example.com> a écrit :",
    "El jue, 3 abr 2025 a las 10:12, Juan Pérez (<j@example.com>) escribió:",
    "Em qui., 3 de abr. de 2025 às 10:12, João <j@example.com>\nescreveu:",
    "Il giorno gio 3 apr 2025 alle ore 10:12 Mario Rossi <m@example.com> ha scritto:",
    "Op do 3 apr 2025 om 10:12 schreef Jan <j@example.com>:",
    "Den tors 3 apr. 2025 kl 10:12 skrev Sven <s@example.com>:",
    "czw., 3 kwi 2025 o 10:12 Jan Kowalski <j@example.com> napisał(a):",
    "чт, 3 апр. 2025 г. в 10:12, Иван <i@example.com>:",
    "2025年4月3日(木) 10:12 山田太郎 <t@example.com>:",
    "在 2025年4月3日，10:12，王伟 <w@example.com> 写道：",
    "to 3. huhtik. 2025 klo 10.12 Matti (m@example.com) kirjoitti:",
    "3 Nis 2025 Per, 10:12 tarihinde Ali <a@example.com> şunu yazdı:",
    "Von: Max <m@example.com>\nGesendet: Donnerstag, 3. April 2025 10:12\nAn: Ana\nBetreff: AW: Plan",
    "De : Jean <j@example.com>\nEnvoyé : jeudi 3 avril 2025 10:12\nÀ : Ana\nObjet : RE: Plan",
    "De: João <j@example.com>\nEnviada em: quinta-feira, 3 de abril de 2025\nPara: Ana\nAssunto: RES: Plan",
    "Da: Mario <m@example.com>\nInviato: giovedì 3 aprile 2025\nA: Ana\nOggetto: R: Plan",
    "Van: Jan <j@example.com>\nVerzonden: donderdag 3 april 2025\nAan: Ana\nOnderwerp: RE: Plan",
    "Från: Sven <s@example.com>\nSkickat: den 3 april 2025\nTill: Ana\nÄmne: SV: Plan",
    "Fra: Ola <o@example.com>\nSendt: torsdag 3. april 2025\nTil: Ana\nEmne: SV: Plan",
    "Od: Jan <j@example.com>\nWysłano: czwartek, 3 kwietnia 2025\nDo: Ana\nTemat: ODP: Plan",
    "От: Иван <i@example.com>\nОтправлено: 3 апреля 2025 г.\nКому: Ana\nТема: RE: Plan",
    "差出人: 山田 <t@example.com>\n送信日時: 2025年4月3日 10:12\n宛先: Ana\n件名: RE: Plan",
    "*From:* Ana Bell <ana@example.com>\n*Sent:* Thursday, April 3, 2025\n*To:* Bo\n*Subject:* RE: Plan",
    "________________________________\nFrom: Ana Bell\nSent: Thursday, April 3, 2025\nTo: Bo\nSubject: Re: Plan",
    "-----Ursprüngliche Nachricht-----\nVon: Max",
    "---------- Forwarded message ---------\nFrom: Ana",
    "Begin forwarded message:",
    "\tAna Bell\n\t04/03/2001 10:12 AM\n\t\t\n\t\tTo: Bo Smith/HOU/ECT@ECT\n\t\tcc: \n\t\tSubject: Plan",
)


@pytest.mark.parametrize("header", HEADERS, ids=lambda text: text.split("\n")[0][:28])
def test_what_stands_below_a_quote_header_is_cut(header: str) -> None:
    assert fresh_text(f"{REPLY}\n\n{header}\n\n{QUOTED}\n") == REPLY


def test_answers_between_quoted_lines_stay() -> None:
    mail = "On 3 May 2025, Ana <ana@example.com> wrote:\n> Can you come?\n\nYes, at nine.\n\n> And Bo?\n\nHe is away.\n"

    assert fresh_text(mail).split("\n\n") == ["Yes, at nine.", "He is away."]


@pytest.mark.parametrize(
    "prose",
    [
        "We got the note from legal: they agree.\nDate: still open.\nI think we wait.",
        "On Monday we wrote: nothing will change until 2026.\nThat still holds for us.",
        "To: be honest, I do not care.\nPlease go ahead with it today.",
    ],
)
def test_prose_that_looks_like_a_header_stays(prose: str) -> None:
    assert fresh_text(prose) == prose


def test_a_mail_that_only_forwards_has_no_fresh_text() -> None:
    assert fresh_text(f"-----Original Message-----\nFrom: Ana\n\n{QUOTED}") == ""


@given(st.text(max_size=300))
def test_any_text_gives_some_of_its_own_words(text: str) -> None:
    assert set(fresh_text(text).split()) <= set(text.replace("\u00ad", "").split()) or "<" in text or not text.isascii()


@pytest.mark.parametrize(
    "line", ["x" * 364_000, "." * 364_000, ">" * 364_000, "On 3 May 2024 " * 26_000, "<!--" * 91_000]
)
def test_a_hostile_line_costs_no_more_than_a_second(line: str) -> None:
    began = time.process_time()

    fresh_text(line)

    assert time.process_time() - began < 3
