"""The checker believes nothing of the product: it uses nothing of it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULES = [
    path
    for path in sorted(HERE.glob("*.py"))
    if not path.name.startswith(("test_", "damag"))  # They play stories.
]


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def is_allowed(name: str) -> bool:
    own = "tests.simulation.checker"
    return (
        name.partition(".")[0] in sys.stdlib_module_names
        or name == "tests.simulation.witness"
        or name.startswith(own)
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_it_imports_the_standard_library_and_the_witness_alone(path: Path) -> None:
    source = path.read_text()

    assert [name for name in imported(source) if not is_allowed(name)] == []
    assert "importlib" not in source
    assert "__import__" not in source


def test_an_import_of_the_product_would_be_seen() -> None:
    names = list(imported("import makegood.domain.lot\nfrom payouts import work\nimport json"))

    assert [name for name in names if not is_allowed(name)] == ["makegood.domain.lot", "payouts"]
    assert "ending.py" in {path.name for path in MODULES}
