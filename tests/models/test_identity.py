import pytest

from models.identity import Identity, Role, hash_key, new_key
from tests.models.factories import dataset

HERE, ELSEWHERE = "project/here", "project/elsewhere"


def someone(role: Role | None = None, *, is_admin: bool = False) -> Identity:
    return Identity("user/me", "me", is_admin=is_admin, roles={} if role is None else {HERE: role})


@pytest.mark.parametrize(
    ("held", "asked", "expected"),
    [
        (None, Role.VIEWER, False),
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.EDITOR, False),
        (Role.EDITOR, Role.EDITOR, True),
        (Role.EDITOR, Role.ADMIN, False),
        (Role.ADMIN, Role.VIEWER, True),
    ],
)
def test_a_role_contains_the_lesser_ones(held: Role | None, asked: Role, expected: bool) -> None:
    assert someone(held).has_role(HERE, asked) is expected
    assert someone(held).has_role(ELSEWHERE, asked) is False
    assert someone(held).has_role(None, asked) is False
    assert someone(held, is_admin=True).has_role(ELSEWHERE, asked) is True


@pytest.mark.parametrize(
    ("role", "project", "creator", "may_read", "may_write"),
    [
        (None, None, "user/me", True, True),
        (None, None, "user/you", False, False),
        (None, None, None, False, False),
        (None, HERE, "user/me", True, False),
        (Role.VIEWER, HERE, "user/you", True, False),
        (Role.VIEWER, HERE, "user/me", True, False),
        (Role.EDITOR, HERE, "user/you", True, True),
        (Role.EDITOR, ELSEWHERE, "user/you", False, False),
        (Role.EDITOR, None, "user/you", False, False),
    ],
)
def test_who_may_read_and_write_a_row(
    role: Role | None, project: str | None, creator: str | None, may_read: bool, may_write: bool
) -> None:
    row = dataset(project_id=project, creator_id=creator)

    assert someone(role).may_read(row) is may_read
    assert someone(role).may_write(row) is may_write
    assert someone(role, is_admin=True).may_write(row)


def test_keys_are_random_and_stored_as_their_hash() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert all(len(key) == 40 for key in keys)
    assert hash_key("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
