"""Small files and datasets that tests of the data half are made of."""

from pathlib import Path

from ml.fields import Field
from ml.ingest import Ingested, ingest
from ml.reading import Inspection, ParserOptions, inspect

DATA = Path(__file__).parents[1] / "data"


def written(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def inspected(path: Path, **options: object) -> Inspection:
    """What a file turns out to be under these parser options."""
    return inspect(path, file_name=path.name, options=ParserOptions(**options))


def dataset(path: Path, out: Path, *, changes: dict[str, dict] | None = None, **options: object) -> Ingested:
    """A dataset made of a file, its fields as inspected but for some changes by id."""
    found = inspected(path, **options)
    fields = [field.with_(**(changes or {}).get(field.id, {})) for field in found.fields]
    return ingest(path, options=found.options, fields=fields, out=out)


def names_of(fields: list[Field]) -> list[str]:
    """The names of fields in their order."""
    return [field.name for field in fields]
