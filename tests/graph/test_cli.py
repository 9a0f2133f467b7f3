import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import httpx2
import pytest

import graph.serve
from graph import doctor
from graph.cli import main
from graph.lock import locked
from graph.resolvers.directory import Directory
from graph.settings import Settings
from models.database import make_database

ROOT = Path(__file__).parents[2]
BAD_NAME = "a user name has 1 to 100 characters, without spaces, colons, semicolons and ampersands"
HEAVY = ("catboost", "sklearn", "pandas", "scipy", "duckdb", "onnx")


@pytest.fixture(autouse=True)
def untouched(monkeypatch):
    """No settings of whoever runs the tests, and the logging of the tests stays what it is."""
    for name in [name for name in os.environ if name.startswith("MODELGRAPH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("graph.cli.configure", lambda *_args, **_options: None)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def run(*arguments, folder):
    return main([*arguments, "--data-dir", str(folder)])


def who_has(key, folder):
    async def find():
        database = make_database(Settings(data_dir=folder).database)
        await database.open()
        directory = Directory(database)
        await directory.refresh()
        identity = await directory.identify(key)
        await database.close()
        return identity

    return asyncio.run(find())


def set_version(folder, version):
    with sqlite3.connect(folder / "modelgraph.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    connection.close()


@pytest.fixture
def served(monkeypatch):
    """The settings that the server would have been started with."""
    found = []
    monkeypatch.setattr(graph.serve, "serve", lambda settings, *_args, **_options: found.append(settings))
    return found


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert re.findall(r"^    (\w+) ", shown, re.MULTILINE) == ["serve", "user", "key", "schema", "upgrade", "doctor"]


def test_every_setting_but_the_secret_one_is_an_option_of_serve(capsys):
    with pytest.raises(SystemExit):
        main(["serve", "--help"])

    options = set(re.findall(r"^  --([\w-]+)", capsys.readouterr().out, re.MULTILINE))
    expected = {option.name.replace("_", "-") for option in fields(Settings)} - {"bootstrap"}
    assert options == expected | {"log-level"}


def test_options_come_before_the_environment_and_that_before_defaults(served, monkeypatch):
    monkeypatch.setenv("MODELGRAPH_PORT", "1")
    monkeypatch.setenv("MODELGRAPH_HOST", "::1")
    monkeypatch.setenv("MODELGRAPH_INTROSPECTION", "true")
    monkeypatch.setenv("MODELGRAPH_BOOTSTRAP", "a:b")

    assert main(["serve", "--port", "0", "--data-dir", "/d", "--no-introspection", "--allow-private-urls"]) == 0

    assert served == [
        Settings(port=0, host="::1", data_dir=Path("/d"), introspection=False, allow_private_urls=True, bootstrap="a:b")
    ]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "many", "MODELGRAPH_PORT must be of type int, not 'many'"),
        ("INTROSPECTION", "maybe", "MODELGRAPH_INTROSPECTION must be true or false, not 'maybe'"),
    ],
)
def test_a_bad_environment_is_misuse(served, monkeypatch, capsys, name, value, message):
    monkeypatch.setenv(f"MODELGRAPH_{name}", value)

    assert main(["serve"]) == 2

    assert capsys.readouterr().err == f"modelgraph: {message}\n"
    assert served == []


def test_a_bad_bootstrap_is_found_before_the_start(served, monkeypatch, capsys):
    monkeypatch.setenv("MODELGRAPH_BOOTSTRAP", "secretwithoutname")

    assert main(["serve"]) == 1

    assert capsys.readouterr().err == "modelgraph: MODELGRAPH_BOOTSTRAP must have the form user:apikey\n"
    assert served == []


@pytest.mark.parametrize("arguments", [[], ["serve", "--portt", "1"], ["user"], ["user", "add"], ["fly"]])
def test_a_wrong_call_is_misuse(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2


def test_users_and_keys_are_made_without_a_server(folder, capsys):
    assert run("user", "add", "Alice", folder=folder) == 0
    first = capsys.readouterr().out.strip()
    assert run("user", "add", "Root", "--admin", folder=folder) == 0
    root = capsys.readouterr().out.strip()
    assert run("key", "add", "alice", folder=folder) == 0
    second = capsys.readouterr().out.strip()

    assert len({first, second, root}) == 3
    assert [(who_has(key, folder).name, who_has(key, folder).is_admin) for key in (first, second, root)] == [
        ("Alice", False),
        ("Alice", False),
        ("Root", True),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["user", "add", "ALICE"], "there is a user ALICE already"),
        (
            ["user", "add", "a:b"],
            "a user name has 1 to 100 characters, without spaces, colons, semicolons and ampersands",
        ),
        (["key", "add", "bob"], "there is no user bob"),
    ],
)
def test_what_cannot_be_made_is_said(folder, capsys, arguments, message):
    run("user", "add", "alice", folder=folder)
    capsys.readouterr()

    assert run(*arguments, folder=folder) == 1

    assert capsys.readouterr() == ("", f"modelgraph: {message}\n")


def test_users_can_be_made_while_a_server_runs(folder, capsys):
    run("upgrade", folder=folder)
    capsys.readouterr()

    with locked(folder):
        assert run("user", "add", "alice", folder=folder) == 0

    assert who_has(capsys.readouterr().out.strip(), folder).name == "alice"


def test_an_upgrade_makes_the_tables_and_then_has_nothing_to_do(folder, capsys):
    assert run("upgrade", folder=folder) == 0
    assert run("upgrade", folder=folder) == 0

    assert capsys.readouterr().out == "the database is up to date now\nthe database was up to date\n"


def test_an_upgrade_needs_the_folder_for_itself(folder, capsys):
    with locked(folder):
        assert run("upgrade", folder=folder) == 1

    assert "is in use by another server" in capsys.readouterr().err
    assert not (folder / "modelgraph.db").exists()


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0000", "the database is of an earlier version; run `modelgraph upgrade`"),
        ("9999", "the database is of a later version; run that version of Modelgraph"),
    ],
)
def test_tables_of_another_version_are_refused(folder, monkeypatch, capsys, version, message):
    run("upgrade", folder=folder)
    set_version(folder, version)
    monkeypatch.setattr(graph.serve, "serve", lambda settings, _make_app, prepare: prepare(settings))
    capsys.readouterr()

    assert run("serve", folder=folder) == 1
    assert run("user", "add", "alice", folder=folder) == 1
    assert run("doctor", folder=folder) == 1

    shown = capsys.readouterr()
    assert shown.err == f"modelgraph: {message}\n" * 2
    assert re.search(f"^MISSING +database +{re.escape(message.removeprefix('the database is '))}$", shown.out, re.M)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/name", "the database must be SQLite or PostgreSQL, not mysql"),
        ("nonsense", "Could not parse SQLAlchemy URL"),
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
    ],
)
def test_a_database_out_of_reach_is_said(folder, capsys, url, message):
    assert main(["upgrade", "--data-dir", str(folder), "--database-url", url]) == 1

    assert capsys.readouterr().err.startswith(f"modelgraph: the database cannot be used: {message}")


def test_the_doctor_finds_this_installation_fit(folder, capsys):
    assert run("doctor", folder=folder) == 0

    lines = capsys.readouterr().out.splitlines()
    marks = {line[9:27].strip(): line[:8].strip() for line in lines}
    assert list(marks) == [
        "Python",
        "packages",
        "data folder",
        "disk space",
        "database",
        "R",
        "bubblewrap",
        "user namespaces",
        "seccomp filters",
        "landlock",
    ]
    assert [mark for mark in marks.values() if mark == "MISSING"] == []
    assert not folder.exists()


def test_the_doctor_fails_only_for_what_the_server_needs(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    folder.write_text("a file, not a folder")

    assert run("doctor", folder=folder) == 1

    shown = capsys.readouterr().out
    assert re.search(r"^MISSING +data folder", shown, re.M)
    assert re.search(r"^absent +R ", shown, re.M)
    assert re.search(r"^absent +bubblewrap", shown, re.M)


def test_the_doctor_names_packages_that_are_missing(monkeypatch):
    real = doctor.metadata.version

    def version(name):
        if name == "catboost":
            raise doctor.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(doctor.metadata, "version", version)

    finding = doctor._packages()

    assert (finding.found, finding.needed, finding.detail) == (False, True, "not installed: catboost")


def python(code):
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_command_line_loads_nothing_heavy():
    loaded = python("import sys, json, graph.cli; print(json.dumps(list(sys.modules)))")

    assert {name.partition(".")[0] for name in loaded} & {
        *HEAVY,
        "sqlalchemy",
        "pydantic",
        "strawberry",
        "uvicorn",
    } == set()


def test_the_real_server_starts_answers_and_stops(folder):
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MODELGRAPH_BOOTSTRAP": "alice:key-of-alice",
        "MODELGRAPH_DATA_DIR": str(folder),
    }
    command = [sys.executable, "-m", "graph.cli", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as server:
        try:
            url = server.stdout.readline().strip().removeprefix("ready ")
            answer = httpx2.post(
                f"{url}/graphql",
                json={"query": "{ viewer { name } }"},
                headers={"Authorization": "Bearer key-of-alice"},
            )
            maps = Path(f"/proc/{server.pid}/maps").read_text()
            server.send_signal(signal.SIGTERM)
            output, errors = server.communicate(timeout=10)
        finally:
            server.kill()

    assert answer.json()["data"] == {"viewer": {"name": "alice"}}
    assert (server.returncode, output) == (0, "")
    assert "key-of-alice" not in errors
    assert "admin key" not in errors
    assert [name for name in HEAVY if f"/site-packages/{name}/" in maps] == []


def test_the_schema_is_printed(capsys):
    assert main(["schema"]) == 0

    shown = capsys.readouterr().out
    assert "\ntype Query {" in shown
    assert shown.endswith("}\n")
