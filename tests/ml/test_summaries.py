import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml import summaries as module
from ml.fields import Field, ItemAnalysis, Optype, TermAnalysis, TokenMode
from ml.summaries import default_objective, preferred, summarise
from ml.terms import count_term
from tests.ml.tables import DATA, dataset, names_of, written

TEXTS = [
    "The dogs bark, and the dog barks.",
    "A barking DOG in the house_yard",
    "Houses and yards",
    None,
    "New York",
    "new york",
]


def field(id_: str, optype: Optype, **more) -> Field:
    return Field(id_, f"name {id_}", optype, int(id_, 16), **more)


def summary_of(folder, described: Field, values: list) -> dict:
    kind = pa.float64() if described.optype is Optype.NUMERIC else pa.string()
    path = folder / "d.parquet"
    pq.write_table(pa.table({described.id: pa.array(values, kind)}), path, row_group_size=4)
    return summarise(path, [described])[described.id]


def test_iris_is_summarised(tmp_path):
    made = dataset(DATA / "bigml" / "iris.csv", tmp_path / "d")

    found = summarise(tmp_path / "d", made.fields)

    rounded = {name: round(value, 5) for name, value in found["000002"].items() if not isinstance(value, list | dict)}
    assert rounded == {
        "population": 150,
        "missing_count": 0,
        "minimum": 1,
        "maximum": 6.9,
        "mean": 3.758,
        "median": 4.35,
        "sum": 563.7,
        "sum_squares": 2582.71,
        "variance": 3.11628,
        "standard_deviation": 1.7653,
        "skewness": -0.27213,
        "kurtosis": -1.39554,
    }
    assert found["000002"]["bins"][:3] == [[1.0, 1], [pytest.approx(1.16667, abs=1e-5), 3], [1.3, 7]]
    assert len(found["000002"]["bins"]) == 32
    assert found["000002"]["exact_histogram"]["start"] == 1.0
    assert found["000002"]["exact_histogram"]["width"] == 0.2
    assert found["000002"]["exact_histogram"]["populations"][:2] == [2, 9]
    assert found["000003"]["counts"][:2] == [[0.1, 5], [0.2, 29]]
    assert found["000004"] == {
        "categories": [["Iris-setosa", 50], ["Iris-versicolor", 50], ["Iris-virginica", 50]],
        "missing_count": 0,
    }
    assert json.loads(json.dumps(found)) == found


def test_the_lines_a_client_prints_of_iris_are_the_published_ones(tmp_path):
    made = dataset(DATA / "bigml" / "iris.csv", tmp_path / "d")
    found = summarise(tmp_path / "d", made.fields)

    def shown(value: float) -> str:
        rounded = round(value, 5)
        return str(int(rounded) if rounded == int(rounded) else rounded)

    printed = []
    for described in preferred(made.fields, found, made.rows):
        summary = found[described.id]
        if described.optype is Optype.NUMERIC:
            content = "[{}, {}], mean: {}".format(*(shown(summary[name]) for name in ("minimum", "maximum", "mean")))
        else:
            listed = ", ".join(f"{name} ({count})" for name, count in summary["categories"])
            content = f"{len(summary['categories'])} categorìes: {listed}"
        printed.append(
            f"{described.column_number},{described.id},{described.name},,,{described.optype},"
            f'{str(described.preferred).lower()},{summary["missing_count"]},0,"{content}",'
        )

    assert printed == (DATA / "bigml" / "fields_summary.csv").read_text().splitlines()[1:]


def test_categories_are_in_order_of_frequency_then_name(tmp_path):
    values = ["b", "a", "c", "c", None, "ä", "B", "", "b,\"c'"]

    found = summary_of(tmp_path, field("000000", Optype.CATEGORICAL), values)

    assert found == {
        "categories": [["c", 2], ["B", 1], ["a", 1], ["b", 1], ["b,\"c'", 1], ["ä", 1]],
        "missing_count": 1,
    }


def test_very_many_categories_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CATEGORY_LIMIT", 3)

    found = summary_of(tmp_path, field("000000", Optype.CATEGORICAL), list("aabbbcddde"))

    assert found["categories"] == [["b", 3], ["d", 3], ["a", 2]]


def test_a_text_has_a_cloud_of_terms_and_their_forms(tmp_path):
    analysis = TermAnalysis(language="en", token_mode=TokenMode.TOKENS_ONLY)

    found = summary_of(tmp_path, field("000000", Optype.TEXT, term_analysis=analysis), TEXTS)

    assert found == {
        "tag_cloud": [["bark", 3], ["dog", 3], ["house", 2], ["new", 2], ["yard", 2], ["york", 2]],
        "term_forms": {"bark": ["barks", "barking"], "dog": ["dogs"], "house": ["houses"], "yard": ["yards"]},
        "missing_count": 1,
    }


def test_the_counts_of_a_cloud_equal_those_of_the_client(tmp_path):
    analysis = TermAnalysis(language="en", token_mode=TokenMode.TOKENS_ONLY)

    found = summary_of(tmp_path, field("000000", Optype.TEXT, term_analysis=analysis), TEXTS)

    for term, count in found["tag_cloud"]:
        forms = found["term_forms"].get(term, [])
        assert sum(count_term(text, term, forms, analysis) for text in TEXTS) == count, term


@pytest.mark.parametrize(
    ("analysis", "terms"),
    [
        (TermAnalysis(token_mode=TokenMode.FULL_TERMS_ONLY), [["xx yy", 2], ["7", 1], ["yy xx", 1]]),
        (
            TermAnalysis(token_mode=TokenMode.FULL_TERMS_ONLY, case_sensitive=True),
            [["7", 1], ["XX YY", 1], ["xx yy", 1], ["yy xx", 1]],
        ),
        (TermAnalysis(token_mode=TokenMode.TOKENS_ONLY), [["xx", 3], ["yy", 3], ["7", 1]]),
        (TermAnalysis(stem_words=False), [["xx", 3], ["yy", 3], ["xx yy", 2], ["7", 1]]),
        (TermAnalysis(enabled=False), []),
    ],
)
def test_terms_follow_the_analysis(tmp_path, analysis, terms):
    values = ["xx yy", "XX YY", "yy xx", "7"]

    found = summary_of(tmp_path, field("000000", Optype.TEXT, term_analysis=analysis), values)

    assert found["tag_cloud"] == terms


@pytest.mark.parametrize(
    ("analysis", "values", "items"),
    [
        (ItemAnalysis(), ["a,b", "b", None, "b,,c"], [["b", 3], ["a", 1], ["c", 1]]),
        (ItemAnalysis(separator="'"), ["a'b", "b"], [["b", 2], ["a", 1]]),
        (ItemAnalysis(separator_regexp=r"\s*;\s*"), ["a ; b", "b"], [["b", 2], ["a", 1]]),
    ],
)
def test_items_are_counted(tmp_path, analysis, values, items):
    found = summary_of(tmp_path, field("000000", Optype.ITEMS, item_analysis=analysis), values)

    assert found == {"items": items, "missing_count": values.count(None)}


def test_a_datetime_tells_only_what_is_missing(tmp_path):
    assert summary_of(tmp_path, field("000000", Optype.DATETIME), ["2020-01-01", None]) == {"missing_count": 1}


@pytest.mark.parametrize("optype", Optype)
def test_columns_without_values_are_summarised(tmp_path, optype):
    described = field("000000", optype)

    assert summary_of(tmp_path, described, [None, None])["missing_count"] == 2
    assert summary_of(tmp_path, described, [])["missing_count"] == 0


def test_long_columns_are_read_again_rather_than_held(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HELD_ROWS", 10)
    values = np.random.default_rng(0).normal(size=1000).tolist()

    found = summary_of(tmp_path, field("000000", Optype.NUMERIC), [*values, None])

    assert found["median"] == np.median(values)
    assert (found["population"], found["missing_count"]) == (1000, 1)


def test_counting_goes_on_with_little_memory(tmp_path):
    generator = np.random.default_rng(0)
    values = [f"value {number}" for number in generator.integers(0, 50_000, 200_000)]
    path = tmp_path / "d.parquet"
    pq.write_table(pa.table({"000000": values}), path)

    found = summarise(path, [field("000000", Optype.CATEGORICAL)], memory_limit_mb=40)

    expected = sorted(Counter(values).items(), key=lambda entry: (-entry[1], entry[0]))[: module.CATEGORY_LIMIT]
    assert found["000000"]["categories"] == [list(entry) for entry in expected]


def test_progress_is_told_field_by_field(tmp_path):
    made = dataset(DATA / "bigml" / "iris.csv", tmp_path / "d")
    shares: list[float] = []

    summarise(tmp_path / "d", made.fields, progress=shares.append)

    assert shares == [0.2, 0.4, 0.6, 0.8, 1.0]


def flags(folder, header: str, rows: list[str], **changes) -> dict[str, bool]:
    made = dataset(written(folder, "\n".join([header, *rows, ""])), folder / "d", changes=changes)
    found = preferred(made.fields, summarise(folder / "d", made.fields), made.rows)
    return dict(zip(names_of(found), [each.preferred for each in found], strict=True))


def test_constants_empty_columns_and_identifiers_are_not_preferred(tmp_path):
    rows = [
        f"1,,id-{n:03},{'ab'[n % 2]},same,{n * 1.5},word{n % 7} and so on {n},2020-01-{n % 28 + 1:02}"
        for n in range(60)
    ]

    assert flags(tmp_path, "one,none,id,class,text,n,prose,day", rows) == {
        "one": False,
        "none": False,
        "id": False,
        "class": True,
        "text": False,
        "n": True,
        "prose": True,
        "day": True,
        "day.year": False,
        "day.month": False,
        "day.day-of-month": True,
        "day.day-of-week": True,
    }


def test_texts_that_are_identifiers_are_not_preferred(tmp_path):
    rows = [f"id-{n:05},{n % 5}" for n in range(1500)]

    assert flags(tmp_path, "id,n", rows) == {"id": False, "n": True}


def test_the_default_objective_is_the_last_telling_field(tmp_path):
    fields = [
        field("000000", Optype.NUMERIC),
        field("000001", Optype.CATEGORICAL),
        field("000002", Optype.NUMERIC, preferred=False),
        field("000003", Optype.TEXT),
        field("000004", Optype.NUMERIC, generated=True, parent_id="000003"),
    ]

    assert default_objective(fields) == "000001"
    assert default_objective(fields[2:4]) == "000002"
    assert default_objective(fields[3:]) is None
    assert default_objective([]) is None
