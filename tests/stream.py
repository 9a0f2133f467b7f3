"""A subscriber that can be cut off: graphql-transport-ws by hand, so that the test decides when to break the line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import connect

from tests.server import KEY

JOB_EVENTS = """subscription($id: ID!, $after: BigInt) {
  jobEvents(id: $id, after: $after) { sequence kind state progress message } }"""


@contextmanager
def job_events(
    url: str, job_id: str, *, after: int | None = None, key: str = KEY
) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a job as they come; leaving the block cuts the line."""
    address = url.replace("http", "ws", 1) + "/graphql"
    with connect(address, subprotocols=["graphql-transport-ws"], close_timeout=1) as socket:  # type: ignore[list-item]
        socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}))
        assert json.loads(socket.recv(10))["type"] == "connection_ack"
        variables = {"id": job_id, "after": after}
        socket.send(
            json.dumps({"id": "1", "type": "subscribe", "payload": {"query": JOB_EVENTS, "variables": variables}})
        )

        def events() -> Iterator[dict[str, Any]]:
            for text in socket:
                message = json.loads(text)
                if message["type"] == "complete":
                    return
                assert message["type"] == "next", message
                assert "errors" not in message["payload"], message
                yield message["payload"]["data"]["jobEvents"]

        yield events()
