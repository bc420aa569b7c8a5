"""Zips the functions and the layer as `sam build` would, without the SAM CLI.

The layer's dependencies are left out: MiniStack runs the functions on the Python of the project's
own virtual environment, where `requirements.txt` has put the same pins.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

LEFT_OUT_FOLDERS = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"})
# A fixed date, so that the same files always make the same zip.
EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(folder: Path, inside: str = "") -> bytes:
    """A zip of the files under `folder`, each below `inside`; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            name = zipfile.ZipInfo(inside + path.relative_to(folder).as_posix(), EPOCH)
            name.external_attr = 0o644 << 16
            name.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(name, path.read_bytes())
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and path.suffix != ".pyc" and not LEFT_OUT_FOLDERS & set(parts):
            yield path
