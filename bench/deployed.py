"""Both solutions as they lie in Lambda: folders made from the requirements and the sources.

The product has its layer and function compiled with unchecked hashes, as its build does it. The
textbook has no byte-code, as `sam build` leaves it; Lambda's file system takes none later.
"""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXTBOOK = Path(__file__).parent / "textbook"
PLACE = ROOT / ".venv-bench" / "deployed"


@dataclass(frozen=True, slots=True)
class Deployed:
    """Folders that go before the path, the function's own first."""

    name: str
    folders: tuple[Path, ...]


def product(source: Path = ROOT) -> Deployed:
    """`source` may be another copy of the project, to compare a change with."""
    packages = _packages(source / "shared" / "requirements.txt", compiled=True)
    place = _fresh(PLACE / f"product-{_digest(str(source))}")
    layer, function = place / "layer", place / "function"
    shutil.copytree(packages, layer)
    _copy_sources(source / "shared", layer)
    _copy_sources(source / "functions", function)
    _compile(layer / "makegood")
    _compile(function)
    return Deployed("product", (function, layer))


def textbook(*, compiled: bool = False) -> Deployed:
    """`compiled` is not how SAM ships it; it shows what byte-code alone would bring."""
    packages = _packages(TEXTBOOK / "requirements.txt", compiled=compiled)
    place = _fresh(PLACE / f"textbook{'-compiled' if compiled else ''}")
    shutil.copytree(packages, place)
    _copy_sources(TEXTBOOK, place)
    if compiled:
        for file in TEXTBOOK.glob("*.py"):
            _compile(place / file.name)
    return Deployed("textbook", (place,))


def _packages(requirements: Path, *, compiled: bool) -> Path:
    """The packages, installed once for each content of the requirements."""
    content = f"{requirements.read_text()} {sys.version} {compiled}"
    place = PLACE / f"packages-{_digest(content)}"
    if not place.exists():
        half_done = _fresh(place.with_suffix(".half"))
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
        subprocess.run(
            [*command, "--target", str(half_done), "--requirement", str(requirements)], check=True
        )
        if compiled:
            _compile(half_done)
        half_done.rename(place)
    return place


def _compile(place: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash", place],
        check=False,  # Some packages carry files that no Python can read.
    )


def _copy_sources(source: Path, target: Path) -> None:
    shutil.copytree(
        source,
        target,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "requirements.txt"),
    )


def _fresh(place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / ".gitignore").write_text("*\n")
    return place


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
