"""Finds secrets in the files that git keeps, and shows none of them.

What looks like a secret and is none has its reason in allowed-secrets.toml. First each detector has
to find something that was planted for it: one that is blind finds nothing in our files either.
"""

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from re import fullmatch
from typing import Any, NamedTuple

from detect_secrets.core.scan import scan_file  # type: ignore[import-not-found]
from detect_secrets.settings import transient_settings  # type: ignore[import-not-found]

HERE = Path(__file__).parent
AT_ONCE = 2

SETTINGS: dict[str, Any] = {
    "plugins_used": [
        {"name": "AWSKeyDetector"},
        {"name": "Base64HighEntropyString", "limit": 4.5},
        {"name": "BasicAuthDetector"},
        {"name": "GitHubTokenDetector"},
        {"name": "HexHighEntropyString", "limit": 3.0},
        {"name": "JwtTokenDetector"},
        {"name": "KeywordDetector"},
        {"name": "PaddleKeyDetector", "path": f"file://{HERE / 'paddle_keys.py'}"},
        {"name": "PrivateKeyDetector"},
    ],
    # Without the filter for comments that allow a line: all of it is allowed in one place.
    "filters_used": [
        {"path": "detect_secrets.filters.common.is_invalid_file"},
        {"path": "detect_secrets.filters.heuristic.is_indirect_reference"},
        {"path": "detect_secrets.filters.heuristic.is_not_alphanumeric_string"},
        {"path": "detect_secrets.filters.heuristic.is_potential_uuid"},
        {"path": "detect_secrets.filters.heuristic.is_sequential_string"},
    ],
}

# In parts, so that this file has none of them.
PLANTED = {
    "AWS Access Key": f"key = '{'AKIA'}QX7ZB3T9LMW2CVR5'",
    "Base64 High Entropy String": f"value = '{'Zm7Kp2Xq9Lw4'}{'Tv8Bn3Rj6Hd1Ys5Gc0Fa'}'",
    "Basic Auth Credentials": f"url = 'https://dana:{'7hq2mzLp'}@studio.example/'",
    "GitHub Token": f"gh{'p'}_{'wWPw5k4aXcaT4fNP0U'}{'cnZwJUVFk6LO0pINUx'}",
    "Hex High Entropy String": f"value = '{'2b00042f'}{'7481c7b0'}{'56c4b410'}{'d28f33cf'}'",
    "JSON Web Token": f"{'eyJhbGciOiJIUzI1NiJ9'}.{'eyJzdWIiOiJkYW5hIn0'}.c2lnbmF0dXJl",
    "Paddle key": f"pdl_live_{'apikey'}_01hv8x7hqz6yj4n3k2m1p0r9st_vN8tQ2",
    "Private Key": f"-----BEGIN RSA {'PRIVATE'} KEY-----\nMIIEpAIBAAKCAQEAx7V\n",
    "Secret Keyword": f"password = '{'correct-horse-7'}'",
}


class Found(NamedTuple):
    file: str
    line: int
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """`where` is a pattern of paths, `what` a regular expression of whole values."""

    where: str
    what: str
    why: str

    def covers(self, found: Found) -> bool:
        return fnmatchcase(found.file, self.where) and fullmatch(self.what, found.value) is not None


def main() -> None:
    if blind := set(PLANTED) - found_where_planted():
        sys.exit(f"nothing was found of what was planted: {', '.join(sorted(blind))}")
    rules = tomllib.loads((HERE / "allowed-secrets.toml").read_text(encoding="utf-8"))
    unread = [one["where"] for one in rules["unread"]]
    files = [one for one in tracked() if not any(fnmatchcase(one, where) for where in unread)]
    allowed = [Allowed(**one) for one in rules["allowed"]]
    found = found_in_all(files)
    told = [
        f"{one.file}:{one.line}: {one.kind}"
        for one in found
        if not any(rule.covers(one) for rule in allowed)
    ]
    told += [
        f"allowed-secrets.toml: nothing is found any more of {rule.what!r} in {rule.where}"
        for rule in allowed
        if not any(rule.covers(one) for one in found)
    ]
    if told:
        sys.exit("\n".join(told))
    sys.stdout.write(f"No secrets in {len(files)} files.\n")


def found_where_planted() -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "planted.txt")
        file.write_text("\n".join(PLANTED.values()), encoding="utf-8")
        return {one.kind for one in found_in([str(file)])}


def tracked() -> list[str]:
    """Also what is new and would be added."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return [name for name in sorted(set(names.stdout.split("\0"))) if Path(name).is_file()]


def found_in_all(files: list[str]) -> list[Found]:
    with ProcessPoolExecutor(AT_ONCE) as processes:
        parts = processes.map(found_in, [files[start::AT_ONCE] for start in range(AT_ONCE)])
        return sorted(one for part in parts for one in part)


def found_in(files: Iterable[str]) -> list[Found]:
    with transient_settings(SETTINGS):
        return [
            Found(file, secret.line_number, secret.type, secret.secret_value)
            for file in files
            for secret in scan_file(file)
        ]


if __name__ == "__main__":
    main()
