"""Which allocator the columns of tables are kept in."""

from functools import cache

import pyarrow as pa


@cache
def prefer_compact_memory() -> None:
    """Makes Arrow take memory for this process from jemalloc, where Arrow was built with it.

    Columns are allocated by one thread and freed by another; with the default allocator the process then keeps half as
    much again as with this one.
    """
    if "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
