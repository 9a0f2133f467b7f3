import pyarrow as pa
import pytest

from ml.cleaning import cleaned, trimmed_texts

TOKENS = ("", "NA", "?")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (" a ", "a"),
        ("a", "a"),
        ("\ta b\n", "a b"),
        ("\u00a0x\u3000", "x"),
        ("éa", "éa"),
        (" NA ", None),
        ("", None),
        (" ", None),
    ],
)
def test_texts_lose_their_edges_and_missing_ones_become_null(text, result):
    assert cleaned(pa.array([text, "b", None]), TOKENS, trim=True).to_pylist() == [result, "b", None]


def test_without_trimming_edges_belong_to_the_value():
    assert cleaned(pa.array([" a ", " NA", "NA"]), TOKENS, trim=False).to_pylist() == [" a ", " NA", None]


def test_without_tokens_nothing_is_missing():
    assert cleaned(pa.array(["", "NA"]), (), trim=True).to_pylist() == ["", "NA"]


def test_texts_without_edges_are_not_copied():
    texts = pa.array(["a", "", "b c"])

    assert trimmed_texts(texts) is texts


def test_a_slice_is_looked_at_by_itself():
    assert trimmed_texts(pa.array([" a", "b ", "c"]).slice(1)).to_pylist() == ["b", "c"]
    assert trimmed_texts(pa.array([], pa.string())).to_pylist() == []
