"""The vendor's own client, unmodified, against a running server: the public acceptance cases."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server import KEY, USER, Server

# The client is installed on first use, and it sleeps for seconds between its looks at a job.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLIENT = ("bigml==9.8.3",)
CASES = Path(__file__).with_name("cases.py")
DATA = Path(__file__).parents[2] / "data" / "bigml"
NAMES = re.findall(r"^def (p\d+_\w+|tasks)\(", CASES.read_text(), re.MULTILINE)


@pytest.mark.parametrize("case", NAMES)
def test_the_client_works(case: str, shared_server: Server, tmp_path: Path, client_python: Callable[..., Path]) -> None:
    interpreter = client_python("bigml", CLIENT)
    environment = {**os.environ, "BIGML_USERNAME": USER, "BIGML_API_KEY": KEY}

    run = subprocess.run(
        [interpreter, CASES, case, shared_server.url, DATA, tmp_path],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]


def test_all_cases_of_types_that_are_built_are_there() -> None:
    """P10, P11 and P12 are about ensembles, clusters and anomaly detectors."""
    numbers = sorted(int(name[1:].partition("_")[0]) for name in NAMES if name != "tasks")

    assert numbers == [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18]
