"""The three floors and the doors between them: which package may import which."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("graph", "models", "ml")

# The first matching prefix decides. A package may always import itself.
RULES: list[tuple[str, tuple[str, ...]]] = [
    ("ml", ()),
    ("models", ()),
    ("graph.execution", ("models.errors",)),
    ("graph.http", ("graph.execution", "models.errors")),
    (
        "graph.resolvers",
        (
            "models", "ml", "graph.spec", "graph.context", "graph.settings", "graph.jobs",
            "graph.destination", "graph.tls",
        ),
    ),
    (
        "graph.jobs",
        ("models", "ml", "graph.spec", "graph.context", "graph.settings", "graph.addresses"),
    ),
    (
        "graph.types",
        (
            "models", "ml", "graph.resolvers", "graph.spec", "graph.context", "graph.derive", "graph.jobs.runner",
        ),
    ),
    (
        "graph.rest.bigml",
        (
            "graph.rest", "graph.types", "graph.resolvers", "graph.spec", "graph.context", "graph.jobs",
            "graph.messages", "models", "ml",
        ),
    ),
    ("graph.rest", ("graph.resolvers", "graph.spec", "graph.context", "models")),
]  # fmt: skip

FOREIGN: list[tuple[str, tuple[str, ...]]] = [
    ("ml", ("sqlmodel", "sqlalchemy", "strawberry", "starlette", "uvicorn", "pydantic")),
    ("models", ("strawberry", "starlette", "uvicorn", "pandas", "catboost", "sklearn", "numpy")),
    ("graph.resolvers", ("strawberry", "starlette", "uvicorn")),
    ("graph.jobs", ("strawberry", "starlette", "uvicorn")),
]


def modules() -> list[tuple[str, Path]]:
    found = []
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found.append((name.removesuffix(".__init__"), path))
    return found


def imported(path: Path) -> set[str]:
    """What a module imports, wherever in it, except what only type checkers see."""
    tree = ast.parse(path.read_text())
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def first_rule(rules: list[tuple[str, tuple[str, ...]]], name: str) -> tuple[str, tuple[str, ...]] | None:
    return next((rule for rule in rules if within(name, rule[0])), None)


@pytest.mark.parametrize(("name", "path"), modules(), ids=[name for name, _ in modules()])
def test_module_imports_only_what_its_floor_may(name: str, path: Path) -> None:
    """A new edge in the architecture is a decision, not an accident."""
    targets = {target for target in imported(path) if target.partition(".")[0] in OURS}

    rule = first_rule(RULES, name)
    if rule is not None:
        package, allowed = rule
        wrong = {
            target
            for target in targets
            if not within(target, package)
            and not any(within(target, prefix) or within(prefix, target) for prefix in allowed)
        }
        assert wrong == set()

    foreign = first_rule(FOREIGN, name)
    if foreign is not None:
        assert {target for target in imported(path) if target.partition(".")[0] in foreign[1]} == set()


def test_nobody_imports_the_application() -> None:
    """`graph.app` knows everything; only the command line makes it."""
    importers = [name for name, path in modules() if "graph.app" in imported(path)]

    assert importers in ([], ["graph.cli"])
