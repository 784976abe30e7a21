"""Who is who: an address gives a side (us, partner, other) and, for a partner, which.

An explicit address beats a domain; the longest domain suffix wins; a free-mail domain never maps by domain.
Never told by folder or label: what lies in "Sent" may have been written by anyone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from models.records import Partner, Side

# Mailboxes that anybody can open: the domain says nothing about an organisation.
FREE_MAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es
    live.com live.co.uk live.fr live.nl msn.com passport.com outlook.de outlook.fr outlook.es outlook.in
    yahoo.com yahoo.co.uk yahoo.co.in yahoo.in yahoo.co.jp yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.ca yahoo.com.au
    yahoo.com.br yahoo.com.mx yahoo.com.ar yahoo.com.cn yahoo.cn ymail.com rocketmail.com
    icloud.com me.com mac.com aol.com aim.com
    gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de posteo.de posteo.net mailbox.org
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tuta.io tutanota.de hey.com fastmail.com fastmail.fm
    mail.com email.com usa.com zoho.com zohomail.com zohomail.in yandex.ru yandex.com ya.ru mail.ru bk.ru inbox.ru
    list.ru rambler.ru ukr.net seznam.cz centrum.cz wp.pl o2.pl onet.pl interia.pl op.pl
    qq.com foxmail.com vip.qq.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn
    naver.com daum.net hanmail.net nate.com rediffmail.com indiatimes.com
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr libero.it virgilio.it tin.it alice.it tiscali.it
    bluewin.ch telia.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net
    earthlink.net btinternet.com sky.com talktalk.net ntlworld.com virginmedia.com shaw.ca rogers.com sympatico.ca
    bigpond.com optusnet.com.au uol.com.br bol.com.br terra.com.br ig.com.br disroot.org riseup.net
    users.noreply.github.com
    """.split()
)

# Local parts that no person reads; compared without separators.
_NO_REPLY = (
    "noreply",
    "donotreply",
    "dontreply",
    "nereply",
    "neantworten",
    "nichtantworten",
    "nepasrepondre",
    "noresponder",
    "naoresponda",
    "mailerdaemon",
    "postmaster",
    "bounce",
    "bounces",
    "notification",
    "notifications",
    "automailer",
    "mailer",
)


def is_no_reply(address: str) -> bool:
    """Whether nobody reads this mailbox, told from its local part: no-reply@, bounces+x@, mailer-daemon@."""
    local = address.partition("@")[0].partition("+")[0].replace("-", "").replace("_", "").replace(".", "")
    return local in _NO_REPLY or local.startswith(("noreply", "donotreply")) or local.endswith("noreply")


def domain_of(address: str) -> str:
    """What stands after the @; "" for an address without one."""
    return address.rpartition("@")[2] if "@" in address else ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address belongs; `partner` is the partner's key when `side` is PARTNER."""

    side: Side
    partner: str | None = None


_OTHER = Place(Side.OTHER)
_US = Place(Side.US)


class Directory:
    """Our own addresses and domains, and the partners'.

    `us` holds domains ("example.org") and addresses ("ana@gmail.com"). Ours wins over a partner's at equal length.
    """

    def __init__(self, us: Iterable[str], partners: Iterable[Partner] = ()) -> None:
        self._places: dict[str, Place] = {}
        for partner in partners:
            place = Place(Side.PARTNER, partner.key)
            for name in (*partner.addresses, *partner.domains):
                self._add(name, place)
        self.us = tuple(sorted({name.strip().lower().lstrip("@") for name in us} - {""}))
        for name in self.us:
            self._add(name, _US)
        self._memo: dict[str, Place] = {}

    def _add(self, name: str, place: Place) -> None:
        name = name.strip().lower().lstrip("@")
        if name and ("@" in name or name not in FREE_MAIL):
            self._places[name] = place

    def place(self, address: str) -> Place:
        """Side and partner of a lower-case address."""
        known = self._memo.get(address)
        if known is None:
            known = self._look_up(address)
            if len(self._memo) > 50_000:  # a hostile archive must not fill the memory
                self._memo.clear()
            self._memo[address] = known
        return known

    def _look_up(self, address: str) -> Place:
        exact = self._places.get(address)
        if exact is not None:
            return exact
        domain = domain_of(address)
        if domain in FREE_MAIL:
            return _OTHER
        while domain:
            found = self._places.get(domain)
            if found is not None:
                return found
            domain = domain.partition(".")[2]
        return _OTHER

    def side(self, address: str) -> Side:
        """Us, partner or other."""
        return self.place(address).side

    @cached_property
    def domains_in_part(self) -> frozenset[str]:
        """Domains in which single addresses are placed, whatever becomes of the others there."""
        return frozenset(domain_of(name) for name in self._places if "@" in name)

    @cached_property
    def who_we_are(self) -> str:
        """Changes with our own names."""
        return hashlib.blake2b("\n".join(self.us).encode(), digest_size=4).hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """Changes when any address would be placed differently: what was left out before may count now.

        What stands before its dash is `who_we_are`.
        """
        digest = hashlib.blake2b(digest_size=8)
        for name, place in sorted(self._places.items()):
            digest.update(f"{name}\0{place.side}\0{place.partner or ''}\n".encode())
        return f"{self.who_we_are}-{digest.hexdigest()}"
