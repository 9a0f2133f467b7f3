"""Two streams of tables about the same rows, cut into batches differently, brought together."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from ml.errors import DataError


def aligned(left: Iterable[pa.Table], right: Iterable[pa.Table]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The tables of `left`, each with the rows of `right` at the same place; DataError when `right` ends too early."""
    rest = iter(right)
    held: list[pa.Table] = []
    rows = 0
    for table in left:
        while rows < table.num_rows:
            following = next(rest, None)
            if following is None:
                raise DataError("There are fewer rows on one side than on the other.")
            held.append(following)
            rows += following.num_rows
        together = pa.concat_tables(held) if len(held) > 1 else (held[0] if held else next(rest, pa.table({})))
        yield table, together.slice(0, table.num_rows)
        held = [together.slice(table.num_rows)]
        rows -= table.num_rows
