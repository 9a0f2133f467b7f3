"""The command `modelgraph`: its options, and which module does what. Nothing heavy is imported before it is needed."""

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeAlias, get_type_hints

from graph.errors import OperatorError
from graph.logs import LEVELS, configure
from graph.settings import PREFIX, Settings
from models.errors import ResourceError

FAILURE = 1
MISUSE = 2
INTERRUPTED = 130
ENVIRONMENT_ONLY = frozenset({"bootstrap"})
"""Settings that hold secrets: other users of the machine can read command lines."""
STORAGE = ("data_dir", "database_url")
"""Settings that every command on stored data has."""

HELP = {
    "host": "the name or address to listen on",
    "port": "the port to listen on; 0 takes a free one",
    "data_dir": "the folder for the database, contents and jobs",
    "database_url": "sqlite:///… or postgresql://…; without it a SQLite file in the data folder",
    "blob_url": "where contents are kept besides the data folder, such as s3://bucket/folder",
    "tls": "off, auto (a self-signed certificate in the data folder), or two files CERT,KEY",
    "public_url": "the address that clients see, when a proxy stands in front",
    "workers": "how many jobs run at once; 0 is one for each processor core",
    "allow_private_urls": "fetch from and post to private and loopback addresses too",
    "introspection": "answer introspection queries",
    "upload_limit_bytes": "the largest upload",
    "body_limit_bytes": "the largest body of any other request",
    "queue_limit": "how many jobs may wait or run",
    "query_cost_limit": "the cost of the dearest GraphQL operation",
    "predictor_memory_mb": "the memory for loaded models",
}

Options = Mapping[str, Any]  # Any: what argparse made of the arguments
"""The arguments of a command that are no settings."""
Command = Callable[[Settings, Options], int]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, 1 when it failed, 2 when it was called wrongly."""
    parser = _parser()
    options = vars(parser.parse_args(arguments))
    command = options.pop("command")
    try:
        configure(
            options.pop("log_level", None) or os.environ.get(f"{PREFIX}LOG_LEVEL", "info"),
            is_json=os.environ.get(f"{PREFIX}LOG_FORMAT", "text") == "json",
        )
        names = {option.name for option in fields(Settings)}
        settings = Settings.from_environment(**{name: options.pop(name) for name in names & options.keys()})
    except ValueError as problem:
        return _fail(str(problem), MISUSE)
    try:
        return int(command(settings, options))
    except (OperatorError, ResourceError) as problem:
        return _fail(str(problem), FAILURE)
    except BrokenPipeError:  # whoever reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="modelgraph",
        description="One typed graph for machine learning: raw tables in, served predictions out.",
        epilog=f"Every option is also read from the environment, as {PREFIX}<OPTION>.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = commands.add_parser(
        "serve",
        help="run the server",
        description="Runs the server. Prints `ready <base url>` on standard output once requests are answered; "
        "everything else goes to standard error, such as `admin key <key>` at the first start of all, unless "
        f"{PREFIX}BOOTSTRAP=user:apikey names the first administrator.",
    )
    _add_settings(serve, [option.name for option in fields(Settings)])
    serve.add_argument("--log-level", choices=LEVELS, help="from which level on records are written (default: info)")
    serve.set_defaults(command=_serve)

    user = _group(commands, "user", "make users")
    action = _command(user, "add", "make a user; prints its first key, once", _add_user)
    action.add_argument("name", metavar="NAME")
    action.add_argument("--admin", action="store_true", help="they may do everything everywhere")
    key = _group(commands, "key", "make keys")
    action = _command(key, "add", "make one more key for a user; prints it, once", _add_key)
    action.add_argument("name", metavar="USER")

    schema = commands.add_parser("schema", help="print the GraphQL schema")
    schema.set_defaults(command=_schema)
    _command(commands, "upgrade", "bring the tables of the database up to date", _upgrade)
    _command(commands, "doctor", "check this installation and say what is missing", _doctor)
    return parser


def _group(commands: Commands, noun: str, what: str) -> Commands:
    return commands.add_parser(noun, help=what).add_subparsers(title="commands", required=True, metavar="COMMAND")


def _command(commands: Commands, name: str, what: str, run: Command) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    _add_settings(parser, STORAGE)
    parser.set_defaults(command=run)
    return parser


def _add_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Adds options without defaults: what is not given is left to the environment."""
    kinds = get_type_hints(Settings)
    defaults = {option.name: option.default for option in fields(Settings)}
    for name in names:
        if name in ENVIRONMENT_ONLY:
            continue
        shown = defaults[name]
        text = f"{HELP.get(name, '')} (default: {shown})" if shown not in ("", None) else HELP.get(name, "")
        form: dict[str, Any] = {"type": kinds[name]}  # Any: what argparse takes
        if kinds[name] is bool:
            form = {"action": argparse.BooleanOptionalAction}
        parser.add_argument(f"--{name.replace('_', '-')}", default=None, help=text.replace("%", "%%"), **form)


def _serve(settings: Settings, _options: Options) -> int:
    gc.disable()  # what is loaded now stays: to look through it for garbage takes a tenth of the start
    try:
        from graph.app import make_app
        from graph.bootstrap import parse
        from graph.serve import serve
        from graph.upgrade import prepare

        if settings.bootstrap:
            parse(settings.bootstrap)
        serve(settings, make_app, prepare=prepare)
    finally:
        gc.enable()
    return 0


def _add_user(settings: Settings, options: Options) -> int:
    from graph.accounts import create_user

    _ensure_tables(settings)
    print(asyncio.run(create_user(settings, options["name"], is_admin=options["admin"])))
    return 0


def _add_key(settings: Settings, options: Options) -> int:
    from graph.accounts import create_key

    _ensure_tables(settings)
    print(asyncio.run(create_key(settings, options["name"])))
    return 0


def _schema(_settings: Settings, _options: Options) -> int:
    from graph.schema import sdl

    print(sdl().rstrip())
    return 0


def _upgrade(settings: Settings, _options: Options) -> int:
    from graph.lock import locked
    from graph.upgrade import Tables, tables, upgrade

    if tables(settings) is Tables.CURRENT:
        print("the database was up to date")
        return 0
    with locked(settings.data_dir):
        upgrade(settings)
    print("the database is up to date now")
    return 0


def _doctor(settings: Settings, _options: Options) -> int:
    from graph.doctor import examine

    status = 0
    for finding in examine(settings):
        print(finding, flush=True)
        if finding.needed and not finding.found:
            status = FAILURE
    return status


def _ensure_tables(settings: Settings) -> None:
    """Makes the tables where no server has done so yet; a running one has, and keeps the lock."""
    from graph.lock import locked
    from graph.upgrade import Tables, prepare, tables

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if tables(settings) is not Tables.CURRENT:
        with locked(settings.data_dir):
            prepare(settings)


def _fail(message: str, status: int) -> int:
    print(f"modelgraph: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
