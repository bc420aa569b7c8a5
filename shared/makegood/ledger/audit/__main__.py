"""`python -m makegood.ledger.audit`: checks a whole table, or an export of it, offline."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from makegood.ledger.audit.checking import audit, books_of
from makegood.ledger.audit.shown import Parser, harmless
from makegood.ledger.audit.sources import Export, LiveTable, Source
from makegood.ledger.audit.spool import Spool
from makegood.ledger.audit.stored import BOOKS

FINDINGS_SHOWN_MAX = 1000
"""A damaged beginning makes everything behind it wrong; nobody reads more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 without findings, 1 with some, 2 if something could not be read."""
    options = _parser().parse_args(arguments)
    source: Source
    if options.export:
        source = Export(options.export)
    else:
        source = _table(options.table, region=options.region, endpoint_url=options.endpoint_url)
    try:
        with Spool() as spool:
            audit(source, spool)
            return _report(spool)
    # A line that is no JSON is a ValueError, one that is no item a KeyError or TypeError.
    except (OSError, ValueError, KeyError, TypeError, BotoCoreError, ClientError) as error:
        sys.stderr.write(harmless(f"could not be read: {type(error).__name__}: {error}") + "\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="makegood.ledger.audit", description=__doc__)
    of = parser.add_mutually_exclusive_group(required=True)
    of.add_argument("--table", help="name of the table, which is scanned")
    of.add_argument("--export", nargs="+", type=Path, help="files or folders of an export")
    parser.add_argument("--region", help="the table's region, where it is not configured")
    parser.add_argument("--endpoint-url", help="another address of DynamoDB, as on a laptop")
    return parser


def _table(name: str, *, region: str | None, endpoint_url: str | None) -> Source:
    client = boto3.client("dynamodb", region_name=region, endpoint_url=endpoint_url)
    return LiveTable(client, name)


def _report(spool: Spool) -> int:
    found = 0
    for finding in spool.findings():
        found += 1
        if found <= FINDINGS_SHOWN_MAX:
            _say(str(finding))
    if found > FINDINGS_SHOWN_MAX:
        _say(f"and {found - FINDINGS_SHOWN_MAX} more")
    _say(", ".join(f"{number} {kind}" for kind, number in sorted(spool.count().items())))
    books = books_of(spool)
    _say("books: " + ", ".join(f"{book} {books[book]}" for book in BOOKS))
    if sum(books.values()):
        found += 1
        _say(f"the whole table: all books sum to {sum(books.values())}, not to zero")
    _say(f"{found} findings" if found else "no findings")
    return 1 if found else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{harmless(line)}\n")


if __name__ == "__main__":
    sys.exit(main())
