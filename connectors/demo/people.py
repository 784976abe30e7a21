"""Who there is: one firm in Dublin, its partners, strangers who also write. All invented, all under .example."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from connectors.demo.desks import Desk
from models.records import Partner, Person, WorkingHours

US = "brightwater.example"
OUR_DESK = Desk("Europe/Dublin", "IE")


def _person(name: str, address: str) -> Person:
    return Person(address=address, name=name)


ANA = _person("Ana Keller", f"ana@{US}")
BEN = _person("Ben Osei", f"ben@{US}")
CHLOE = _person("Chloé Martin", f"chloe@{US}")
DORA = _person("Dora Lindqvist", f"dora@{US}")  # her mailbox cannot be read any more
ACCOUNTS: tuple[str, ...] = (ANA.address, BEN.address, CHLOE.address, DORA.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An outside organisation: its people, the busiest first, their desk, and who of us deals with them."""

    key: str
    title: str
    people: tuple[Person, ...]
    desk: Desk
    ours: tuple[Person, ...]
    subjects: tuple[str, ...]
    category: str = ""
    backup: str | None = None
    cadence: float | None = None
    by_address: bool = False

    @property
    def domain(self) -> str:
        """The domain of its people."""
        return self.people[0].address.partition("@")[2]


def _party(
    key: str, title: str, desk: Desk, names: str, ours: tuple[Person, ...], subjects: str, **more: object
) -> Party:
    domain = str(more.pop("domain", f"{key}.example"))
    people = tuple(
        _person(name, f"{'.'.join(_plain(name).split())}@{domain}") for name in (n.strip() for n in names.split(","))
    )
    return Party(
        key=key,
        title=title,
        people=people,
        desk=desk,
        ours=ours,
        subjects=tuple(s.strip() for s in subjects.split("|")),
        **more,  # type: ignore[arg-type]
    )


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name.replace("ß", "ss").lower())
    return bare.encode("ascii", "ignore").decode()


PARTIES: tuple[Party, ...] = (
    _party(
        "northwind",
        "Northwind Dev",
        Desk("Asia/Kolkata", "IN", 9.5, 18.5),
        "Priya Raman, Arjun Mehta, Sneha Kulkarni, Rohan Iyer",
        (ANA, BEN, CHLOE),
        "Sprint board|Build failed on staging|Questions on the invoice screen|Release notes|Login tests|API limits",
        category="development",
        backup="tamarind",
    ),
    _party(
        "tamarind",
        "Tamarind Labs",
        Desk("Asia/Ho_Chi_Minh", "VN", 8.5, 17.5),
        "Linh Tran, Minh Pham",
        (BEN, ANA),
        "Notes from our call|Estimate for search|Open points|Demo on Thursday|Time sheet",
        category="development",
        backup="northwind",
    ),
    _party(
        "sable",
        "Sable Systems",
        Desk("America/Los_Angeles", "US", 9.0, 17.5, "CA"),
        "Marcus Reed, Jenna Cole, Tom Alvarez",
        (BEN, CHLOE),
        "Payment gateway|Sandbox keys|Retry logic|Settlement report|Contract renewal|Rate card",
        category="payments",
        backup="verdant",
    ),
    _party(
        "halcyon",
        "Halcyon Mobile",
        Desk("Europe/Bucharest", "RO", 9.0, 18.0),
        "Ioana Popescu, Andrei Marin, Radu Ionescu",
        (CHLOE, ANA),
        "Android build|Crash on tablets|Store listing|Push messages|Roadmap|Test devices",
        category="mobile",
    ),
    _party(
        "kestrel",
        "Kestrel QA",
        Desk("Europe/Warsaw", "PL", 8.0, 16.5),
        "Magda Nowak, Piotr Zając",
        (DORA,),
        "Regression run|Flaky tests|Bug triage|Coverage|Devices to order",
        category="quality",
    ),
    _party(
        "larkspur",
        "Larkspur Design",
        Desk("Europe/Lisbon", "PT", 9.5, 18.0),
        "Inês Duarte, João Faria",
        (CHLOE, ANA),
        "Design review|Icon set|Type scale|Onboarding screens|Colours",
        category="design",
    ),
    _party(
        "meridian",
        "Meridian Hosting",
        Desk("America/Chicago", "US", 8.5, 17.0),
        "Ellen Brandt, Curtis Webb",
        (BEN,),
        "Monthly service report|Capacity|Maintenance window|Certificates",
        category="hosting",
        cadence=25,
    ),
    _party(
        "quillon",
        "Quillon Tax",
        Desk("Europe/London", "GB", 9.0, 17.5, "ENG"),
        "Fiona Marsh, Harry Blythe",
        (ANA, BEN),
        "Quarter close|VAT return|Missing receipts|Payroll question|Year-end list",
        category="finance",
    ),
    _party(
        "ostara",
        "Ostara Translations",
        Desk("Europe/Madrid", "ES", 9.0, 18.0),
        "Lucía Ferrer, Pablo Núñez",
        (CHLOE, BEN),
        "Help texts|Glossary|Spanish strings|Proofs|Release copy",
        category="language",
        backup="mira",
    ),
    _party(
        "mira",
        "Mira Solberg",
        Desk("Europe/Oslo", "NO", 8.5, 16.0),
        "Mira Solberg",
        (CHLOE,),
        "Nordic strings|Proofs|Invoice|Wording of errors",
        category="language",
        backup="ostara",
        domain="postbox.example",
        by_address=True,
    ),
    _party(
        "verdant",
        "Verdant Data",
        Desk("Europe/Berlin", "DE", 8.5, 17.0, "BE"),
        "Katrin Vogel, Jonas Weiß",
        (ANA, BEN),
        "Address data|Delivery format|Question on the mapping|Monthly load|Contract annex",
        category="payments",
        backup="sable",
    ),
    _party(
        "bluestone",
        "Bluestone Analytics",
        Desk("Australia/Sydney", "AU", 9.0, 17.5, "NSW"),
        "Grace Okafor, Liam Byrne",
        (BEN, ANA),
        "Dashboard|Any news?|Numbers for the board|Tracking plan|Consent banner",
        category="analytics",
    ),
    _party(
        "cobalt",
        "Cobalt Devices",
        Desk("Asia/Seoul", "KR", 9.0, 18.0),
        "Ji-woo Han, Min-jun Seo",
        (CHLOE, BEN),
        "Firmware 2.1|Samples|Shipping list|Battery test|Order for spring",
        category="hardware",
    ),
    _party(
        "marram",
        "Marram Security",
        Desk("Europe/Amsterdam", "NL", 9.0, 17.0),
        "Sanne de Vries, Bram Visser",
        (ANA,),
        "Penetration test: offer|Scope|Dates for the kick-off",
        category="security",
    ),
)

# Two-way traffic that nobody watches yet: `gonequiet partners suggest` finds them.
STRANGERS: tuple[Party, ...] = (
    _party(
        "alderfreight",
        "Alder Freight",
        Desk("Europe/Dublin", "IE", 8.0, 16.5),
        "Niamh Byrne, Conor Walsh",
        (BEN,),
        "Pick-up on Friday|Customs form|Pallets|Invoice",
    ),
    _party(
        "petrel",
        "Petrel Events",
        Desk("Europe/Paris", "FR", 9.0, 18.0),
        "Hugo Laurent",
        (CHLOE,),
        "Booth plan|Badges|Speaker slot",
        domain="mail.petrel.example",
    ),
)


def demo_us() -> tuple[str, ...]:
    """Our domain, for the directory."""
    return (US,)


def demo_hours() -> WorkingHours:
    """Our own working hours: Dublin, Irish public holidays."""
    return WorkingHours(zone=OUR_DESK.zone, hours=_spoken(OUR_DESK), country=OUR_DESK.country)


def demo_partners() -> tuple[Partner, ...]:
    """The partners that the demo watches, as an operator would have added them."""
    return tuple(
        Partner(
            key=party.key,
            title=party.title,
            domains=() if party.by_address else (party.domain,),
            addresses=tuple(p.address for p in party.people) if party.by_address else (),
            owner=party.ours[0].address,
            deputy=next(p.address for p in (*party.ours[1:], ANA, BEN) if p != party.ours[0]),
            hours=WorkingHours(
                zone=party.desk.zone,
                hours=_spoken(party.desk),
                country=party.desk.country,
                region=party.desk.region,
            ),
            learned_hours=False,
            cadence=party.cadence,
            category=party.category or None,
            backup=party.backup,
        )
        for party in PARTIES
    )


def _spoken(desk: Desk) -> str:
    def clock(hour: float) -> str:
        return f"{int(hour):02}:{int(hour * 60) % 60:02}"

    return f"Mon-Fri {clock(desk.opens)}-{clock(desk.closes)}"
