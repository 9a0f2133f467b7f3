import pyarrow as pa

from ml.memory import prefer_compact_memory


def test_columns_are_kept_in_compact_memory():
    prefer_compact_memory()
    prefer_compact_memory()

    wanted = "jemalloc" if "jemalloc" in pa.supported_memory_backends() else pa.default_memory_pool().backend_name
    assert pa.default_memory_pool().backend_name == wanted
