"""Mails made ready for the tables, as columns of plain values: cheap to hand from one process to another. No SQL here.

Making a batch is all the work on a mail that needs no database; what is left is to look up ids and to insert.
"""

from __future__ import annotations

import marshal
from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Batch:
    """What some mails became. Columns of one group have the same length; an address is its place in `addresses`.

    keys .. suspects       one entry a mail and partner it concerns, in the columns of the message table
    ids                    the source's own id of each, for the ledger
    owners, people, roles  one entry a recipient: the place in `keys` it belongs to, an address, its role
    addresses, names       every address on these, with the first name seen of it
    outside_keys ..        mails with organisations nobody watches
    internal, elsewhere    ids of mails among ourselves, and of others that concern no organisation
    """

    keys: list[int] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)
    ats: list[int] = field(default_factory=list)
    senders: list[int] = field(default_factory=list)  # -1 = none
    sides: list[int] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)
    threads: list[int | None] = field(default_factory=list)
    roots: list[int | None] = field(default_factory=list)
    replies: list[int | None] = field(default_factory=list)
    topics: list[int | None] = field(default_factory=list)
    subjects: list[str | None] = field(default_factory=list)
    backs: list[str | None] = field(default_factory=list)
    suspects: list[int | None] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    outside_keys: list[int] = field(default_factory=list)
    outside_domains: list[str] = field(default_factory=list)
    outside_days: list[int] = field(default_factory=list)
    outside_sides: list[int] = field(default_factory=list)
    outside_classes: list[int] = field(default_factory=list)
    outside_ids: list[str] = field(default_factory=list)
    internal: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def packed(self) -> bytes:
        """The batch as bytes, to be unpacked by the same program on the same machine."""
        return marshal.dumps([getattr(self, name) for name in _COLUMNS])

    @classmethod
    def unpacked(cls, packed: bytes) -> Batch:
        """What `packed` gave."""
        return cls(*marshal.loads(packed))  # noqa: S302 - only ever what `packed` made, a moment ago


_COLUMNS = tuple(column.name for column in fields(Batch))
_OF_MAILS = _COLUMNS[: _COLUMNS.index("owners")]
_COUNTED = _COLUMNS[_COLUMNS.index("outside_keys") :]


def joined(batches: list[Batch]) -> Batch:
    """Batches as one, in their order; each address once, with the first name seen of it."""
    if len(batches) == 1:
        return batches[0]
    whole = Batch()
    places: dict[str, int] = {}
    for batch in batches:
        base = len(whole.keys)
        for name in (*_OF_MAILS, *_COUNTED):
            column: list[object] = getattr(batch, name)
            if column and name != "senders":
                getattr(whole, name).extend(column)
        here: list[int] = []
        for address, called in zip(batch.addresses, batch.names, strict=True):
            place = places.setdefault(address, len(places))
            if place == len(whole.addresses):
                whole.addresses.append(address)
                whole.names.append(called)
            elif called and not whole.names[place]:
                whole.names[place] = called
            here.append(place)
        whole.people.extend(map(here.__getitem__, batch.people))
        here.append(-1)  # so that place -1, no sender, stays -1
        whole.senders.extend(map(here.__getitem__, batch.senders))
        whole.owners.extend([owner + base for owner in batch.owners])
        whole.roles.extend(batch.roles)
    return whole
