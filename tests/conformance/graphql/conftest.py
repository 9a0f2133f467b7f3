"""A live server, what is asked of it, and the clients of others to ask with.

To run the suites against another server, give `graphql_url`, `authorization`, `sdl` and `operations` other values: the
tests know no schema.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.graph.execution.library import library_schema

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CLIENTS = ROOT / ".clients" / "graphql"


@dataclass(frozen=True)
class Operations:
    """Operations of a schema, each with the data it must give; none of them changes the answers of another."""

    query: str
    query_data: dict[str, Any]
    query_with_variables: str
    variables: dict[str, Any]
    variables_data: dict[str, Any]
    invalid: str
    failing: str
    failing_code: str
    mutation: str
    mutation_data: dict[str, Any]
    subscription: str
    subscription_data: list[dict[str, Any]]
    relay: str


@pytest.fixture(scope="session")
def graphql_url() -> Iterator[str]:
    """The address of the endpoint of a server that runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.conformance.graphql.library_server"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready "), f"the server did not start: {line!r}"
    yield f"{line.split()[1]}/graphql"
    process.terminate()
    process.stdout.close()
    assert process.wait(10) is not None


@pytest.fixture(scope="session")
def authorization() -> str:
    """The Authorization header to send."""
    return "Bearer ada"


@pytest.fixture(scope="session")
def sdl() -> str:
    """The schema that the server serves."""
    return library_schema().as_str()


@pytest.fixture(scope="session")
def operations() -> Operations:
    """What is asked of the server."""
    return Operations(
        query="{ hello reader }",
        query_data={"hello": "hello world", "reader": "ada"},
        query_with_variables="query Titles($first: Int!) { books(first: $first) { nodes { title } } }",
        variables={"first": 2},
        variables_data={"books": {"nodes": [{"title": "Book 0"}, {"title": "Book 1"}]}},
        invalid="{ nowhere }",
        failing='{ fail(how: "missing") }',
        failing_code="NOT_FOUND",
        mutation='mutation { addBook(input: {title: "New"}) { ... on Book { title } } }',
        mutation_data={"addBook": {"title": "New"}},
        subscription="subscription { count(to: 3) }",
        subscription_data=[{"count": 1}, {"count": 2}, {"count": 3}],
        relay=(HERE / "relay_source.js").read_text(),
    )


@pytest.fixture(scope="session")
def node_folder() -> Path:
    """The folder where the clients of package.json are installed; made on first use, skipped where it cannot be."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    CLIENTS.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package-lock.json").read_text()
    ready = CLIENTS / "installed.json"
    if not ready.exists() or ready.read_text() != wanted:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, CLIENTS)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"the clients cannot be installed: {done.stderr.strip()[-300:]}")
        ready.write_text(wanted)
    return CLIENTS


@pytest.fixture(scope="session")
def run_client(
    node_folder: Path, graphql_url: str, authorization: str, operations: Operations
) -> Callable[[str], list[dict[str, Any]]]:
    """Runs a script of this folder with node; it prints one JSON object a finding."""

    def run(name: str) -> list[dict[str, Any]]:
        # Beside the packages, since that is where node looks for them.
        shutil.copy(HERE / "given.mjs", node_folder)
        script = Path(shutil.copy(HERE / name, node_folder))
        given = json.dumps({"url": graphql_url, "authorization": authorization, **asdict(operations)})
        done = subprocess.run(
            ["node", script], input=given, capture_output=True, text=True, timeout=60, cwd=node_folder, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
