"""Lines of the table that `make bench` prints."""


def line(number: str, what: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> None:
    """Prints a figure beside its budget; a missed budget is marked, not hidden."""
    met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    budget = f"≥ {at_least}" if at_least is not None else f"≤ {at_most}"
    print(f"\n{number:<11} {value:>8.2f}  {budget:<8} {'met   ' if met else 'MISSED'}  {what}", end="")
