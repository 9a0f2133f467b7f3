"""What happens to a training and to those who watch it when a process is killed in the middle."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.server import Graph, Server, wait_for
from tests.stream import job_events

ROWS = 20_000


def fit(iterations: int) -> dict:
    return {"algorithm": "CATBOOST", "catboost": {"iterations": iterations, "depth": 8, "threadCount": 1}}


SLOW, SLOWER = 1500, 4000


@pytest.fixture(scope="module")
def table() -> str:
    lines = ["a,b,c,d,target"]
    state = 1
    for _ in range(ROWS):
        values = []
        for _ in range(4):
            state = (state * 1103515245 + 12345) % 2**31
            values.append(state / 2**31)
        target = "yes" if values[0] * values[1] + 0.3 * values[2] > 0.5 else "no"
        lines.append(",".join(f"{value:.6f}" for value in values) + f",{target}")
    return "\n".join(lines) + "\n"


def trained(graph: Graph, table: str, iterations: int = SLOW) -> dict[str, str]:
    """A model in training, with its job."""
    source = graph.http.post("/upload", params={"name": "table.csv"}, content=table).json()
    dataset = graph.create("Dataset", sourceId=source["id"])
    graph.finished("Dataset", dataset["id"])
    return graph.create("Model", "id job { id }", datasetId=dataset["id"], **fit(iterations))


def in_the_middle(graph: Graph, job_id: str, share: float = 0.2) -> dict:
    return wait_for(
        lambda: graph.get("Job", job_id, "state progress attempt"), lambda job: job["progress"] >= share, seconds=60
    )


def job_processes(server: Server) -> list[psutil.Process]:
    """The processes of running jobs: the children of the server's forkserver."""
    children = psutil.Process(server.pid).children()
    return [job for child in children for job in child.children()]


def check_stream(events: list[dict]) -> None:
    """Each event once, in order, and only the last one is final."""
    sequences = [event["sequence"] for event in events]
    assert sequences == sorted(set(sequences))
    finals = [event["state"] for event in events if event["state"] in ("FINISHED", "FAILED", "CANCELED")]
    assert len(finals) == 1
    assert events[-1]["state"] == finals[0]


def test_server_killed_in_the_middle_of_a_training(server: Server, table: str) -> None:
    """After a restart the training goes on from its snapshot, and a subscriber misses nothing."""
    graph = server.start().graph()
    model = trained(graph, table, SLOWER)
    seen: list[dict] = []
    jobs: list[psutil.Process] = []

    def watch(events: Iterator[dict]) -> None:
        for event in events:
            seen.append(event)
            if (event["progress"] or 0) > 0.1 and not jobs:
                jobs.extend(job_processes(server))
                time.sleep(6)  # a snapshot is written every few seconds
                server.kill()

    with job_events(server.url, model["job"]["id"], after=0) as events, pytest.raises(ConnectionClosed):
        watch(events)
    assert jobs
    assert wait_for(lambda: [job for job in jobs if job.is_running()], lambda left: not left, seconds=3) == []

    graph = server.start().graph()
    with job_events(server.url, model["job"]["id"], after=seen[-1]["sequence"]) as events:
        seen += list(events)

    check_stream(seen)
    assert seen[-1]["state"] == "FINISHED"
    job = graph.get("Job", model["job"]["id"], "attempt state")
    assert job == {"attempt": 2, "state": "FINISHED"}
    resumed = [event for event in seen if event["state"] == "RUNNING" and event["kind"] == "PROGRESS"]
    assert resumed
    predicted = graph(
        "query($m: ID!) { predict(model: $m, input: {a: 0.9, b: 0.9, c: 0.1, d: 0.5}) { ... on Outcome { output } } }",
        m=model["id"],
    )
    assert predicted == {"output": "yes"}


def test_worker_killed_in_the_middle_of_a_training(server: Server, table: str) -> None:
    """The job is tried again and finishes; the subscriber sees one end."""
    graph = server.start().graph()
    model = trained(graph, table)
    seen = []
    with job_events(server.url, model["job"]["id"], after=0) as events:
        killed = False
        for event in events:
            seen.append(event)
            if not killed and (event["progress"] or 0) > 0.2:
                (job,) = job_processes(server)
                os.kill(job.pid, signal.SIGKILL)
                killed = True

    check_stream(seen)
    assert seen[-1]["state"] == "FINISHED"
    assert any(event["state"] == "QUEUED" and "tried again" in event["message"] for event in seen)
    assert graph.get("Job", model["job"]["id"], "attempt") == {"attempt": 2}


def test_canceled_job_is_gone_within_a_second(server: Server, table: str) -> None:
    """The answer to `cancelJob` comes when the process has ended, and says so."""
    graph = server.start().graph()
    model = trained(graph, table)
    in_the_middle(graph, model["job"]["id"], 0.05)
    (process,) = job_processes(server)

    began = time.monotonic()
    canceled = graph(
        "mutation($id: ID!) { cancelJob(id: $id) { __typename ... on Job { state } } }", id=model["job"]["id"]
    )
    elapsed = time.monotonic() - began

    assert canceled == {"__typename": "Job", "state": "CANCELED"}
    assert not process.is_running()
    assert elapsed < 1
    assert graph.get("Model", model["id"], "state") == {"state": "CANCELED"}
    with job_events(server.url, model["job"]["id"], after=0) as events:
        states = [event["state"] for event in events if event["kind"] == "STATE"]
    assert states == ["QUEUED", "STARTED", "RUNNING", "CANCELING", "CANCELED"]
    again = graph(
        "mutation($id: ID!) { cancelJob(id: $id) { __typename ... on Problem { code } } }", id=model["job"]["id"]
    )
    assert again == {"__typename": "Conflict", "code": "CONFLICT"}


def test_server_stopped_in_order_goes_on_after_the_next_start(server: Server, table: str) -> None:
    """SIGTERM ends the server with status 0; the job is handed back and this is no failed try."""
    graph = server.start().graph()
    model = trained(graph, table)
    in_the_middle(graph, model["job"]["id"])

    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 10

    graph = server.start().graph()
    graph.finished("Model", model["id"], seconds=90)
    assert graph.get("Job", model["job"]["id"], "attempt") == {"attempt": 1}


def test_subscriber_comes_late_and_comes_back(server: Server, table: str) -> None:
    """Whoever comes late, or was cut off and names the last event, gets the rest and the end."""
    graph = server.start().graph()
    model = trained(graph, table)
    in_the_middle(graph, model["job"]["id"])

    seen: list[dict] = []
    while not seen or seen[-1]["state"] not in ("FINISHED", "FAILED"):
        after = seen[-1]["sequence"] if seen else 0
        with job_events(server.url, model["job"]["id"], after=after) as events:
            for event in events:
                seen.append(event)
                if len(seen) % 10 == 0:
                    break
    check_stream(seen)
    with job_events(server.url, model["job"]["id"], after=0) as events:
        assert [event["sequence"] for event in events] == [event["sequence"] for event in seen]
    with job_events(server.url, model["job"]["id"]) as events:
        assert [event["sequence"] for event in events] == [seen[-1]["sequence"]]


def test_every_acknowledged_write_survives_a_kill(server: Server, tmp_path: Path) -> None:
    """What the server has answered is there after kill -9."""
    graph = server.start().graph()
    made = [graph.create("Project", name=f"p{number}")["id"] for number in range(40)]
    server.kill()

    graph = server.start().graph()
    names = [graph.get("Project", id, "name")["name"] for id in made]
    assert names == [f"p{number}" for number in range(40)]
