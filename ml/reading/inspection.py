"""A first look at a raw file: its format, how it is to be read, and the fields it seems to have."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ml.fields import Field, ItemAnalysis, TermAnalysis
from ml.memory import prefer_compact_memory
from ml.reading.bytestream import detect_compression
from ml.reading.charset import shown_charset
from ml.reading.formats import open_table
from ml.reading.inference import infer_field
from ml.reading.options import Compression, Format, ParserOptions
from ml.reading.table import Sample

_CONTENT_TYPES = {
    Format.CSV: "text/csv",
    Format.ARFF: "text/x-arff",
    Format.JSON: "application/json",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a raw file turned out to be.

    `options` have every value filled in, so that reading with them repeats this reading. `row_estimate` is exact for
    small files, extrapolated for large ones, and None where nothing can be said.
    """

    format: Format
    compression: Compression
    content_type: str
    charset: str
    options: ParserOptions
    fields: list[Field]
    row_estimate: int | None


def inspect(
    path: Path,
    *,
    file_name: str,
    options: ParserOptions,
    disable_datetime: bool = False,
    term_analysis: TermAnalysis | None = None,
    item_analysis: ItemAnalysis | None = None,
) -> Inspection:
    """Looks at a file, all of it when it is small and a sample when not. `file_name` is the name it was sent under.

    Raises UnreadableError when it is empty or no table of a known format.
    """
    prefer_compact_memory()
    table = open_table(path, options, file_name=file_name)
    sample = table.sample()
    resolved = table.options
    fields = [
        infer_field(
            column,
            _joined(sample.table.column(index)),
            index=index,
            options=resolved,
            disable_datetime=disable_datetime,
            term_analysis=term_analysis,
            item_analysis=item_analysis,
        )
        for index, column in enumerate(table.columns)
    ]
    form = resolved.format or Format.CSV
    return Inspection(
        format=form,
        compression=detect_compression(path),
        content_type=_CONTENT_TYPES[form],
        charset=shown_charset(resolved.encoding or "utf-8"),
        options=resolved,
        fields=fields,
        row_estimate=_row_estimate(sample),
    )


def _joined(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _row_estimate(sample: Sample) -> int | None:
    if sample.is_whole:
        return int(sample.table.num_rows)
    return int(sample.table.num_rows / sample.share) if sample.share > 0 else None
