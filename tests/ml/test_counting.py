import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.counting import Counting
from ml.fields import Field, Optype

FIELD = Field("000000", "c", Optype.CATEGORICAL, 0)


@pytest.fixture
def stored(tmp_path):
    def store(values):
        path = tmp_path / "it's 100% [data].parquet"
        pq.write_table(pa.table({"000000": pa.array(values, pa.string())}), path, row_group_size=3)
        return path

    return store


def test_values_are_counted(stored):
    with Counting(stored(["b", "a", None, "b", "", "'"]), 50) as counting:
        assert counting.values(FIELD, "c", limit=10) == [("b", 2), ("'", 1), ("a", 1)]
        assert counting.values(FIELD, "c", limit=1) == [("b", 2)]
        assert counting.values(FIELD, "c", limit=10, having="n > 1") == [("b", 2)]
        assert counting.missing(FIELD) == 1


def test_the_members_of_lists_are_counted_one_by_one(stored):
    with Counting(stored(["a b", "b"]), 50) as counting:
        assert counting.values(FIELD, "unnest(string_split(c, ' '))", limit=10) == [("b", 2), ("a", 1)]


def test_texts_come_in_row_order(stored):
    values = ["d", None, "a", "c", "b"]

    with Counting(stored(values), 50) as counting:
        assert [text for chunk in counting.texts(FIELD) for text in chunk.to_pylist()] == values


def test_texts_too_long_for_the_limit_are_counted_all_the_same(stored):
    generator = random.Random(0)
    words = [f"word{number}" for number in range(20_000)]
    texts = [" ".join(generator.sample(words, 10_000)) for _ in range(30)]

    with Counting(stored(texts), 8) as counting:
        counted = counting.values(FIELD, "unnest(string_split(c, ' '))", limit=100_000)
        assert sum(count for _, count in counted) == 300_000
        assert counting.values(FIELD, "c", limit=100) == [(text, 1) for text in sorted(texts)]
