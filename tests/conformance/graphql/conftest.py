"""Two live servers, what is asked of them, and the clients of others to ask with.

Everything runs against a small schema of a library, whose operations are as varied as the protocols need, and against
the real server with the real schema.
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
from tests.server import KEY, USER, Graph, Server
from tests.stream import JOB_EVENTS, job_events

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


@dataclass(frozen=True)
class Target:
    """A server that runs: its endpoint, the Authorization header to send, its schema, and what is asked of it."""

    url: str
    authorization: str
    sdl: str
    operations: Operations


def library() -> Iterator[Target]:
    """The library schema, served by the code that serves the real one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.conformance.graphql.library_server"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready "), f"the server did not start: {line!r}"
    operations = Operations(
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
        relay=(HERE / "relay_library.js").read_text(),
    )
    yield Target(f"{line.split()[1]}/graphql", "Bearer ada", library_schema().as_str(), operations)
    process.terminate()
    process.stdout.close()
    assert process.wait(10) is not None


def modelgraph(folder: Path) -> Iterator[Target]:
    """The real server with two projects and a job that has ended."""
    with Server(folder) as server:
        operations = _real_operations(server.graph())
        sdl = (ROOT / "schema.graphql").read_text()
        yield Target(f"{server.url}/graphql", f"Bearer {KEY}", sdl, operations)


def _real_operations(graph: Graph) -> Operations:
    for name in ("second", "first"):
        graph.create("Project", name=name, tags=["conformance"])
    job = graph.make("Source", "job { id }", data="a,b\n1,x\n2,y\n")["job"]["id"]
    with job_events(graph.url, job, after=0) as events:
        told = [{"jobEvents": event} for event in events]
    assert len(told) > 1
    return Operations(
        query="{ viewer { name isAdmin } }",
        query_data={"viewer": {"name": USER, "isAdmin": True}},
        query_with_variables="""query Projects($filter: ProjectFilterInput!) {
          projects(first: 2, filter: $filter, orderBy: [{field: NAME}]) { totalCount nodes { name } } }""",
        variables={"filter": {"tags": {"eq": "conformance"}}},
        variables_data={"projects": {"totalCount": 2, "nodes": [{"name": "first"}, {"name": "second"}]}},
        invalid="{ nowhere }",
        failing="{ projects(first: 201) { nodes { id } } }",
        failing_code="BAD_USER_INPUT",
        mutation='mutation { createProject(input: {name: "made"}) { ... on Project { name purpose } } }',
        mutation_data={"createProject": {"name": "made", "purpose": "PROJECT"}},
        subscription=JOB_EVENTS.replace("subscription($id: ID!, $after: BigInt)", "subscription")
        .replace("$id", f'"{job}"')
        .replace("$after", "0"),
        subscription_data=told,
        relay=(HERE / "relay_modelgraph.js").read_text(),
    )


@pytest.fixture(scope="session", params=["library", "modelgraph"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Each of the servers in turn."""
    if request.param == "library":
        yield from library()
    else:
        yield from modelgraph(tmp_path_factory.mktemp("conformance") / "data")


@pytest.fixture(scope="session")
def graphql_url(target: Target) -> str:
    """The address of the endpoint of a server that runs."""
    return target.url


@pytest.fixture(scope="session")
def authorization(target: Target) -> str:
    """The Authorization header to send."""
    return target.authorization


@pytest.fixture(scope="session")
def sdl(target: Target) -> str:
    """The schema that the server serves."""
    return target.sdl


@pytest.fixture(scope="session")
def operations(target: Target) -> Operations:
    """What is asked of the server."""
    return target.operations


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
