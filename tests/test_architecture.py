"""The rules that keep the parts apart, and each of them small."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "shared" / "makegood"
FUNCTIONS = ROOT / "functions"

LINES_MAX = 250
FUNCTION_LINES_MAX = 40

PURE = {"events", "domain", "policy", "plans", "outbox"}
"""They know no clock, no chance, no environment and no AWS: the same in, the same out."""

IMPURE = {
    "asyncio",
    "boto3",
    "botocore",
    "http",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "urllib3",
    "uuid",
    "zoneinfo",
}

# Each part may import itself and these; what is not named here may not be imported.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "events": {"errors"},
    "domain": {"errors"},
    "policy": {"domain", "events", "errors"},
    "plans": {"policy", "domain", "events", "errors"},
    "settings": {"errors"},
    "observability": {"settings", "errors"},
    "aws": {"errors"},
    "ledger": {"aws", "domain", "errors"},
    # It shares no code with what it checks.
    "ledger.audit": set(),
    "paddle": {"aws", "settings", "domain", "events", "errors"},
    "outbox": {"domain", "errors"},
    "effects": {"aws", "outbox", "domain", "errors"},
    "relay": {"batch", "effects", "outbox", "ledger", "domain", "errors"},
    "outward": {"domain", "settings", "events", "errors"},
    "api": {"ledger", "plans", "policy", "domain", "events", "observability", "errors"},
    "batch": {"effects", "ledger", "domain", "events", "observability", "errors"},
    "ends_told": {"plans", "observability"},
    "adjustments_told": {"plans", "domain", "observability"},
    "operator_settings": {"ledger", "plans", "domain", "aws", "observability", "errors"},
    "telling": {"batch", "ledger", "plans", "policy", "domain", "observability", "errors"},
    "reconciling": {
        "adjustments_told",
        "batch",
        "effects",
        "ledger",
        "ledger.audit",
        "paddle",
        "plans",
        "domain",
        "events",
        "observability",
        "errors",
    },
    "wiring": {
        "operator_settings",
        "relay",
        "effects",
        "ledger",
        "paddle",
        "aws",
        "policy",
        "domain",
        "settings",
        "errors",
    },
    "tools": {"api", "ledger", "ledger.audit", "policy", "domain", "errors"},
}

BANNED_NAMES = {
    "base",
    "common",
    "data",
    "handler",
    "helpers",
    "impl",
    "manager",
    "processor",
    "service",
    "utils",
}

WRITES = {
    "BatchExecuteStatement",
    "BatchWriteItem",
    "DeleteItem",
    "ExecuteStatement",
    "ExecuteTransaction",
    "PutItem",
    "TransactWriteItems",
    "UpdateItem",
    "batch_execute_statement",
    "batch_write_item",
    "batch_writer",
    "delete_item",
    "execute_statement",
    "execute_transaction",
    "put_item",
    "transact_write_items",
    "update_item",
}


def modules(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def name_of(module: Path) -> str:
    """As it is imported: makegood.ledger.table."""
    relative = module.relative_to(PACKAGE.parent if PACKAGE in module.parents else FUNCTIONS)
    parts = relative.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(name: str) -> str:
    """makegood.ledger.table → ledger."""
    if name.startswith("makegood.ledger.audit"):
        return "ledger.audit"
    steps = name.split(".")
    return steps[1] if len(steps) > 1 else ""


def imported(module: Path, *, running: bool = False) -> Iterator[str]:
    """Full names of imported modules; with `running`, without those only type checkers read."""
    nodes: Iterator[ast.AST] = _run_nodes(tree(module)) if running else ast.walk(tree(module))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{module}: a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _run_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _run_nodes(child)


OURS = modules(PACKAGE)
IDS = [name_of(module) for module in OURS]


@pytest.mark.parametrize("module", OURS, ids=IDS)
def test_imports_run_one_way(module: Path) -> None:
    part = part_of(name_of(module))
    if not part:
        return
    allowed = MAY_IMPORT[part] | {part}
    parts = {part_of(name) for name in imported(module) if name.startswith("makegood.")}
    assert parts <= allowed, f"{part} must not import {sorted(parts - allowed)}"


def test_the_documented_parts_are_the_parts_and_may_use_what_they_may_import() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("| part |")[2].partition("\n\n")[0]
    documented = {}
    for row in table.splitlines()[2:]:
        part, _, uses = (cell.strip() for cell in row.strip("|").split("|"))
        name = part.strip("`").removesuffix("/").removesuffix(".py").replace("/", ".")
        documented[name] = set(uses.split(", ")) - {"nothing"}

    assert documented == MAY_IMPORT


@pytest.mark.parametrize("module", modules(FUNCTIONS), ids=name_of)
def test_a_function_imports_no_other_function(module: Path) -> None:
    others = {name_of(other) for other in modules(FUNCTIONS)} - {name_of(module)}
    assert not others & set(imported(module))


PURE_MODULES = [module for module in OURS if part_of(name_of(module)) in PURE]


@pytest.mark.parametrize("module", PURE_MODULES, ids=name_of)
def test_rules_know_nothing_of_the_world(module: Path) -> None:
    roots = {name.split(".")[0] for name in imported(module)}
    assert not roots & IMPURE
    others = roots - set(sys.stdlib_module_names) - {"makegood", "pydantic", "pydantic_core"}
    assert not others


@pytest.mark.parametrize("module", PURE_MODULES, ids=name_of)
def test_rules_ask_no_clock(module: Path) -> None:
    asked = {"now", "utcnow", "today", "fromtimestamp"}
    called = {
        node.func.attr
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not asked & called


# No float comes near credits or money. Strict JSON has to read what is then refused.
FLOATS_READ = {"makegood.events.strict_json"}


@pytest.mark.parametrize("module", PURE_MODULES, ids=name_of)
def test_no_float_is_near_credits(module: Path) -> None:
    if name_of(module) in FLOATS_READ:
        return
    for node in ast.walk(tree(module)):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), node.lineno
        assert not (isinstance(node, ast.Name) and node.id in {"float", "round"}), node.lineno
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), node.lineno


def closure(start: Path) -> set[str]:
    """All of our modules that are loaded with this one, as far as imports are at the top."""
    by_name = {name_of(module): module for module in OURS}
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for name in imported(waiting.pop(), running=True):
            # Importing a module imports the packages that it lies in.
            steps = name.split(".")
            for end in range(1, len(steps) + 1):
                module = ".".join(steps[:end])
                if module in by_name and module not in seen:
                    seen.add(module)
                    waiting.append(by_name[module])
    return seen


@pytest.mark.parametrize("module", modules(FUNCTIONS), ids=name_of)
def test_no_function_loads_the_audit_or_a_tool(module: Path) -> None:
    """One may fold accounts at night, by code that shares nothing with what it checks."""
    unwanted = {"tools"} if name_of(module) == "reconciliation" else {"ledger.audit", "tools"}
    assert not [name for name in closure(module) if part_of(name) in unwanted]


def test_what_checks_accounts_at_night_takes_no_more_of_the_audit_than_the_folding() -> None:
    folding = {"audit", "entries", "lots", "snapshots", "stored"}
    loaded = closure(FUNCTIONS / "reconciliation.py")
    audit = {name.split(".")[-1] for name in loaded if part_of(name) == "ledger.audit"}
    assert audit == folding


def test_the_webhook_loads_nothing_of_the_ledger() -> None:
    loaded = {part_of(name) for name in closure(FUNCTIONS / "paddle_webhook.py")}
    assert not loaded & {"ledger", "plans", "policy", "domain", "api", "batch"}


@pytest.mark.parametrize("module", modules(PACKAGE, FUNCTIONS), ids=name_of)
def test_only_the_table_writes_to_dynamodb(module: Path) -> None:
    words = {
        node.value if isinstance(node, ast.Constant) else node.attr
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    }
    allowed = {"TransactWriteItems"} if name_of(module) == "makegood.ledger.table" else set()
    assert words & WRITES <= allowed


def test_every_put_is_conditional() -> None:
    """Items are made in one place, and whoever makes one says on which condition it is put."""
    table = PACKAGE / "ledger" / "table.py"
    makers = 0
    for function in ast.walk(tree(table)):
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = {
            node.func.id
            for node in ast.walk(function)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if "_put" not in calls:
            continue
        makers += 1
        for returned in ast.walk(function):
            if isinstance(returned, ast.Return):
                assert "ConditionExpression" in ast.unparse(returned), function.name
    assert makers == 2


@pytest.mark.parametrize(
    "module",
    modules(PACKAGE, FUNCTIONS, ROOT / "local"),
    ids=lambda module: str(module.relative_to(ROOT)),
)
def test_names_and_sizes_stay_modest(module: Path) -> None:
    steps = {*module.relative_to(ROOT).parts[1:-1], module.stem}
    assert not steps & BANNED_NAMES
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LINES_MAX
    for node in ast.walk(tree(module)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            lines = node.end_lineno - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("module", modules(PACKAGE, FUNCTIONS), ids=name_of)
def test_classes_are_not_called_what_modules_may_not_be(module: Path) -> None:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ClassDef):
            assert not node.name.lower().endswith(("manager", "helper", "utils", "impl")), node.name
