import pytest
from sqlalchemy import inspect
from sqlmodel import Session

from models.database import Database
from models.dataset import Dataset
from models.ids import new_id
from models.resource import State
from tests.models.factories import dataset, inserting


def test_a_row_has_the_defaults_of_its_columns() -> None:
    one, other = dataset(name="iris"), dataset()

    assert (one.name, other.name, one.state, one.revision, one.objective_id) == ("iris", "", State.FINISHED, 1, None)
    assert (one.tags, one.custom, one.fields) == ([], {}, [])
    assert one.tags is not other.tags
    assert one.created_at <= other.created_at
    assert inspect(one).transient


def test_a_given_value_wins_over_its_default_also_when_it_is_none() -> None:
    row = dataset(tags=["a"], custom=None)

    assert (row.tags, row.custom) == (["a"], None)


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(TypeError, match="Dataset has no column colour, nam"):
        dataset(nam="iris", colour="red")


def test_rows_compare_and_dump_like_other_models() -> None:
    id = new_id("dataset")
    row = Dataset(id=id, name="iris")

    assert Dataset(**row.model_dump()).model_dump() == row.model_dump()
    assert set(row.model_dump()) == set(Dataset.model_fields)
    assert "name='iris'" in repr(row)


async def test_changes_of_a_new_row_and_of_a_stored_one_are_stored(database: Database) -> None:
    row = dataset()
    row.name = "before it was stored"
    await database.write(inserting(row))

    def unit(session: Session) -> str:
        found = session.get_one(Dataset, row.id)
        before, found.name = found.name, "after"
        return before

    assert await database.write(unit) == "before it was stored"
    assert (await database.read(lambda session: session.get_one(Dataset, row.id))).name == "after"
