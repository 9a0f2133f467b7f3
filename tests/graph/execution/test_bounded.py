"""A bounded store forgets the least recently used."""

from graph.execution.bounded import BoundedStore


def store(*, entries: int = 3, weight: int = 10) -> BoundedStore[str]:
    return BoundedStore(entries=entries, weight=weight)


def test_values_are_found_by_key() -> None:
    kept = store()
    kept.put("a", "A", weight=1)

    assert kept.get("a") == "A"
    assert kept.get("b") is None


def test_the_number_of_values_is_bounded() -> None:
    kept = store(entries=2)
    for key in "abc":
        kept.put(key, key, weight=1)

    assert [kept.get(key) for key in "abc"] == [None, "b", "c"]


def test_reading_counts_as_use() -> None:
    kept = store(entries=2)
    kept.put("a", "A", weight=1)
    kept.put("b", "B", weight=1)
    kept.get("a")

    kept.put("c", "C", weight=1)

    assert [kept.get(key) for key in "abc"] == ["A", None, "C"]


def test_the_weight_of_all_values_is_bounded() -> None:
    kept = store(weight=10)
    kept.put("a", "A", weight=4)
    kept.put("b", "B", weight=4)

    kept.put("c", "C", weight=4)

    assert [kept.get(key) for key in "abc"] == [None, "B", "C"]


def test_a_value_heavier_than_the_store_replaces_nothing_but_its_own_key() -> None:
    kept = store(weight=10)
    kept.put("a", "A", weight=4)
    kept.put("b", "B", weight=4)

    kept.put("b", "BB", weight=11)

    assert [kept.get(key) for key in "ab"] == ["A", None]
    assert len(kept) == 1


def test_a_replaced_value_weighs_no_more() -> None:
    kept = store(weight=10)
    for weight in (9, 1, 9, 1):
        kept.put("a", str(weight), weight=weight)
    kept.put("b", "B", weight=9)

    assert [kept.get(key) for key in "ab"] == ["1", "B"]
