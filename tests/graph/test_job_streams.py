"""The end of a stream of job events: after the last one, and only then."""

from tests.server import Graph
from tests.stream import job_events


def test_a_subscriber_who_has_seen_the_end_is_told_so(graph: Graph, iris: str) -> None:
    job = graph.make("Source", "job { id }", data=iris)["job"]["id"]
    with job_events(graph.url, job, after=0) as events:
        last = list(events)[-1]
    assert last["state"] == "FINISHED"

    with job_events(graph.url, job, after=last["sequence"]) as events:
        assert list(events) == []


def test_a_stream_goes_on_when_the_job_was_retried(graph: Graph) -> None:
    job = graph.create("Source", "id job { id }", data="")
    graph.ended("Source", job["id"])
    retried = graph("mutation($id: ID!) { retryJob(id: $id) { ... on Job { state } } }", id=job["job"]["id"])
    assert retried == {"state": "QUEUED"}

    with job_events(graph.url, job["job"]["id"], after=0) as events:
        states = [event["state"] for event in events if event["kind"] == "STATE"]

    assert states.count("FAILED") == 2
    assert states[-1] == "FAILED"
