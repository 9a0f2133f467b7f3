import json

import pytest

from ml.errors import UnreadableError
from ml.fields import Optype
from ml.reading import ParserOptions, open_table
from ml.reading import jsontable as module
from tests.ml.tables import written


def read(folder, content, *, limit=None, wanted=None):
    table = open_table(written(folder, content, "table.json"), ParserOptions(), size_limit_bytes=limit)
    columns = range(len(table.columns)) if wanted is None else wanted
    rows = [tuple(row.values()) for batch in table.batches(columns) for row in batch.to_pylist()]
    return [column.name for column in table.columns], rows, table


@pytest.mark.parametrize(
    ("content", "names", "rows"),
    [
        ('[{"a": 1, "b": "x"}, {"b": "y", "a": 2.50}]', ["a", "b"], [("1", "x"), ("2.50", "y")]),
        ('[["a", "b"], [1, "x"], [2, null]]', ["a", "b"], [("1", "x"), ("2", None)]),
        ('{"a": 1}\n{"a": 2}\n', ["a"], [("1",), ("2",)]),
        ('["a", "b"]\n[1, 2]\n', ["a", "b"], [("1", "2")]),
        ('{"a": 1}{"a": 2}', ["a"], [("1",), ("2",)]),
        ('{\n "a": 1\n}', ["a"], [("1",)]),
        ('[{"a": true, "b": false}]', ["a", "b"], [("true", "false")]),
        ('[{"a": {"x": [1, 2]}, "b": [null]}]', ["a", "b"], [('{"x": [1, 2]}', "[null]")]),
        ('[{"a": NaN, "b": 1e400}]', ["a", "b"], [(None, "1e400")]),
        ('[{"é\\u00fc": "\\"q\\"\\n"}]', ["éü"], [('"q"\n',)]),
        ('[{"a": 1}, {}]', ["a"], [("1",), (None,)]),
        ('[["", "b"], [1, 2]]', ["field1", "b"], [("1", "2")]),
    ],
)
def test_rows_are_read(tmp_path, content, names, rows):
    assert read(tmp_path, content)[:2] == (names, rows)


def test_types_are_those_of_the_text(tmp_path):
    _, _, table = read(tmp_path, '[{"n": 1, "t": "1", "b": true, "m": 1, "e": null}, {"n": 2, "t": "2", "m": "x"}]')

    assert [column.optype for column in table.columns] == [Optype.NUMERIC, None, Optype.CATEGORICAL, None, None]


def test_rows_of_another_length_are_left_out_and_counted(tmp_path):
    _, rows, table = read(tmp_path, '[["a", "b"], [1, 2], [3], [4, 5, 6], {"a": 1}, [7, 8]]')

    assert rows == [("1", "2"), ("7", "8")]
    assert table.rejected == 3


def test_unknown_keys_are_counted_and_the_row_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SAMPLE_ROWS", 2)
    _, rows, table = read(tmp_path, '{"a": 1}\n{"a": 2}\n{"a": 3, "z": 4}\n')

    assert rows == [("1",), ("2",), ("3",)]
    assert table.rejected == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"a": 1},\n{"a": }]', "The JSON text is broken in line 2: Expecting value."),
        ('[{"a": 1},\n\n{"a" 1}]', "The JSON text is broken in line 3: Expecting ':' delimiter."),
        ('[{"a": 1} {"a": 2}]', "The JSON text is broken in line 1: a comma or the end of the array is missing."),
        ('[{"a": 1},]', "The JSON text is broken in line 1: a row is missing after the comma."),
        ('[{"a": 1}] x', "The JSON text is broken in line 1: there is text after the end of the array."),
        ('[{"a": 1}, 2]', "The JSON text is broken in line 1: a row must be an object or an array."),
        ('{"a": 1}\n[1]\n', "The JSON text has rows of different kinds: objects and others."),
        ("[]", "The JSON text has no rows."),
        ("{}", "The rows of the JSON text have no columns."),
        ("[[]]", "The rows of the JSON text have no columns."),
    ],
)
def test_a_broken_text_is_refused_with_its_line(tmp_path, content, message):
    with pytest.raises(UnreadableError) as refusal:
        read(tmp_path, content)

    assert str(refusal.value) == message


def test_an_array_that_is_not_closed_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match="the array is not closed"):
        read(tmp_path, '[{"a": 1}, {"a": 2}')


def test_deep_nesting_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match=r"broken in line 1: the nesting is too deep"):
        read(tmp_path, '[{"a": ' + "[" * 100_000 + "]" * 100_000 + "}]")


def test_many_rows_pass_through_a_small_window(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_PIECE", 16)
    rows = [{"n": number, "text": "é" * (number % 30), "more": None} for number in range(500)]

    _, found, _ = read(tmp_path, json.dumps(rows, ensure_ascii=False))

    assert found == [(str(row["n"]), row["text"], None) for row in rows]


def test_a_broken_row_far_into_the_text_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_PIECE", 16)

    with pytest.raises(UnreadableError, match="broken in line 101:"):
        read(tmp_path, '{"a": 1}\n' * 100 + '{"a": 01}\n' + '{"a": 1}\n' * 3)


@pytest.mark.parametrize(("limit", "count"), [(9, 1), (10, 1), (18, 2), (1000, 3)])
def test_a_limit_leaves_whole_rows(tmp_path, limit, count):
    assert len(read(tmp_path, '[{"a":1},{"a":2},{"a":3}]', limit=limit)[1]) == count


def test_other_encodings_are_read(tmp_path):
    assert read(tmp_path, '[{"ä": "ö"}]'.encode("utf-16"))[:2] == (["ä"], [("ö",)])


def test_only_wanted_columns_come(tmp_path):
    assert read(tmp_path, '[{"a": 1, "b": 2}]', wanted=[1])[1] == [("2",)]
