"""`python -m makegood.tools.replay`: how another policy would have decided what is stored.

Reads a table or an export of it, judges every job and case again, and says what would differ.
It never writes: nothing that was decided changes.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from makegood.domain.case import Case
from makegood.domain.job import Job
from makegood.ledger.audit.shown import Parser
from makegood.ledger.audit.sources import Export, LiveTable, Source
from makegood.ledger.audit.stored import Values
from makegood.ledger.shapes import shape_of
from makegood.policy.published import Policies
from makegood.policy.versions import PRESETS, VERSIONS, named
from makegood.tools.judged_again import (
    CannotJudgeError,
    Compared,
    Direction,
    case_again,
    job_again,
)
from makegood.tools.terminal import complain, say

Judge = Callable[[Values, Policies], Compared | None]

_NOT_JUDGED = "not judged"
_COUNTED = [*(direction.value for direction in Direction), _NOT_JUDGED]


def _job(values: Values, policies: Policies) -> Compared | None:
    return job_again(shape_of(Job).read(values), policies)


def _case(values: Values, policies: Policies) -> Compared | None:
    return case_again(shape_of(Case).read(values), policies)


_JUDGES: dict[str, tuple[str, Judge]] = {"JOB": ("job", _job), "CASE": ("case", _case)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, whatever would differ, and 2 if something could not be read."""
    options = _parser().parse_args(arguments)
    policies = named(options.policy)
    if policies is None:
        names = ", ".join(dict.fromkeys([*PRESETS, *VERSIONS]))
        complain(f"--policy: expected one of {names}")
        return 2
    source: Source
    if options.export:
        source = Export(options.export)
    else:
        source = _table(options.table, region=options.region, endpoint_url=options.endpoint_url)
    try:
        replay(source.items(), policies)
    # A line that is no JSON is a ValueError, one that is no item a KeyError or TypeError.
    except (OSError, ValueError, KeyError, TypeError, BotoCoreError, ClientError) as error:
        complain(f"could not be read: {type(error).__name__}: {error}")
        return 2
    return 0


def replay(items: Iterable[Values], policies: Policies) -> None:
    """Say each difference as it is found, and the counts at the end."""
    counts: dict[str, Counter[str]] = {name: Counter() for name, _ in _JUDGES.values()}
    for values in items:
        kind, _, record_id = values["pk"].partition("#")
        if kind not in _JUDGES or values["sk"] != kind:
            continue
        name, judge = _JUDGES[kind]
        try:
            compared = judge(values, policies)
        except (CannotJudgeError, KeyError, TypeError, ValueError) as error:
            counts[name][_NOT_JUDGED] += 1
            why = str(error) if isinstance(error, CannotJudgeError) else "it cannot be read"
            say(f"{name} {record_id}: not judged, {why}")
            continue
        if compared is None:
            continue
        counts[name][compared.direction.value] += 1
        if compared.direction is not Direction.SAME:
            say(f"{name} {record_id}: {compared.direction}: {compared.was} -> {compared.would_be}")
    for name, numbers in counts.items():
        say(f"{name}s: " + ", ".join(f"{numbers[word]} {word}" for word in _COUNTED))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="makegood.tools.replay", description=__doc__, allow_abbrev=False)
    of = parser.add_mutually_exclusive_group(required=True)
    of.add_argument("--table", help="name of the table, which is scanned")
    of.add_argument("--export", nargs="+", type=Path, help="files or folders of an export")
    parser.add_argument("--policy", required=True, help="a preset, or one version")
    parser.add_argument("--region", help="the table's region, where it is not configured")
    parser.add_argument("--endpoint-url", help="another address of DynamoDB, as on a laptop")
    return parser


def _table(name: str, *, region: str | None, endpoint_url: str | None) -> Source:
    client = boto3.client("dynamodb", region_name=region, endpoint_url=endpoint_url)
    return LiveTable(client, name)


if __name__ == "__main__":
    sys.exit(main())
