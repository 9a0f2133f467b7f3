"""Small datasets on disk, as the rest of the system lays them down: a Parquet file, fields and summaries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ml.fields import Field, ItemAnalysis, Optype, TermAnalysis, field_id
from ml.summaries import summarise
from ml.trees import TreeModel, TreeParameters, grow


@dataclass(frozen=True)
class Dataset:
    data: Path
    fields: list[Field]
    summaries: dict[str, dict[str, Any]]
    rows: list[dict[str, Any]]

    def id(self, name: str) -> str:
        return next(item.id for item in self.fields if item.name == name)

    def grow(
        self, objective: str, *, inputs: Sequence[str] | None = None, rows: Any = None, **arguments: Any
    ) -> TreeModel:
        """A tree of this dataset; fields are given by name, inputs default to all others."""
        if arguments.get("weight_field"):
            arguments["weight_field"] = self.id(arguments["weight_field"])
        named = [item.name for item in self.fields if item.name != objective] if inputs is None else inputs
        return grow(
            self.data,
            self.fields,
            self.summaries,
            objective=self.id(objective),
            inputs=[self.id(name) for name in named],
            parameters=TreeParameters(**arguments),
            rows=rows,
        )


def dataset(
    folder: Path,
    columns: Mapping[str, Sequence[Any]],
    optypes: Mapping[str, Optype] | None = None,
    **analysis: TermAnalysis | ItemAnalysis,
) -> Dataset:
    """A dataset of named columns: numeric where all values are numbers, else categorical unless `optypes` says."""
    fields, arrays = [], []
    for number, (name, values) in enumerate(columns.items()):
        present = [value for value in values if value is not None]
        is_number = all(isinstance(value, (int, float)) for value in present)
        optype = (optypes or {}).get(name, Optype.NUMERIC if is_number else Optype.CATEGORICAL)
        own = analysis.get(name)
        item = Field(
            field_id(number),
            name,
            optype,
            number,
            datatype="double" if optype is Optype.NUMERIC else "string",
            order=number,
            term_analysis=own if isinstance(own, TermAnalysis) else TermAnalysis() if optype is Optype.TEXT else None,
            item_analysis=own if isinstance(own, ItemAnalysis) else ItemAnalysis() if optype is Optype.ITEMS else None,
        )
        fields.append(item)
        arrays.append(pa.array(values, pa.float64() if optype is Optype.NUMERIC else pa.string()))
    path = folder / "data.parquet"
    pq.write_table(pa.table(arrays, names=[item.id for item in fields]), path, compression="zstd")
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return Dataset(path, fields, summarise(path, fields), rows)
