"""Courtesy goes, substance stays."""

from __future__ import annotations

import pytest

from metrics.tone.furniture import is_courtesy, without_furniture


@pytest.mark.parametrize(
    "sentence",
    [
        "I hope this email finds you well.",
        "I trust you are keeping well and had a pleasant weekend.",
        "Thank you for your patience and understanding.",
        "Please do not hesitate to contact me if you have any questions.",
        "We look forward to hearing from you soon!",
        "Wishing you and your family a happy holiday season.",
        "Have a great day!",
    ],
)
def test_a_formula_is_courtesy(sentence: str) -> None:
    assert is_courtesy(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Thanks for nothing, the server is down again.",
        "I do not appreciate your tone.",
        "Thank you for the patch, it fixes the crash.",
        "We hope the invoice will be paid this time.",
        "Your team never let me know.",
        "",
    ],
)
def test_a_sentence_with_something_to_say_is_not(sentence: str) -> None:
    assert not is_courtesy(sentence)


def test_greeting_sign_off_signature_and_disclaimer_go() -> None:
    mail = (
        "Hi Ana,\n\nThe shipment is two weeks late.\n\nBest regards,\n\nBo Smith\nAcme Ltd.\nPhone: 555-123-4567\n\n"
        "This message is intended only for the recipient. If you are not the intended recipient, delete it."
    )

    assert without_furniture(mail) == "The shipment is two weeks late."


@pytest.mark.parametrize("text", ["Approved", "No.", "Done\n\nMore tomorrow", "We disagree with every point."])
def test_a_short_answer_is_not_furniture(text: str) -> None:
    assert without_furniture(text) == text
