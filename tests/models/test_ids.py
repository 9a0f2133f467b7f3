import threading

import pytest

from models import ids
from models.ids import digits, is_id, new_id


def test_ids_grow_whatever_thread_makes_them() -> None:
    made: list[list[str]] = [[] for _ in range(4)]

    def make(number: int) -> None:
        made[number] = [new_id("dataset") for _ in range(2000)]

    threads = [threading.Thread(target=make, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(part == sorted(part) for part in made)
    assert len({id for part in made for id in part}) == 8000
    assert all(is_id(id, "dataset") for part in made for id in part)


def test_ids_grow_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id("job")
    monkeypatch.setattr(ids.time, "time", lambda: 0.0)

    assert new_id("job") > before


def test_an_id_begins_with_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last_tick", 0)
    monkeypatch.setattr(ids.time, "time", lambda: 0x65F0_1234 + 0.5)

    assert new_id("source").startswith("source/65f0123480000")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("dataset/" + "0a" * 12, None, True),
        ("api_key/" + "0a" * 12, "api_key", True),
        ("dataset/" + "0a" * 12, "data", False),
        ("dataset/" + "0A" * 12, None, False),
        ("dataset/" + "0a" * 11, None, False),
        ("dataset/" + "0a" * 12 + "\n", None, False),
        ("/" + "0a" * 12, None, False),
        ("", None, False),
    ],
)
def test_ids_are_told_from_other_texts(text: str, kind: str | None, expected: bool) -> None:
    assert is_id(text, kind) is expected


def test_digits_leave_the_kind_away() -> None:
    assert digits("dataset/" + "0a" * 12) == "0a" * 12
