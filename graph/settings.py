"""What an operator may set, from the command line or the environment. Every option has one name and one default."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self, get_type_hints

PREFIX = "MODELGRAPH_"


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of a server. Each is read from the environment as MODELGRAPH_<NAME>."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("data")
    database_url: str = ""
    blob_url: str = ""
    tls: str = "off"
    public_url: str = ""
    workers: int = 0
    bootstrap: str = ""
    allow_private_urls: bool = False
    introspection: bool = True
    upload_limit_bytes: int = 5_000_000_000
    body_limit_bytes: int = 64_000_000
    queue_limit: int = 1000
    query_cost_limit: int = 50_000
    predictor_memory_mb: int = 512

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **overrides: Any) -> Self:
        """Defaults, then the environment, then `overrides` that are not None. Raises ValueError naming a bad one."""
        environment = os.environ if environment is None else environment
        kinds = get_type_hints(cls)
        values: dict[str, Any] = {}
        for option in fields(cls):
            text = environment.get(PREFIX + option.name.upper())
            if text is not None:
                values[option.name] = _parse(option.name, kinds[option.name], text)
        values.update((name, value) for name, value in overrides.items() if value is not None)
        return replace(cls(), **values)

    @property
    def database(self) -> str:
        """The address of the database: the one that is set, or a file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve()}/modelgraph.db"

    @property
    def job_slots(self) -> int:
        """How many jobs run at once: as set, or one for each processor core."""
        return self.workers or os.cpu_count() or 1


def _parse(name: str, kind: type, text: str) -> Any:
    if kind is bool:
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off", ""):
            return False
        raise ValueError(f"{PREFIX}{name.upper()} must be true or false, not {text!r}")
    try:
        return kind(text)
    except ValueError as problem:
        raise ValueError(f"{PREFIX}{name.upper()} must be of type {kind.__name__}, not {text!r}") from problem
