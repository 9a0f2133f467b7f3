"""Environments of the vendors' own clients, each made on first use and kept beside the code."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parents[2] / ".clients"
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


@pytest.fixture(scope="session")
def client_python() -> Callable[[str, Sequence[str]], Path]:
    """Answers the interpreter of an environment with these requirements; skips the test if it cannot be made."""

    def interpreter(name: str, requirements: Sequence[str]) -> Path:
        folder = CLIENTS / name
        python, ready = folder / "bin" / "python", folder / "requirements.txt"
        wanted = "\n".join(requirements)
        if ready.exists() and ready.read_text() == wanted:
            return python
        # Made under a name of its own and then moved, so that a run beside this one never meets half of it.
        fresh = CLIENTS / f"{name}.{os.getpid()}"
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        install = [fresh / "bin" / "python", *PIP, *requirements]
        for command in ([sys.executable, "-m", "venv", "--clear", fresh], install):
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
            if done.returncode:
                shutil.rmtree(fresh, ignore_errors=True)
                pytest.skip(f"the environment {name} cannot be made: {done.stderr.strip()[-300:]}")
        (fresh / ready.name).write_text(wanted)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        return python

    return interpreter
