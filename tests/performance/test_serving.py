"""Budgets of serving: S1, S2, S3, S7, S8 and S9, each a ratio to a yardstick of the same run."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from sklearn.datasets import make_classification
from sqlalchemy import create_engine

from models.ids import new_id
from models.registry import TABLES
from tests.performance.table import line
from tests.server import KEY, USER, Graph, Server, wait_for

pytestmark = pytest.mark.bench

HERE = Path(__file__).parent
SECONDS = 3.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def bare() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, str(HERE / "bare.py"), str(port)])
    wait_for(lambda: answers(port), bool)
    yield port
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str, dict[str, float]]]:
    """A server with a CatBoost model of 500 trees over 20 columns, and a row for it."""
    x, y = make_classification(2000, 20, n_informative=10, random_state=0)
    header = ",".join(f"x{index}" for index in range(20)) + ",y"
    table = "\n".join(
        [header, *(",".join(f"{v:.4f}" for v in row) + f",c{label}" for row, label in zip(x, y, strict=True))]
    )
    with Server(tmp_path_factory.mktemp("serving") / "data") as server:
        graph = server.graph()
        source = graph.http.post("/upload", params={"name": "table.csv"}, content=table).json()
        dataset = graph.create("Dataset", sourceId=source["id"])
        model = graph.make(
            "Model", datasetId=dataset["id"], algorithm="CATBOOST", catboost={"iterations": 500, "depth": 6}
        )
        yield server, model["id"], {f"x{index}": round(float(v), 4) for index, v in enumerate(x[0])}


def post(path: str, body: object, **headers: str) -> str:
    content = json.dumps(body)
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(content.encode())}", "", content])


def load(port: int, request: str, connections: int) -> dict[str, float]:
    order = {
        "host": "127.0.0.1",
        "port": port,
        "request": request,
        "connections": connections,
        "seconds": SECONDS,
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "load.py")], input=json.dumps(order), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    assert found["failed"] == 0
    return found


PREDICT = """query Predict($model: ID!, $row: JSON!) { predict(model: $model, input: $row) {
  ... on Outcome { output probability probabilities { className score } } } }"""


def test_single_predictions(serving: tuple[Server, str, dict[str, float]], bare: int) -> None:
    """S1 and S2: one row over HTTP, through the REST dialect and through GraphQL."""
    server, model, row = serving
    port = urlsplit(server.url).port
    assert port is not None
    yardstick = post("/bare", {"model": model, "input_data": row})
    rest = post(f"/prediction?username={USER}&api_key={KEY}", {"model": model, "input_data": row})
    graphql = post(
        "/graphql", {"query": PREDICT, "variables": {"model": model, "row": row}}, Authorization=f"Bearer {KEY}"
    )
    for connections, rest_budget, graphql_budget in ((1, 0.4, 0.2), (32, 0.6, 0.3)):
        limit = load(bare, yardstick, connections)
        for name, request, budget in (("S1 REST", rest, rest_budget), ("S2 GraphQL", graphql, graphql_budget)):
            found = load(port, request, connections)
            line(
                name,
                f"one row, {connections} connections, {found['rps']:.0f} of {limit['rps']:.0f} requests/s, "
                f"p50 {found['p50']:.2f} ms, p99 {found['p99']:.2f} ms",
                found["rps"] / limit["rps"],
                at_least=budget,
            )


LISTING = """{ models(first: 100) { nodes { id name description state rowCount columnCount objectiveName size } } }"""


def fill(server: Server, kind: str, count: int) -> None:
    """Adds rows straight to the database, as only their number matters."""
    engine = create_engine(f"sqlite:///{server.folder}/modelgraph.db")
    table = TABLES[kind]
    rows = [table(id=new_id(kind), name=f"{kind} {number:07d}").model_dump() for number in range(count)]
    with engine.begin() as connection:
        for start in range(0, count, 10_000):
            connection.execute(table.__table__.insert(), rows[start : start + 10_000])
    engine.dispose()


def best(graph: Graph, ask, repeats: int = 30) -> float:
    """The median time of a request in milliseconds."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        ask(graph)
        times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2] * 1e3


def test_lists(tmp_path: Path) -> None:
    """S3 and S7: a page through GraphQL against REST, and among many against among few."""
    with Server(tmp_path / "data") as server:
        graph = server.graph()
        fill(server, "model", 1000)
        ask_graphql = lambda g: g(LISTING)  # noqa: E731
        ask_rest = lambda g: g.http.get(f"/andromeda/model?username={USER}&api_key={KEY}&limit=100").json()  # noqa: E731
        assert len(ask_graphql(graph)["nodes"]) == len(ask_rest(graph)["objects"]) == 100
        few, rest = best(graph, ask_graphql), best(graph, ask_rest)
        line("S3", f"100 × 8: GraphQL {few:.1f} ms, REST {rest:.1f} ms", few / rest, at_most=3)
        fill(server, "model", 99_000)
        many = best(graph, ask_graphql)
        line("S7", f"a page among 1e5 {many:.1f} ms, among 1e3 {few:.1f} ms", many / few, at_most=1.5)
        for order in ("NAME", "CREATED_AT", "ROW_COUNT"):
            ordered = f"{{ models(first: 100, orderBy: [{{field: {order}, direction: DESC}}]) {{ nodes {{ id }} }} }}"
            took = best(graph, lambda g, q=ordered: g(q), 10)
            line("S7", f"ordered by {order} among 1e5: {took:.1f} ms", took, at_most=20)


def test_idle_server(tmp_path: Path) -> None:
    """S8 and S9: memory of an idle server with all its processes, and the time until it answers."""
    starts = []
    for number in range(3):
        server = Server(tmp_path / f"data{number}")
        began = time.perf_counter()
        server.start()
        starts.append(time.perf_counter() - began)
        if number < 2:
            server.stop()
    time.sleep(6)
    root = psutil.Process(server.pid)
    processes = [root, *root.children(recursive=True)]
    pss = sum(process.memory_full_info().pss for process in processes) / 1e6
    server.stop()
    line("S8", f"idle, {len(processes)} processes, MB of memory (PSS)", pss, at_most=300)
    line("S9", f"seconds from start to ready, median of {len(starts)}", sorted(starts)[1], at_most=2.5)
