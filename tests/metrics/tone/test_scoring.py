"""From a mail to a verdict, or to the reason why there is none."""

from __future__ import annotations

import pytest

from metrics.tone.analysers import analyser
from metrics.tone.language import language_of
from metrics.tone.scoring import judge, look

ANGRY = "The delivery failed again and nobody answered our questions, this is terrible."
DRESSED = (
    f"Dear Ana,\n\nI hope this email finds you well. {ANGRY}\n\nThank you for your kind cooperation.\n\n"
    "Best regards,\nBo Smith\nSenior Manager\nPhone: 555-123-4567\n"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Fine by me.", "too short"),
        ("", "too short"),
        ("Wir haben die Lieferung noch immer nicht erhalten und sind sehr enttäuscht.", "language: de"),
        ("我们还没有收到货物，非常失望，请尽快回复。", "language: zh"),
        ("On 3 May 2025, Ana <a@example.com> wrote:\n> All is well with us here.", "no fresh text"),
        ("Hi Ana,\n\nThank you so much for your help with this.\n\nBest,\nBo", "only courtesy"),
    ],
)
def test_what_cannot_be_scored_says_why(text: str, reason: str) -> None:
    verdict = judge(text, analyser(), whole_mail=True)

    assert (verdict.score, verdict.subjectivity, verdict.reason) == (None, None, reason)


def test_politeness_around_an_angry_mail_hardly_moves_its_score() -> None:
    plain = judge(ANGRY, analyser(), whole_mail=False)
    dressed = judge(DRESSED, analyser(), whole_mail=True)

    assert plain.score is not None
    assert dressed.score == pytest.approx(plain.score, abs=0.05)


def test_a_foreign_answer_over_an_english_thread_is_foreign() -> None:
    mail = (
        "Das müssen wir leider ablehnen, bitte rufen Sie mich morgen an.\n\n"
        "-----Original Message-----\nFrom: Ana\n\nHello there, this is what we wrote."
    )

    assert judge(mail, analyser(), whole_mail=True).reason == "language: de"


def test_kinds_of_words_are_flagged_in_what_is_scored() -> None:
    angry = judge(ANGRY, analyser(), whole_mail=False).wording
    kind = judge("Great work on the release, we are very happy with it.", analyser(), whole_mail=False).wording
    late = judge("We are blocked and behind schedule, the launch is delayed.", analyser(), whole_mail=False).wording

    assert (angry.criticism, angry.appreciation) == (True, False)
    assert (kind.criticism, kind.appreciation) == (False, True)
    assert late.distress


def test_a_look_shows_what_the_verdict_rests_on() -> None:
    seen = look(DRESSED, analyser(), whole_mail=True)

    assert seen.fresh.endswith("terrible.")
    assert seen.left_out == ("I hope this email finds you well.",)
    assert [assessed.sentence for assessed in seen.sentences] == [ANGRY]
    assert seen.verdict == judge(DRESSED, analyser(), whole_mail=True)


def test_code_alone_has_no_language() -> None:
    assert language_of("x_1 = {a: 3}; y_2 <= 4") == "?"


@pytest.mark.parametrize(("text", "sign"), [("Great, thank you!", 1), ("This code failed.", -1), ("very nice! :)", 1)])
def test_a_comment_of_three_words_may_say_enough_but_a_mail_does_not(text: str, sign: int) -> None:
    comment = judge(text, analyser(), whole_mail=False)

    assert comment.score is not None
    assert comment.score * sign > 0.05
    assert judge(text, analyser(), whole_mail=True).score is None


@pytest.mark.parametrize("text", ["Die Lieferung", "Any updates?", "Danke sehr!", "Will do"])
def test_few_words_that_say_nothing_or_another_language_have_no_score(text: str) -> None:
    assert judge(text, analyser(), whole_mail=False).reason == "too short"
