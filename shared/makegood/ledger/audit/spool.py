"""A copy of what is audited, on disk and sorted, so that one account at a time is in memory."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType

from makegood.ledger.audit.places import Place, part_of
from makegood.ledger.audit.stored import Finding, Values

_SCHEMA = """
CREATE TABLE items (pk TEXT, sk TEXT, owner TEXT, part TEXT, body TEXT, PRIMARY KEY (pk, sk));
CREATE INDEX by_owner ON items (owner, part, sk);
CREATE TABLE causes (
    cause TEXT, owner TEXT, seq INT, claimed INT, body TEXT, PRIMARY KEY (cause, owner, seq)
);
CREATE INDEX causes_by_owner ON causes (owner, claimed);
CREATE TABLE findings (owner TEXT, place TEXT, what TEXT);
CREATE TABLE books (owner TEXT, book TEXT, credits TEXT);
CREATE TABLE withdrawn (owner TEXT, lot TEXT, credits TEXT, PRIMARY KEY (owner, lot));
"""

READ_AGAIN = ("record", "case", "adjustments", "payout", "basket", "outage")
"""Parts that lie in places of their own and must agree with others."""


class Spool:
    """Use it in a `with`: the copy is gone afterwards."""

    def __init__(self) -> None:
        # An empty name is a private database on disk, which SQLite removes when it is closed.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def keep(self, items: Iterable[Values]) -> None:
        rows = ((i["pk"], i["sk"], *part_of(i), json.dumps(i)) for i in items)
        self._database.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", rows)

    def forget(self, owner: str) -> None:
        """All that reading the account again brings anew."""
        for table in ("causes", "findings", "books", "withdrawn"):
            self._database.execute(f"DELETE FROM {table} WHERE owner = ?", (owner,))  # noqa: S608 - our own names.
        self._database.execute("DELETE FROM items WHERE owner = ? AND owner <> ''", (owner,))

    def owners(self) -> list[str]:
        """Of anything at all; the empty name owns records that are nobody's yet."""
        rows = self._database.execute("SELECT DISTINCT owner FROM items ORDER BY owner")
        return [owner for (owner,) in rows]

    def parts(self, owner: str, part: str) -> Iterator[Values]:
        """In the order of their sort keys; entries so come oldest first."""
        rows = self._database.execute(
            "SELECT body FROM items WHERE owner = ? AND part = ? ORDER BY sk, pk", (owner, part)
        )
        return (json.loads(body) for (body,) in rows)

    def parts_of(self, owner: str) -> list[str]:
        query = "SELECT DISTINCT part FROM items WHERE owner = ? ORDER BY part"
        return [part for (part,) in self._database.execute(query, (owner,))]

    def at(self, place: Place) -> Values | None:
        """What lies there, whoever's it is."""
        query = "SELECT body FROM items WHERE pk = ? AND sk = ?"
        found = self._database.execute(query, place).fetchone()
        return None if found is None else json.loads(found[0])

    def to_read_again(self, owner: str) -> Iterator[Values]:
        return (item for part in READ_AGAIN for item in self.parts(owner, part))

    def count(self) -> dict[str, int]:
        """How many of each part, records by their own name."""
        query = (
            "SELECT CASE part WHEN 'record' THEN substr(pk, 1, instr(pk, '#') - 1) ELSE part END,"
            " COUNT(*) FROM items GROUP BY 1"
        )
        return {kind.lower(): number for kind, number in self._database.execute(query)}

    def keep_cause(self, entry: Values) -> list[Values]:
        """Returns the other entries that have the same cause."""
        others = self.entries_caused_by(entry["cause"])
        owner, seq = entry["pk"].partition("#")[2], entry["seq"]
        wanted = ("account_id", "seq", "kind", "postings", "lots", "cause")
        body = json.dumps({name: entry[name] for name in wanted})
        self._database.execute(
            "INSERT OR REPLACE INTO causes VALUES (?, ?, ?, 0, ?)",
            (entry["cause"], owner, seq, body),
        )
        return [other for other in others if (other["account_id"], other["seq"]) != (owner, seq)]

    def entries_caused_by(self, cause: str) -> list[Values]:
        rows = self._database.execute("SELECT body FROM causes WHERE cause = ?", (cause,))
        return [json.loads(body) for (body,) in rows.fetchall()]

    def claim(self, cause: str) -> None:
        self._database.execute("UPDATE causes SET claimed = 1 WHERE cause = ?", (cause,))

    def unclaimed(self, owner: str) -> Iterator[Values]:
        query = "SELECT body FROM causes WHERE owner = ? AND claimed = 0 ORDER BY seq"
        return (json.loads(body) for (body,) in self._database.execute(query, (owner,)))

    def causes(self, owner: str) -> Iterator[str]:
        query = "SELECT cause FROM causes WHERE owner = ?"
        return (cause for (cause,) in self._database.execute(query, (owner,)))

    def note(self, owner: str, findings: Iterable[Finding]) -> None:
        rows = ((owner, finding.where, finding.what) for finding in findings)
        self._database.executemany("INSERT INTO findings VALUES (?, ?, ?)", rows)

    def suspects(self) -> list[str]:
        rows = self._database.execute("SELECT DISTINCT owner FROM findings ORDER BY owner")
        return [owner for (owner,) in rows]

    def is_suspect(self, owner: str) -> bool:
        query = "SELECT 1 FROM findings WHERE owner = ? LIMIT 1"
        return self._database.execute(query, (owner,)).fetchone() is not None

    def findings(self) -> Iterator[Finding]:
        rows = self._database.execute("SELECT place, what FROM findings ORDER BY owner, rowid")
        return (Finding(place, what) for place, what in rows)

    def add_books(self, owner: str, books: dict[str, int]) -> None:
        # As text: SQLite's integers end at 64 bits.
        rows = ((owner, book, str(credits)) for book, credits in books.items())
        self._database.executemany("INSERT INTO books VALUES (?, ?, ?)", rows)

    def keep_withdrawn(self, owner: str, credits: dict[int, int]) -> None:
        """What entries have withdrawn of lots; of others it is nothing."""
        rows = ((owner, str(lot), str(number)) for lot, number in credits.items() if number)
        self._database.executemany("INSERT INTO withdrawn VALUES (?, ?, ?)", rows)

    def withdrawn(self, owner: str, lot: int) -> int:
        query = "SELECT credits FROM withdrawn WHERE owner = ? AND lot = ?"
        found = self._database.execute(query, (owner, str(lot))).fetchone()
        return 0 if found is None else int(found[0])

    def books(self) -> Iterator[tuple[str, int]]:
        rows = self._database.execute("SELECT book, credits FROM books")
        return ((book, int(credits)) for book, credits in rows)
