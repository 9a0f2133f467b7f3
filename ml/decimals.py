"""The five decimals to which inputs are rounded before they meet a model, and numbers as they are written out."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

DECIMALS = 5
"""Inputs, thresholds, scores and statistics carry this many decimals (BigML.io API documentation)."""

_SCALE = 10.0**DECIMALS
_EXACT = 1e9
"""Below this size a number times the scale keeps enough digits to decide which way it is rounded."""
_WHOLE = 2.0**53
"""Beyond this size writers of JSON have no integers that hold every number, and readers lose digits."""


def rounded(value: float) -> float:
    """`round(value, 5)`, at a third of its cost for ordinary values."""
    if -_EXACT < value < _EXACT:
        scaled = value * _SCALE
        nearest = round(scaled)
        if -0.49 < scaled - nearest < 0.49:
            return nearest / _SCALE
    return round(value, DECIMALS)


def rounded_array(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`rounded` of every value, to the last bit; NaN and infinities stay. The argument is left as it is."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = values * _SCALE
        result: NDArray[np.float64] = np.rint(scaled)
        # The product is itself rounded: where its error could reach the tie, only exact decimals decide.
        distance = np.abs(np.subtract(scaled, result))
        np.abs(scaled, out=scaled)
        scaled *= np.finfo(np.float64).eps
        distance += scaled
        doubtful = np.flatnonzero(~(distance < 0.5))
        result /= _SCALE
        picked = values.flat[doubtful]
        result.flat[doubtful] = picked
        fractional = np.isfinite(picked) & (picked != np.rint(picked))
    if fractional.any():
        exact = [round(value, DECIMALS) for value in picked[fractional].tolist()]
        result.flat[doubtful[fractional]] = exact
    return result


def plain(value: float) -> int | float:
    """The value as it is written out: five decimals, and an integer where it is one."""
    short = rounded(float(value))
    return int(short) if short.is_integer() and abs(short) <= _WHOLE else short


def integral(value: float) -> int | float:
    """The value with all its decimals, and an integer where it is one."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def plain_numbers(value: Any) -> Any:  # Any: whatever JSON holds
    """A JSON value with every float in it, at any depth, as `plain` writes it; all else as it was."""
    if isinstance(value, float):
        return plain(value)
    if isinstance(value, dict):
        return {key: plain_numbers(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_numbers(entry) for entry in value]
    return value


def pairs(entries: Iterable[tuple[Any, float]]) -> list[list[Any]]:  # Any: a class name or a number
    """`(value, amount)` entries as the two-element lists of a written distribution."""
    return [[plain_numbers(value), plain(amount)] for value, amount in entries]
