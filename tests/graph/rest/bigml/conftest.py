"""A plain client of the dialect, and resources that tests only read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from tests.server import KEY, USER, Server, wait_for

DATA = Path(__file__).parents[3] / "data" / "bigml"
FINAL = (5, -1)


class Bigml:
    """Sends requests with credentials in the query string."""

    def __init__(self, url: str, user: str = USER, key: str = KEY) -> None:
        self.url = url
        self.auth = {"username": user, "api_key": key}
        self.http = httpx2.Client(base_url=url, timeout=60)

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """The status and the JSON of an answer; None without one."""
        content = None if body is None else orjson.dumps(body)
        answer = self.http.request(method, f"/andromeda/{path}", params={**self.auth, **query}, content=content)
        return answer.status_code, orjson.loads(answer.content) if answer.content else None

    def get(self, id: str, **query: Any) -> Any:
        """A document."""
        status, body = self.send("GET", id, **query)
        assert status == 200, body
        return body

    def create(self, kind: str, **arguments: Any) -> Any:
        """A new resource as the create call answers it."""
        status, body = self.send("POST", kind, arguments)
        assert (status, body["code"]) == (201, 201), body
        return body

    def update(self, id: str, **changes: Any) -> Any:
        """A document after its change."""
        status, body = self.send("PUT", id, changes)
        assert (status, body["code"]) == (202, 202), body
        return body

    def delete(self, id: str, **query: Any) -> None:
        """Deletes."""
        assert self.send("DELETE", id, **query) == (204, None)

    def ended(self, id: str) -> Any:
        """The document, once its job has ended."""
        wait_for(lambda: self.get(id, full="false"), lambda found: found["status"]["code"] in FINAL)
        return self.get(id)

    def finished(self, id: str) -> Any:
        """The document, once its job has ended well."""
        found = self.ended(id)
        assert found["status"]["code"] == 5, found["status"]
        return found

    def make(self, kind: str, **arguments: Any) -> Any:
        """A new resource, once its job has ended well."""
        return self.finished(self.create(kind, **arguments)["resource"])

    def count(self, kind: str) -> int:
        """How many resources of a type there are."""
        return int(self.get(kind, limit=1)["meta"]["total_count"])

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, int, Any]:
        """The status, the service code and the details of a refusal."""
        status, answer = self.send(method, path, body, **query)
        assert answer["code"] == status
        assert answer["status"]["message"]
        return status, answer["status"]["code"], answer["status"].get("extra")


@pytest.fixture(scope="session")
def bigml(shared_server: Server) -> Iterator[Bigml]:
    client = Bigml(shared_server.url)
    yield client
    client.http.close()


@pytest.fixture(scope="session")
def iris_source(bigml: Bigml) -> Any:
    return bigml.make("source", data=(DATA / "iris.csv").read_text(), name="iris", tags=["flowers"])


@pytest.fixture(scope="session")
def iris_dataset(bigml: Bigml, iris_source: Any) -> Any:
    return bigml.make("dataset", source=iris_source["resource"])


@pytest.fixture(scope="session")
def iris_model(bigml: Bigml, iris_dataset: Any) -> Any:
    return bigml.make("model", dataset=iris_dataset["resource"])
