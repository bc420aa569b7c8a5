"""Whether a build is what a cold start needs: the last step of `make build`.

Lambda's file system is read-only and SAM dates every file 1980, so byte-code counts only if it
is in the package, for Lambda's Python, and never compared with its source.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

BYTE_CODE = "cpython-313.pyc"
UNCHECKED = (1).to_bytes(4, "little")
"""The flags of a .pyc that is found by hash and not checked (PEP 552), behind the magic number."""

FUNCTIONS = (
    "Api",
    "CaseClock",
    "JobEvents",
    "LostJobs",
    "OutageCheck",
    "OutboxRelay",
    "PaddleEvents",
    "PaddleWebhook",
    "Payouts",
    "Reconciliation",
)
UNWANTED = ("boto3", "aws_lambda_powertools", "pytest", "moto")


def faults(build: Path) -> Iterator[str]:
    """What is wrong with it, in plain words."""
    layer = build / "Layer" / "python"
    if not (layer / "makegood" / "py.typed").exists():
        yield "the layer lacks the package makegood"
    for name in UNWANTED:
        if (layer / name).exists():
            yield f"the layer holds {name}, which no function needs"
    if not list(layer.glob("pydantic_core/*aarch64*.so")):
        yield "the layer lacks pydantic_core for arm64"
    for name in FUNCTIONS:
        if not (build / name).is_dir():
            yield f"{name} is not built"
    for source in build.rglob("*.py"):
        yield from _byte_code_faults(source, build)


def _byte_code_faults(source: Path, build: Path) -> Iterator[str]:
    compiled = source.parent / "__pycache__" / f"{source.stem}.{BYTE_CODE}"
    where = source.relative_to(build)
    if not compiled.exists():
        yield f"{where} has no byte-code for Lambda's Python"
    elif compiled.read_bytes()[4:8] != UNCHECKED:
        yield f"{where} has byte-code that Lambda would check against its source and refuse"


def main() -> int:
    found = list(faults(Path(sys.argv[1])))
    sys.stdout.write("".join(f"{fault}\n" for fault in found[:20]))
    sys.stdout.write(f"{len(found)} faults in the build\n" if found else "The build is complete.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
