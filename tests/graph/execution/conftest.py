"""A fresh library schema for each test."""

import pytest

from graph.execution import GraphSchema
from tests.graph.execution.library import library_schema


@pytest.fixture
def schema() -> GraphSchema:
    return library_schema()
