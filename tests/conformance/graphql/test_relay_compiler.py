"""The Relay compiler accepts the schema: connections, refetchable fragments, unions, mutations, subscriptions."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conformance.graphql.conftest import Operations

pytestmark = pytest.mark.slow


def test_relay_compiles_against_the_schema(node_folder: Path, sdl: str, operations: Operations, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "relaySource.js").write_text(operations.relay)
    (tmp_path / "schema.graphql").write_text(sdl)
    settings = {"src": "./src", "schema": "./schema.graphql", "language": "javascript"}
    (tmp_path / "relay.config.json").write_text(json.dumps(settings))

    done = subprocess.run(
        ["node", node_folder / "node_modules" / "relay-compiler" / "cli.js", "relay.config.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    made = {path.name.partition(".")[0] for path in (tmp_path / "src" / "__generated__").iterdir()}
    declared = {
        line.split()[1].rstrip("(")
        for line in operations.relay.splitlines()
        if line.strip().startswith(("query ", "fragment ", "mutation ", "subscription "))
    }
    assert {name.partition("(")[0] for name in declared} <= made
