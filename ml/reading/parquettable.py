"""Tables as Parquet files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.errors import UnreadableError
from ml.fields import Optype
from ml.reading.cells import BATCH_ROWS, cell_text
from ml.reading.options import Format, ParserOptions
from ml.reading.table import Column, Table

_INTEGERS = {1: "int8", 2: "int16", 4: "int32", 8: "int64"}


class ParquetTable(Table):
    """A Parquet file. Floating-point columns come as doubles, all else as texts."""

    def __init__(self, path: Path, options: ParserOptions, *, share: float = 1.0) -> None:
        self._path = path
        try:
            schema = pq.read_schema(path)
            self._rows = int(pq.read_metadata(path).num_rows * share)
        except (pa.ArrowException, OSError) as problem:
            raise UnreadableError(f"The file is not a readable Parquet file: {problem}") from problem
        if not len(schema):
            raise UnreadableError("The Parquet file has no columns.")
        self.options = options.with_(
            header=True, format=Format.PARQUET, encoding="utf-8", separator=options.separator or ",",
            quote=options.quote or '"',
        )  # fmt: skip
        self.columns = tuple(_column(field) for field in schema)

    def batches(self, wanted: Sequence[int], *, missing: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """The rows in order; see `Table`."""
        passed = 0
        try:
            with pq.ParquetFile(self._path) as file:
                # By position, not by name: names may repeat, and a nested column has several leaves.
                for batch in file.iter_batches(BATCH_ROWS):
                    batch = batch.slice(0, self._rows - passed)
                    if not batch.num_rows:
                        break
                    passed += batch.num_rows
                    self.share = passed / self._rows
                    arrays = [_plain(batch.column(index)) for index in wanted]
                    yield pa.RecordBatch.from_arrays(arrays, names=[str(index) for index in wanted])
        except (pa.ArrowException, OSError) as problem:
            raise UnreadableError(f"The Parquet file breaks off after {passed} rows: {problem}") from problem
        self.share = 1.0


def _column(field: pa.Field) -> Column:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    name = field.name.strip()
    if pa.types.is_integer(kind):
        return Column(name, Optype.NUMERIC, _INTEGERS[kind.bit_width // 8])
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Column(name, Optype.NUMERIC, "double")
    if pa.types.is_boolean(kind) or pa.types.is_dictionary(field.type):
        return Column(name, Optype.CATEGORICAL, "string")
    if pa.types.is_timestamp(kind):
        zone = "%z" if kind.tz else ""
        forms = tuple(f"%Y-%m-%d %H:%M:%S{fraction}{zone}" for fraction in ("", ".%f"))
        return Column(name, Optype.DATETIME, "string", time_formats=forms)
    if pa.types.is_date(kind):
        return Column(name, Optype.DATETIME, "string", time_formats=("%Y-%m-%d",))
    if pa.types.is_time(kind):
        return Column(name, Optype.DATETIME, "string", time_formats=("%H:%M:%S", "%H:%M:%S.%f"))
    return Column(name)


def _plain(array: pa.Array) -> pa.Array:
    if isinstance(array.type, pa.BaseExtensionType):
        return pa.array([None if cell is None else str(cell) for cell in array.to_pylist()], pa.string())
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_float16(array.type) or pa.types.is_floating(array.type):
        return pc.cast(array, pa.float64())
    if (
        pa.types.is_binary(array.type)
        or pa.types.is_large_binary(array.type)
        or pa.types.is_fixed_size_binary(array.type)
    ):
        return pa.array([None if cell is None else cell.decode("utf-8", "replace") for cell in array.to_pylist()])
    if pa.types.is_nested(array.type):
        return pa.array([cell_text(cell) for cell in array.to_pylist()], pa.string())
    return pc.cast(array, pa.string())
