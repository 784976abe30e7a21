"""A made-up mbox as Google Takeout writes it: the same bytes for the same seed, no real person in it.

python benchmarks/archive_mail.py OUT.mbox [--count 10000] [--size 20000] [--seed 7]
"""

from __future__ import annotations

import argparse
import base64
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

US = "example.org"
PARTNERS = [f"partner{n:02d}.example" for n in range(40)]
_FIRST = (
    "Ana Ben Chloé Dmitri Eva Farid Gita Hana Igor Jürgen Kofi Lena Mei Noah Olga Pavel Quinn Rosa Sami Tomás".split()
)
_LAST = "Silva Novak Dubois Ivanov Keller Haddad Rao Sato Petrov Müller Mensah Braun Chen Cohen Orlova Horak".split()
_ONSETS, _VOWELS, _CODAS = "b c d f g h k l m n p r s t v w st tr pl".split(), "aeiou", ["", "", "n", "r", "s", "l"]
_VOCABULARY = 30_000
# A line of an HTML part is mostly dress, as office programs write it, in lines of at most 76 bytes (RFC 2045, 6.7);
# the words are those of the plain part.
_DRESS = (
    '<p class=3D"MsoNormal" style=3D"margin:0cm;margin-bottom:.0001pt;line-heigh=\n'
    't:normal"><span lang=3D"EN-GB" style=3D"font-size:11.0pt;font-family:&quot;=\n'
    "Calibri&quot;,sans-serif;color:#1F497D;mso-fareast-language:EN-US;mso-ligat=\n"
    'ures:standardcontextual"><span style=3D"background:white;mso-highlight:whit=\n'
    'e;letter-spacing:.1pt">=\n{}=\n</span><o:p></o:p></span></p>\n'
)


def write(path: Path, *, count: int, size: int, seed: int = 7, attachments: float = 0.08) -> None:
    """Writes `count` mails of about `size` bytes each; `size` below 6000 leaves only text in them."""
    rng = random.Random(seed)
    people_out = [
        (f"{f} {la}", f"{f.lower()}.{la.lower()}".encode("ascii", "ignore").decode(), d)
        for d in PARTNERS
        for f, la in ((rng.choice(_FIRST), rng.choice(_LAST)) for _ in range(8))
    ]
    people_us = [
        (f"{f} {la}", f"{f.lower()}.{la.lower()}".encode("ascii", "ignore").decode(), US)
        for f, la in ((rng.choice(_FIRST), rng.choice(_LAST)) for _ in range(12))
    ]
    at = datetime(2019, 1, 7, 8, tzinfo=UTC)
    step = timedelta(days=365 * 6) / max(count, 1)
    threads: list[tuple[str, list[str], str]] = []
    filler = base64.encodebytes(rng.randbytes(60_000))
    text = _text(rng, 300_000)
    with path.open("wb") as out:
        for number in range(count):
            at += step * rng.uniform(0.2, 1.8)
            out.write(_mail(rng, number, at, size, people_us, people_out, threads, filler, text, attachments))


def _text(rng: random.Random, count: int) -> str:
    """So many made-up words, twelve a line, used as unevenly as those of real mail (Zipf-Mandelbrot).

    Distinct ones among 150, 271, 10,000 and 100,000: 92, 142, 1,787 and 7,506. In 722 business mails: 81 of a usual
    mail's 150, then 1,948 and 9,896; in the openbmc archive 151 of a usual mail's 271, then 1,164 and 4,502.
    """
    common = [1 / (rank + 8) ** 1.4 for rank in range(_VOCABULARY)]
    words: dict[str, None] = {}
    while len(words) < _VOCABULARY:
        syllables = rng.randint(1, 2 + (len(words) > 500))  # what is said often is short
        words["".join(rng.choice(part) for _ in range(syllables) for part in (_ONSETS, _VOWELS, _CODAS))] = None
    said = rng.choices(list(words), weights=common, k=count)
    return "\n".join(" ".join(said[n : n + 12]) for n in range(0, count, 12))


def _mail(
    rng: random.Random,
    number: int,
    at: datetime,
    size: int,
    us: list[tuple[str, str, str]],
    out: list[tuple[str, str, str]],
    threads: list[tuple[str, list[str], str]],
    filler: bytes,
    text: str,
    attachments: float,
) -> bytes:
    ours, theirs = rng.choice(us), rng.choice(out)
    inbound = rng.random() < 0.55
    sender, to = (theirs, ours) if inbound else (ours, theirs)
    message_id = f"CA{rng.getrandbits(120):030x}.{number}@mail.{sender[2]}"
    references: list[str] = []
    if threads and rng.random() < 0.65:
        place = rng.randrange(len(threads))
        subject, references, gm_thread = threads[place]
        threads[place] = (subject, [*references, message_id][-12:], gm_thread)
        subject = f"Re: {subject}"
    else:
        begin = rng.randrange(len(text) - 200)
        subject = " ".join(text[begin : begin + 100].split()[1:6]).capitalize()
        gm_thread = str(rng.getrandbits(60))
        threads.append((subject, [message_id], gm_thread))
        if len(threads) > 400:
            del threads[0]
        if rng.random() < 0.1:
            subject = f"=?UTF-8?B?{base64.b64encode(('Übersicht ' + subject).encode()).decode()}?="
    stamp = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    pacific = (at - timedelta(hours=8)).strftime("%a, %d %b %Y %H:%M:%S -0800 (PST)")
    signature = base64.b64encode(rng.randbytes(255)).decode()
    wrapped = "\n         ".join(signature[i : i + 64] for i in range(0, len(signature), 64))
    token = f"{rng.getrandbits(200):050x}"
    name = f"=?UTF-8?Q?{sender[0].replace(' ', '_')}?=".encode().decode() if not sender[0].isascii() else sender[0]
    if not name.isascii():
        name = f"=?UTF-8?B?{base64.b64encode(sender[0].encode()).decode()}?="
    lines = [
        f"From {rng.getrandbits(60)}@xxx {at:%a %b %d %H:%M:%S} +0000 {at:%Y}",
        f"X-GM-THRID: {gm_thread}",
        f"X-Gmail-Labels: {'Inbox,Important' if inbound else 'Sent'},Category Personal",
    ]
    if inbound:
        lines += [
            f"Delivered-To: {to[1]}@{to[2]}",
            f"Received: by 2002:a05:6a10:{token[:4]}:b0:4a2:{token[4:8]}:2 with SMTP id {token[:12]}csp{number};",
            f"        {pacific}",
            f"X-Google-Smtp-Source: AGHT+{token}{token}",
            f"X-Received: by 2002:a17:902:{token[:4]}:b0:1d4:{token[4:8]}:2 with SMTP id {token[12:30]}.12;",
            f"        {pacific}",
            f"ARC-Seal: i=1; a=rsa-sha256; t={int(at.timestamp())}; cv=none;",
            "        d=google.com; s=arc-20160816;",
            f"        b={wrapped}",
            "ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=arc-20160816;",
            "        h=to:subject:message-id:date:from:in-reply-to:references:mime-version:dkim-signature;",
            f"        bh={signature[:44]};",
            f"        b={wrapped}",
            "ARC-Authentication-Results: i=1; mx.google.com;",
            f"       dkim=pass header.i=@{sender[2]} header.s=google header.b={token[:8]};",
            f"       spf=pass (google.com: domain of {sender[2]} designates 209.85.220.41 as permitted sender)",
            f"       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from={sender[2]}",
            f"Return-Path: <{sender[1]}@{sender[2]}>",
            "Received: from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41])",
            f"        by mx.google.com with SMTPS id {token[20:44]}.7.2024",
            f"        for <{to[1]}@{to[2]}>",
            "        (Google Transport Security);",
            f"        {pacific}",
            f"Received-SPF: pass (google.com: domain of {sender[2]} designates 209.85.220.41 as permitted) client-ip=;",
            "Authentication-Results: mx.google.com;",
            f"       dkim=pass header.i=@{sender[2]} header.s=google header.b={token[:8]};",
            f"       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from={sender[2]}",
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;",
            f"        d={sender[2]}; s=google; t={int(at.timestamp())}; darn=mx.google.com;",
            "        h=to:subject:message-id:date:from:in-reply-to:references:mime-version",
            f"         :from:to:cc:subject:date:message-id:reply-to; bh={signature[:44]};",
            f"        b={wrapped}",
            f"X-Gm-Message-State: AOJu0Y{token}",
        ]
    cc = [p for p in (rng.choice(us), rng.choice(out)) if rng.random() < 0.25]
    lines.append("MIME-Version: 1.0")
    if references:
        lines += [
            "References: " + "\n ".join(f"<{r}>" for r in references),
            f"In-Reply-To: <{references[-1]}>",
        ]
    lines += [
        f"From: {name} <{sender[1]}@{sender[2]}>",
        f"Date: {stamp}",
        f"Message-ID: <{message_id}>",
        f"Subject: {subject}",
        f"To: {to[1]}@{to[2]}" if rng.random() < 0.3 else f'To: "{to[1].title()}" <{to[1]}@{to[2]}>',
    ]
    if cc:
        lines.append("Cc: " + ", ".join(f"{p[1].title()} <{p[1]}@{p[2]}>" for p in cc))
    begin = rng.randrange(len(text) - 2400)
    boundary = f"000000000000{token[:24]}"
    plain = text[begin : begin + 2400]
    if size < 6000:
        lines += ['Content-Type: text/plain; charset="UTF-8"', "", plain[: max(200, size - 2800)], "", ""]
        return "\n".join(lines).encode()
    room = max(1000, size - 5700)
    html = '<div dir=3D"ltr">' + "".join(_DRESS.format(line) for line in plain.splitlines())
    if rng.random() < attachments:
        room *= 3
        lines += [f'Content-Type: multipart/mixed; boundary="{boundary}"', "", f"--{boundary}"]
        tail = (
            f'--{boundary}\nContent-Type: application/pdf; name="plan.pdf"\n'
            "Content-Transfer-Encoding: base64\n\n".encode()
            + filler[: room // 77 * 77]
        )
    else:
        lines += [f'Content-Type: multipart/alternative; boundary="{boundary}"', "", f"--{boundary}"]
        tail = (
            f'--{boundary}\nContent-Type: text/html; charset="UTF-8"\n'
            "Content-Transfer-Encoding: quoted-printable\n\n".encode()
            + html.encode()[:room]
        )
    lines += ['Content-Type: text/plain; charset="UTF-8"', "", plain, ""]
    return "\n".join(lines).encode() + tail + f"\n--{boundary}--\n\n".encode()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    write(given.out, count=given.count, size=given.size, seed=given.seed)
