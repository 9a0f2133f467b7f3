"""A real server in a process of its own, and a plain GraphQL client for it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx2

USER, KEY = "tester", "0123456789abcdef0123456789abcdef01234567"
READY_SECONDS = 40.0


class Server:
    """`modelgraph serve` on a free port with a data folder of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = settings
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._clients: list[Graph] = []

    def graph(self, key: str | None = None) -> "Graph":
        """A client that is closed with the server; as its administrator unless another key is given."""
        client = Graph(self.url, KEY if key is None else key)
        self._clients.append(client)
        return client

    def start(self) -> Self:
        """Starts it and waits until it answers."""
        environment = {
            **os.environ,
            "MODELGRAPH_BOOTSTRAP": f"{USER}:{KEY}",
            "MODELGRAPH_DATA_DIR": str(self.folder),
            **{f"MODELGRAPH_{name.upper()}": value for name, value in self.settings.items()},
        }
        self.log = (self.folder.parent / f"{self.folder.name}.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "graph.cli", "serve", "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("ready "), f"the server did not start:\n{Path(self.log.name).read_text()[-4000:]}"
        self.url = line.split()[1]
        return self

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        assert self._process is not None
        for client in self._clients:
            client.http.close()
        self._clients.clear()
        self._process.send_signal(number)
        status = self._process.wait(20)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self.log.close()
        self._process = None
        return status

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()


class Graph:
    """Sends GraphQL to a server with a key."""

    def __init__(self, url: str, key: str = KEY) -> None:
        self.url = url
        headers = {} if not key else {"authorization": f"Bearer {key}"}
        self.http = httpx2.Client(base_url=url, headers=headers, timeout=60, verify=False)

    def raw(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        return self.http.post("/graphql", json={"query": query, "variables": variables}).json()

    def __call__(self, query: str, **variables: Any) -> Any:
        """The value of the only root field. Fails on errors."""
        body = self.raw(query, **variables)
        assert "errors" not in body, body
        values = list(body["data"].values())
        return values[0] if len(values) == 1 else body["data"]

    def create(self, kind: str, selection: str = "id", **values: Any) -> Any:
        """A new resource. Fails on a problem."""
        made = self.attempt(kind, selection, **values)
        assert made["__typename"] == kind, made
        return made

    def attempt(self, kind: str, selection: str = "id", **values: Any) -> Any:
        """What a create call gives: the resource or a problem."""
        return self(
            f"mutation($input: {kind}CreateInput!) {{ create{kind}(input: $input) {{ __typename "
            f"... on {kind} {{ {selection} }} ... on Problem {{ message code path }} }} }}",
            input=values,
        )

    def get(self, kind: str, id: str, selection: str) -> Any:
        """A resource, or None."""
        camel = kind[0].lower() + kind[1:]
        return self(f"query($id: ID!) {{ {camel}(id: $id) {{ {selection} }} }}", id=id)

    def finished(self, kind: str, id: str, selection: str = "id", *, seconds: float = 60) -> Any:
        """The resource, once its job has ended well."""
        found = self.ended(kind, id, f"{selection} stateMessage", seconds=seconds)
        assert found["state"] == "FINISHED", found
        return found

    def ended(self, kind: str, id: str, selection: str = "id", *, seconds: float = 60) -> Any:
        """The resource, once its job has ended."""
        return wait_for(
            lambda: self.get(kind, id, f"state {selection}"),
            lambda found: found["state"] in ("FINISHED", "FAILED", "CANCELED"),
            seconds=seconds,
        )

    def make(self, kind: str, selection: str = "id", **values: Any) -> Any:
        """A new resource, once its job has ended well."""
        return self.finished(kind, self.create(kind, **values)["id"], selection)


def wait_for(read: Callable[[], Any], holds: Callable[[Any], bool], *, seconds: float = 30) -> Any:
    """What `read` gives as soon as it holds. Fails when that takes too long."""
    until = time.monotonic() + seconds
    while True:
        found = read()
        if holds(found):
            return found
        assert time.monotonic() < until, f"still {found} after {seconds} seconds"
        time.sleep(0.03)
