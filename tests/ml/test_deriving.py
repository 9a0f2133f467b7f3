import pyarrow.parquet as pq
import pytest

from ml.deriving import Parent, derive
from ml.errors import ArgumentError
from ml.fields import Optype
from ml.filters import bind, parse_lisp
from ml.sampling import Selection, select
from ml.writing import write_csv
from tests.ml.tables import DATA, dataset, names_of, written


@pytest.fixture(scope="module")
def iris(tmp_path_factory):
    path = tmp_path_factory.mktemp("iris") / "d"
    made = dataset(DATA / "bigml" / "iris.csv", path)
    return lambda **selection: Parent(path, made.fields, Selection(**selection))


@pytest.fixture
def parent(tmp_path):
    def make(content, name, **changes):
        path = tmp_path / f"{name}.parquet"
        return Parent(path, dataset(written(tmp_path, content, name), path, changes=changes).fields)

    return make


def columns(path) -> dict[str, list]:
    return pq.read_table(path).to_pydict()


@pytest.mark.parametrize(
    ("choices", "rows"),
    [
        ([{"rate": 0.8}], 120),
        ([{"rate": 0.2}], 30),
        ([{}, {"rate": 0.3}], 195),
        ([{"range": (10, 20)}], 11),
        ([{"rate": 0.8, "seed": "a", "out_of_bag": True}], 30),
        ([{"replacement": True}], 150),
    ],
)
def test_rows_are_sampled_from_each_parent(tmp_path, iris, choices, rows):
    made = derive([iris(**choice) for choice in choices], out=tmp_path / "o")

    assert made.rows == rows == len(columns(tmp_path / "o")["000000"])
    assert made.bytes == (tmp_path / "o").stat().st_size


def test_a_dataset_of_all_rows_is_the_same(tmp_path, iris):
    made = derive([iris()], out=tmp_path / "o")

    assert columns(tmp_path / "o") == columns(iris().data)
    assert made.fields == list(iris().fields)


def test_a_sample_and_its_complement_are_the_whole(tmp_path, iris):
    derive([iris(rate=0.5, seed="a")], out=tmp_path / "in")
    derive([iris(rate=0.5, seed="a", out_of_bag=True)], out=tmp_path / "out")

    both = [list(zip(*columns(tmp_path / name).values(), strict=True)) for name in ("in", "out")]
    assert sorted(both[0] + both[1]) == sorted(zip(*columns(iris().data).values(), strict=True))


def test_rows_drawn_twice_stand_side_by_side(tmp_path, iris):
    drawn = select(150, Selection(replacement=True, seed="a"))

    derive([iris(replacement=True, seed="a")], out=tmp_path / "o")

    whole = columns(iris().data)["000000"]
    assert columns(tmp_path / "o")["000000"] == [whole[row] for row in drawn]


def test_the_range_comes_first_then_the_filter_then_the_sample(tmp_path, iris):
    chosen = bind(parse_lisp('(= (f "species") "Iris-setosa")'), iris().fields)

    made = derive([iris(range=(41, 150), rate=0.5, seed="a")], out=tmp_path / "o", row_filter=chosen)

    assert made.rows == 5
    assert set(columns(tmp_path / "o")["000004"]) == {"Iris-setosa"}


def test_row_numbers_are_those_of_the_parent(tmp_path, iris):
    fifth = bind(parse_lisp("(= (row-number) 5)"), iris().fields)

    assert derive([iris()], out=tmp_path / "o", row_filter=fifth).rows == 1
    assert columns(tmp_path / "o")["000000"] == [5.0]
    assert derive([iris(range=(6, 150))], out=tmp_path / "o", row_filter=fifth).rows == 0
    assert derive([iris(), iris()], out=tmp_path / "o", row_filter=fifth).rows == 2


def test_a_condition_may_use_a_field_that_is_not_kept(tmp_path, iris):
    chosen = bind(parse_lisp('(= (f "species") "Iris-setosa")'), iris().fields)

    made = derive([iris()], out=tmp_path / "o", row_filter=chosen, keep=["000001"])

    assert (made.rows, list(columns(tmp_path / "o"))) == (50, ["000001"])


def test_kept_fields_keep_their_ids_and_are_numbered_anew(tmp_path, iris):
    made = derive([iris()], out=tmp_path / "o", keep=["000004", "000001"])

    assert [(field.id, field.name, field.column_number, field.order) for field in made.fields] == [
        ("000001", "sepal width", 0, 0),
        ("000004", "species", 1, 1),
    ]


@pytest.mark.parametrize("keep", [["00000f"], []])
def test_fields_that_cannot_be_kept_are_refused(tmp_path, iris, keep):
    with pytest.raises(ArgumentError) as refusal:
        derive([iris()], out=tmp_path / "o", keep=keep)

    assert refusal.value.path == ("input_fields",)


def test_a_derived_dataset_needs_a_parent(tmp_path):
    with pytest.raises(ArgumentError) as refusal:
        derive([], out=tmp_path / "o")

    assert refusal.value.path == ("origin_datasets",)


def test_a_selection_that_does_not_fit_is_refused(tmp_path, iris):
    with pytest.raises(ArgumentError) as refusal:
        derive([iris(range=(1, 151))], out=tmp_path / "o")

    assert refusal.value.path == ("range",)


def test_all_parents_together_can_be_sampled(tmp_path, iris):
    made = derive(
        [iris(), iris(range=(1, 50))], out=tmp_path / "o", selection=Selection(range=(101, 200), rate=0.5, seed="a")
    )

    assert made.rows == 50
    classes = columns(tmp_path / "o")["000004"]
    assert "Iris-versicolor" not in classes
    assert classes == sorted(classes, reverse=True)


def test_fields_are_matched_by_id(tmp_path, parent):
    first = parent("n,c,only\n1.0,x,p\n2.0,y,q\n3.0,x,p\n", "first")
    second = parent("m,d\n4.5,z\n5.5,x\n6.5,z\n", "second")

    made = derive([first, second], out=tmp_path / "o")

    assert names_of(made.fields) == ["n", "c", "only"]
    assert columns(tmp_path / "o") == {
        "000000": [1.0, 2.0, 3.0, 4.5, 5.5, 6.5],
        "000001": ["x", "y", "x", "z", "x", "z"],
        "000002": ["p", "q", "p", None, None, None],
    }


def test_a_map_says_which_field_is_which(tmp_path, parent):
    first = parent("n,c\n1,x\n2,y\n3,x\n", "first")
    second = parent("d,m\nz,4\nx,5\nz,6\n", "second")
    mapped = Parent(second.data, second.fields, fields_map={"000000": "000001", "000001": "000000"})

    derive([first, mapped], out=tmp_path / "o")

    assert columns(tmp_path / "o") == {
        "000000": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "000001": ["x", "y", "x", "z", "x", "z"],
    }


def test_numbers_and_texts_become_each_other_where_they_must(tmp_path, parent):
    first = parent("n,c\n1.0,x\n2.0,y\n3.0,x\n", "first")
    second = parent("n,c\n4.5,1.50\nfoo,2.50\n6.0,3.50\n", "second")

    made = derive([first, second], out=tmp_path / "o")

    assert second.fields[0].optype is Optype.CATEGORICAL
    assert columns(tmp_path / "o")["000000"] == [1.0, 2.0, 3.0, 4.5, None, 6.0]
    assert columns(tmp_path / "o")["000001"] == ["x", "y", "x", "1.50", "2.50", "3.50"]
    assert made.rows == 6


def test_numbers_written_in_different_ways_keep_their_texts(tmp_path, parent):
    first, second = parent("n\n1.0\n2.0\n3.0\n", "first"), parent("n\n1.50\n2.50\n3.50\n", "second")
    third = parent("n\n007\n008\n009\n", "third")

    made = derive([first, second, third], out=tmp_path / "o")

    write_csv(tmp_path / "o", made.fields, tmp_path / "o.csv")
    written_values = ["1.0", "2.0", "3.0", "1.50", "2.50", "3.50", "007", "008", "009"]
    assert (tmp_path / "o.csv").read_text().split() == ["n", *written_values]


def test_the_parts_of_a_kept_datetime_are_kept(tmp_path, parent):
    dated = parent("when,n\n2020-01-05,1\n2020-01-06,2\n2020-01-07,3\n", "dated")

    made = derive([dated], out=tmp_path / "o", keep=["000000"])

    assert names_of(made.fields) == ["when", "when.year", "when.month", "when.day-of-month", "when.day-of-week"]
    assert columns(tmp_path / "o")["000000-2"] == [5.0, 6.0, 7.0]


def test_rows_are_taken_across_row_groups(tmp_path, parent):
    long = parent("n\n" + "".join(f"{number}\n" for number in range(300_000)), "long")
    picked = Parent(long.data, long.fields, Selection(range=(131_000, 263_000), rate=0.01, seed="a"))

    made = derive([picked], out=tmp_path / "o")

    expected = 130_999 + select(132_001, Selection(rate=0.01, seed="a"))
    assert columns(tmp_path / "o")["000000"] == expected.tolist()
    assert made.rows == 1320


def test_progress_is_told(tmp_path, iris):
    shares: list[float] = []

    derive([iris(), iris()], out=tmp_path / "o", progress=shares.append)

    assert shares == [0.5, 1.0]
