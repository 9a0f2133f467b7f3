import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from graph.bootstrap import bootstrap, check_name, parse
from graph.context import Services
from graph.jobs.bus import Bus
from graph.resolvers.directory import Directory
from graph.settings import Settings
from models.blob import BlobStore
from models.database import make_database
from models.errors import InvalidInput
from models.identity import ApiKey, User


@pytest.fixture
async def services(tmp_path):
    database = make_database(f"sqlite:///{tmp_path}/test.db")
    await database.open()
    await database.write(lambda session: SQLModel.metadata.create_all(session.connection()))
    services = Services(Settings(data_dir=tmp_path), database, BlobStore(tmp_path / "blobs"), Bus())
    services.directory = Directory(database)
    yield services
    await database.close()


async def test_the_first_start_makes_an_administrator_and_shows_its_key_once(services):
    key = await bootstrap(services)

    identity = await services.directory.identify(key)
    assert (identity.name, identity.is_admin) == ("admin", True)
    assert await bootstrap(services) is None
    stored = await services.read(lambda session: list(session.scalars(select(ApiKey))))
    assert len(stored) == 1
    assert key not in str(stored[0])


async def test_the_operator_can_choose_the_first_administrator(services):
    services.settings = Settings(data_dir=services.settings.data_dir, bootstrap="Alice:key:with:colons")

    assert await bootstrap(services) is None

    identity = await services.directory.identify("key:with:colons", "alice")
    assert (identity.name, identity.is_admin) == ("Alice", True)


async def test_a_database_with_users_is_left_alone(services):
    first = await bootstrap(services)
    services.settings = Settings(data_dir=services.settings.data_dir, bootstrap="alice:another")

    assert await bootstrap(services) is None

    users = await services.read(lambda session: [user.name for user in session.scalars(select(User))])
    assert users == ["admin"]
    assert (await services.directory.identify(first)).name == "admin"


@pytest.mark.parametrize("text", ["alice", "alice:", ":key", "a b:key", "a&b:key"])
def test_what_names_no_user_and_key_is_refused(text):
    with pytest.raises(InvalidInput):
        parse(text)


@pytest.mark.parametrize("name", ["", "a" * 101, "a:b", "a;b", "a&b", "a b", "a\n", "\x7f"])
def test_names_that_no_dialect_could_carry_are_refused(name):
    with pytest.raises(InvalidInput) as refused:
        check_name(name)

    assert refused.value.message.startswith("a user name has 1 to 100 characters")


@pytest.mark.parametrize("name", ["a", "alice@example.org", "Jürgen", "a" * 100])
def test_other_names_are_fine(name):
    assert check_name(name) == name
