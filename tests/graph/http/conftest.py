"""Clients, in process, of an application that serves the library schema."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.graph.http.library_app import library_app


@pytest.fixture
def make_client() -> Callable[..., TestClient]:
    """Makes clients for applications with other options."""
    return lambda **options: TestClient(library_app(**options), follow_redirects=False)


@pytest.fixture
def client() -> TestClient:
    return TestClient(library_app(), follow_redirects=False)
