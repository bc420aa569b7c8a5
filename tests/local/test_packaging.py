import io
import zipfile
from pathlib import Path

from local.packaging import packed


def names(content: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def a_folder(root: Path) -> Path:
    (root / "makegood" / "__pycache__").mkdir(parents=True)
    (root / "makegood" / "__init__.py").write_text("X = 1\n")
    (root / "makegood" / "rules.py").write_text("Y = 2\n")
    (root / "makegood" / "__pycache__" / "rules.cpython-311.pyc").write_bytes(b"\0")
    return root


def test_a_layer_lies_below_python_and_leaves_byte_code_out(tmp_path: Path) -> None:
    content = packed(a_folder(tmp_path), "python/")

    assert names(content) == ["python/makegood/__init__.py", "python/makegood/rules.py"]


def test_the_same_files_make_the_same_zip(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    before = packed(folder)

    (folder / "makegood" / "rules.py").touch()

    assert packed(folder) == before


def test_a_changed_file_makes_another_zip(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    before = packed(folder)

    (folder / "makegood" / "rules.py").write_text("Y = 3\n")

    assert packed(folder) != before
