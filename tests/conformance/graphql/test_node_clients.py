"""The clients that JavaScript programs use, unmodified."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.conformance.graphql.conftest import Operations

pytestmark = pytest.mark.slow

Run = Callable[[str], list[dict[str, Any]]]
Findings = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def findings(run_client: Run) -> Callable[[str], Findings]:
    """Runs a script, once, and gives its findings by name."""
    return cache(lambda script: {finding["name"]: finding for finding in run_client(script)})


def data(finding: dict[str, Any]) -> Any:
    """The data of the only result, which has no errors."""
    [result] = finding["results"]
    assert not result.get("errors"), finding
    assert not result.get("network"), finding
    return result["data"]


def code(finding: dict[str, Any]) -> str:
    """The code of the only error, wherever a client puts it."""
    found = finding.get("errors") or finding["results"][0]["errors"]
    assert len(found) == 1, finding
    return str(found[0]["extensions"]["code"])


def stream(finding: dict[str, Any]) -> list[Any]:
    """The data of all results of a stream without errors."""
    assert not finding.get("errors"), finding
    return [result["data"] for result in finding["results"]]


@pytest.mark.parametrize("script", ["graphql_ws.mjs", "graphql_sse.mjs"])
def test_streaming_clients(findings: Callable[[str], Findings], operations: Operations, script: str) -> None:
    found = findings(script)

    assert data(found["query"]) == operations.query_data
    assert data(found["variables"]) == operations.variables_data
    assert data(found["mutation"]) == operations.mutation_data
    assert stream(found["subscription"]) == operations.subscription_data
    assert code(found["invalid"]) == "GRAPHQL_VALIDATION_FAILED"
    assert code(found["failing"]) == operations.failing_code
    for name in found:
        if name.startswith("parallel"):
            assert stream(found[name]) == operations.subscription_data


def test_urql(findings: Callable[[str], Findings], operations: Operations) -> None:
    found = findings("urql.mjs")

    for way in ("post", "get"):
        assert data(found[f"query {way}"]) == operations.query_data
        assert data(found[f"variables {way}"]) == operations.variables_data
        assert code(found[f"invalid {way}"]) == "GRAPHQL_VALIDATION_FAILED"
        assert code(found[f"failing {way}"]) == operations.failing_code
    assert data(found["mutation"]) == operations.mutation_data
    assert stream(found["subscription"]) == operations.subscription_data


def test_apollo(findings: Callable[[str], Findings], operations: Operations) -> None:
    found = findings("apollo.mjs")

    assert data(found["query"]) == operations.query_data
    assert data(found["variables"]) == operations.variables_data
    assert data(found["mutation"]) == operations.mutation_data
    assert code(found["invalid"]) == "GRAPHQL_VALIDATION_FAILED"
    assert code(found["failing"]) == operations.failing_code
    assert stream(found["subscription"]) == operations.subscription_data


def test_apollo_persisted_queries(findings: Callable[[str], Findings], operations: Operations) -> None:
    found = findings("apollo.mjs")

    # The first time the hash is unknown and the text follows; after that the hash is enough, with GET too.
    assert found["persisted first"]["methods"] == ["POST hash", "POST text"]
    assert found["persisted again"]["methods"] == ["POST hash"]
    assert found["persisted get"]["methods"] == ["GET hash"]
    assert found["persisted get first"]["methods"][0] == "GET hash"
    assert found["persisted get first"]["methods"][1].endswith("text")
    for name in ("persisted first", "persisted again", "persisted get"):
        assert data(found[name]) == operations.variables_data
    assert data(found["persisted get first"]) == operations.query_data
    assert data(found["persisted mutation"]) == operations.mutation_data
