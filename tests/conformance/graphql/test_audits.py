"""All audits of graphql-http, the reference suite of the GraphQL over HTTP specification."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow

Run = Callable[[str], list[dict[str, Any]]]


def test_all_audits_pass(run_client: Run) -> None:
    found = run_client("audit.mjs")

    assert [audit for audit in found if audit["status"] != "ok"] == []
    assert Counter(audit["name"].split()[0] for audit in found) == {"MUST": 13, "SHOULD": 23, "MAY": 25}
