"""Who is who has changed: what is stored is put where it belongs now, without reading any mail again.

A stored mail says whose it is and which side wrote it. Both follow from the directory, so both are made anew from the
addresses on it when the directory is another one: sides are told anew, a mail goes to partners that are on it now, and
leaves those that are not. What nobody watches any more is dropped, and read again as an outsider's by the next pull.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from models.directory import Directory
from models.records import MessageClass, Side
from models.store.addresses import alone
from models.store.bulk import Bulk
from models.store.database import Database
from models.store.rows import CLASS_CODE, SIDE_CODE, UNREAD

_NAME = "settled"
_US, _PARTNER, _OTHER = (SIDE_CODE[side] for side in (Side.US, Side.PARTNER, Side.OTHER))
_BULK = CLASS_CODE[MessageClass.BULK]
_WHO = ("address_id", "side", "partner_id")
# The side that wrote a mail, as its partner's row says it: of another partner's people it says "other".
_SIDE = f"""CASE WHEN w.address_id IS NULL THEN {_OTHER}
    WHEN w.side = {_PARTNER} AND w.partner_id <> m.partner_id THEN {_OTHER} ELSE w.side END"""
_TURNED = f"""
SELECT {_SIDE}, m.id, m.partner_id, m.key, m.message_class
FROM message m LEFT JOIN who w ON w.address_id = m.sender_id WHERE m.side <> {_SIDE}"""
_ABSENT = "NOT EXISTS (SELECT 1 FROM message o WHERE o.key = m.key AND o.partner_id = w.partner_id)"
_JOINED = f"""
SELECT m.key, w.partner_id FROM who w JOIN message m ON m.sender_id = w.address_id
WHERE w.partner_id IS NOT NULL AND {_ABSENT}
UNION SELECT m.key, w.partner_id FROM message m JOIN recipient r ON r.message_id = m.id
JOIN who w ON w.address_id = r.address_id WHERE w.partner_id IS NOT NULL AND {_ABSENT}"""
_ON_IT = """EXISTS (SELECT 1 FROM who w WHERE w.address_id = m.sender_id AND {0})
OR EXISTS (SELECT 1 FROM recipient r JOIN who w ON w.address_id = r.address_id WHERE r.message_id = m.id AND {0})"""
_LEFT = f"""
SELECT m.id, m.key, m.partner_id FROM message m WHERE NOT ({_ON_IT.format("w.partner_id = m.partner_id")})"""
# An account's owner is one of us even where a mail does not show it; in an archive somebody of ours has to be on it.
_NOT_OURS = f"""
SELECT m.id, m.key, m.partner_id FROM message m WHERE NOT ({_ON_IT.format(f"w.side = {_US}")})
AND NOT EXISTS (SELECT 1 FROM item i WHERE i.message_key = m.key)"""
_ROW = "at, sender_id, {}, message_class, thread_key, root_key, reply_key, topic, subject, back_on, suspect"
_COPY = f"""
INSERT INTO message (id, key, partner_id, {_ROW.format("side")}, withdrawn_at)
SELECT ?, key, ?, {_ROW.format(str(_OTHER))}, withdrawn_at FROM message WHERE id = ?"""
_COPY_RECIPIENTS = """
INSERT INTO recipient (message_id, address_id, role) SELECT ?, address_id, role FROM recipient WHERE message_id = ?"""
_NOW_CARRIED = """
SELECT i.source_id, m.partner_id, min(m.at), max(m.at), count(*) FROM message m JOIN item i ON i.message_key = m.key
WHERE i.state IN (0, 3) AND m.id IN"""
_NO_LONGER_CARRIED = """
DELETE FROM carries WHERE partner_id = ? AND source_id IN (SELECT id FROM source WHERE live)
AND NOT EXISTS (SELECT 1 FROM message m JOIN item i ON i.message_key = m.key
    WHERE m.partner_id = carries.partner_id AND i.source_id = carries.source_id)
AND NOT EXISTS (SELECT 1 FROM meeting g WHERE g.partner_id = carries.partner_id AND g.source_id = carries.source_id)"""


_READ_AGAIN = f"UPDATE item SET generation = {UNREAD} WHERE"


def resettle(database: Database, directory: Directory) -> None:
    """Put every stored mail where this directory says; nothing to do where it was put so before."""
    with database.read() as conn:
        if _settled(Bulk(conn, database)) == directory.fingerprint:
            return
    with database.write() as conn:
        bulk = Bulk(conn, database)
        alone(bulk, database)
        if bulk.rows("SELECT id FROM message LIMIT 1", ()):
            _Resettling(bulk, database, directory).run()
        _forget_outside(bulk, directory)
        _note(bulk, directory.fingerprint)


def saved_with(database: Database, directory: Directory) -> None:
    """Pages were saved with this directory: where another one is in force by now, all is put right once more."""
    with database.read() as conn:
        if _settled(Bulk(conn, database)) == directory.fingerprint:
            return
    with database.write() as conn:
        _note(Bulk(conn, database), "")


def _settled(bulk: Bulk) -> str | None:
    found = bulk.rows("SELECT value FROM meta WHERE name = ?", (_NAME,))
    return str(found[0][0]) if found else None


def _note(bulk: Bulk, fingerprint: str) -> None:
    bulk.run("DELETE FROM meta WHERE name = ?", [(_NAME,)])
    bulk.run("INSERT INTO meta (name, value) VALUES (?, ?)", [(_NAME, fingerprint)])


def _forget_outside(bulk: Bulk, directory: Directory) -> None:
    """Counts of domains that are ours or a partner's by now, all or in part, go; their mails are to be read again."""
    side, in_part = directory.side, directory.domains_in_part
    names = bulk.rows("SELECT id, name FROM domain", ())
    taken = [(id_,) for id_, name in names if name in in_part or side(f"x@{name}") is not Side.OTHER]
    bulk.run(f"{_READ_AGAIN} message_key IN (SELECT key FROM outside WHERE domain_id = ?)", taken)
    bulk.run("DELETE FROM outside WHERE domain_id = ?", taken)


class _Resettling:
    """One such change, within the caller's transaction."""

    def __init__(self, bulk: Bulk, database: Database, directory: Directory) -> None:
        self._bulk, self._database, self._directory = bulk, database, directory
        self._ids: dict[str, int] = {str(key): int(id_) for key, id_ in bulk.rows("SELECT key, id FROM partner", ())}
        self._touched: set[int] = set()

    def run(self) -> None:
        """Everything, and the partners concerned are judged from their whole history."""
        self._make_who()
        again = self._join()
        again |= self._turn()
        again |= self._leave()
        self._bulk.run("DROP TABLE who", [()])
        self._move_absences()
        # A mail whose class may hang on who is who, or that may count as an outsider's now, is read once more.
        self._bulk.run(f"{_READ_AGAIN} message_key = ?", [(key,) for key in sorted(again)])
        self._bulk.note_news(0, dict.fromkeys(self._touched, (0, 0, 0)))

    def _make_who(self) -> None:
        self._bulk.run(
            "CREATE TEMPORARY TABLE who (address_id BIGINT PRIMARY KEY, side SMALLINT, partner_id BIGINT)", [()]
        )
        place = self._directory.place
        rows: list[tuple[object, ...]] = []
        for id_, address in self._bulk.rows("SELECT id, address FROM address", ()):
            found = place(address)
            if found.side is not Side.OTHER:
                partner = None if found.partner is None else self._ids.get(found.partner)
                rows.append((id_, SIDE_CODE[found.side], partner))
        self._bulk.insert("who", _WHO, rows)

    def _join(self) -> set[int]:
        """Mails go to partners that are on them; gives their keys. A copy's side is told by `_turn`."""
        missing = self._bulk.rows(_JOINED, ())
        if not missing:
            return set()
        keys = sorted({int(key) for key, _ in missing})
        found = self._bulk.select_in("SELECT id, key FROM message WHERE key IN", keys)
        origin = {int(key): int(id_) for id_, key in found}
        new = list(self._bulk.next_message_ids(len(missing)))
        copies = [(id_, int(partner), origin[int(key)]) for id_, (key, partner) in zip(new, missing, strict=True)]
        self._bulk.run(_COPY, copies)
        self._bulk.run(_COPY_RECIPIENTS, [(id_, of) for id_, _, of in copies])
        self._touched.update(partner for _, partner, _ in copies)
        self._note_carriers(new)
        return set(keys)

    def _note_carriers(self, ids: Sequence[int]) -> None:
        """The accounts that hold these mails carry their partners."""
        carried: dict[int, dict[int, tuple[int, int, int]]] = {}
        found = self._bulk.select_in(_NOW_CARRIED, ids, "GROUP BY i.source_id, m.partner_id")
        for source, partner, first, last, count in found:
            before = carried.setdefault(source, {}).get(partner, (first, last, 0))
            carried[source][partner] = (min(first, before[0]), max(last, before[1]), before[2] + count)
        for source, facts in carried.items():
            self._bulk.note_carried(source, facts)

    def _turn(self) -> set[int]:
        """Who wrote is told anew; gives the keys of mails sent to many, which may be somebody's own word by now."""
        turned = self._bulk.rows(_TURNED, ())
        self._bulk.run("UPDATE message SET side = ? WHERE id = ?", [(row[0], row[1]) for row in turned])
        self._touched.update(row[2] for row in turned)
        return {int(row[3]) for row in turned if row[4] == _BULK}

    def _leave(self) -> set[int]:
        """Mails leave partners that are not on them; gives their keys: they may count as an outsider's now."""
        left = {int(id_): (int(key), int(partner)) for id_, key, partner in self._bulk.rows(_LEFT, ())}
        for id_, key, partner in self._bulk.rows(_NOT_OURS, ()):
            left[int(id_)] = (int(key), int(partner))
        self._bulk.run("DELETE FROM recipient WHERE message_id = ?", [(id_,) for id_ in left])
        self._bulk.run("DELETE FROM message WHERE id = ?", [(id_,) for id_ in left])
        losers = {partner for _, partner in left.values()}
        self._touched |= losers
        self._bulk.run(_NO_LONGER_CARRIED, [(partner,) for partner in sorted(losers)])
        return {key for key, _ in left.values()}

    def _move_absences(self) -> None:
        """What somebody's automatic replies said goes where they belong now."""
        said = "SELECT id, partner_id, person, since FROM absence WHERE origin = 'auto_reply' AND person <> ''"
        there = {(int(partner), person, since) for _, partner, person, since in self._bulk.rows(said, ())}
        for id_, partner, person, since in self._bulk.rows(said, ()):
            key = self._directory.place(person).partner
            now = None if key is None else self._ids.get(key)
            if now == partner:
                continue
            if now is None or (now, person, since) in there:
                self._bulk.run("DELETE FROM absence WHERE id = ?", [(id_,)])
            else:
                there.add((now, person, since))
                self._bulk.run("UPDATE absence SET partner_id = ? WHERE id = ?", [(now, id_)])
            self._touched |= {partner} if now is None else {partner, now}


def forget_items_of(conn: Connection, database: Database, partner_id: int) -> None:
    """Before a partner's mails go: they are to be read again, as an outsider's."""
    mine = "message_key IN (SELECT key FROM message WHERE partner_id = ?)"
    Bulk(conn, database).run(f"{_READ_AGAIN} {mine}", [(partner_id,)])
