"""The replies of mail clients, as HTML only."""

from __future__ import annotations

import pytest

from metrics.tone.fresh import fresh_text
from metrics.tone.html_text import looks_like_html

NEW = "<div>It works now.</div><div><br></div><div>Thanks,</div><div>Bo</div>"
OLD = "<div>Does it work?</div><div>Ana</div>"
CLIENTS = {
    "gmail": f'<div dir="ltr">{NEW}</div><div class="gmail_extra"><br><div class="gmail_quote">On Thu, Apr 3, 2025 at '
    f'10:12 AM, Ana <span>&lt;<a href="mailto:a@example.com">a@example.com</a>&gt;</span> wrote:<br>'
    f'<blockquote class="gmail_quote">{OLD}</blockquote></div></div>',
    "hotmail": f'<html><body class="hmmessage"><div dir="ltr">{NEW}<div><hr id="stopSpelling">Date: Thu, 3 Apr 2025 '
    f"10:12:00 +0000<br>Subject: Test<br>From: a@example.com<br>To: b@example.com<br>{OLD}</div></div></body></html>",
    "mail.ru": f"<HTML><BODY><p>It works now.</p><p>Thanks,<br>Bo</p><br>Thu, 3 Apr 2025 10:12:00 +0400 от Ana "
    f'&lt;a@example.com&gt;:<br><blockquote style="border-left:1px solid">{OLD}</blockquote></BODY></HTML>',
    "outlook": f'<html><body><div class="WordSection1">{NEW}<div style="border:none;border-top:solid #B5C4DF 1.0pt;'
    f'padding:3.0pt 0in 0in 0in"><p><b>From:</b> Ana<br><b>Sent:</b> Thursday<br><b>To:</b> Bo</p></div>{OLD}</div>',
    "outlook 2003": f"<html><body>{NEW}<div class=MsoNormal align=center><hr size=2></div><p><b>From:</b> Ana "
    f"[mailto:a@example.com]<br><b>Sent:</b> Thursday, April 3, 2025<br><b>To:</b> Bo<br><b>Subject:</b> Test</p>{OLD}",
    "outlook web": f'<html><body>{NEW}<hr tabindex="-1"><div id="divRplyFwdMsg"><b>From:</b> Ana</div>{OLD}</body>',
    "thunderbird": f'<html><body>{NEW}<div class="moz-cite-prefix">On 3/4/2025 10:12 AM, Ana wrote:<br></div>'
    f'<blockquote type="cite">{OLD}</blockquote></body></html>',
    "windows mail": f'<html><body>{NEW}<div data-signatureblock="true"><br></div><div style="border-top-color: '
    f'rgb(229, 229, 229); border-top-width: 1px;"><b>От:</b> Ana<br><b>Отправлено:</b> четверг</div>{OLD}</body>',
    "yandex": f'{NEW}<div>&nbsp;</div><div>03.04.2025, 10:12, "Ana" &lt;a@example.com&gt;:</div>'
    f'<blockquote type="cite">{OLD}</blockquote>',
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_reply_in_html_keeps_only_what_is_new(client: str) -> None:
    assert "".join(fresh_text(CLIENTS[client]).split()) == "Itworksnow.Thanks,Bo"


def test_the_html_part_serves_where_the_plain_part_is_empty() -> None:
    assert "It works now." in fresh_text("\n", CLIENTS["gmail"])


def test_plain_text_that_mentions_a_tag_is_not_html() -> None:
    assert not looks_like_html("Please use <b> for bold, and close it.")
    assert not looks_like_html("List<String> names = new ArrayList<>();")
