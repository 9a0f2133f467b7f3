"""Fixtures that several levels of tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import Graph, Server

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that do not harm it."""
    with Server(tmp_path_factory.mktemp("server") / "data", allow_private_urls="true") as server:
        yield server


@pytest.fixture
def graph(shared_server: Server) -> Graph:
    """A client of the shared server, as its administrator."""
    return shared_server.graph()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, not started yet."""
    made = Server(tmp_path / "data", allow_private_urls="true")
    yield made
    made.__exit__()


@pytest.fixture(scope="session")
def iris() -> str:
    """Fisher's irises as CSV."""
    return (DATA / "bigml" / "iris.csv").read_text()
