"""The first step of reading a column of texts: white space off, missing values out."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SPACE = np.uint8(32)
_BEYOND_ASCII = np.uint8(127)


def cleaned(texts: pa.Array, tokens: Sequence[str], *, trim: bool, are_marked: bool = False) -> pa.Array:
    """The texts without white space around them if they are to `trim`, null where only a missing token is left.

    `are_marked` says that what is a missing token without trimming is null already.
    """
    trimmed = trimmed_texts(texts) if trim else texts
    if not tokens or (are_marked and trimmed is texts):
        return trimmed
    known = pa.array([token.strip() for token in tokens] if trim else tokens, pa.string())
    missing = pc.is_in(trimmed, value_set=known)
    return pc.if_else(missing, None, trimmed) if pc.any(missing).as_py() else trimmed


def trimmed_texts(texts: pa.Array) -> pa.Array:
    """The texts without white space around them; the same array where there is none."""
    return pc.utf8_trim_whitespace(texts) if _may_have_edges(texts) else texts


def _may_have_edges(texts: pa.Array) -> bool:
    """Whether a text may begin or end with white space: with a byte up to the blank, or one of another script.

    Looking at two bytes a text costs a fifth of trimming them all, and hardly any column has such edges.
    """
    _, offset_bytes, data = texts.buffers()
    if data is None or not len(texts):
        return False
    offsets = np.frombuffer(offset_bytes, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    starts, ends = offsets[:-1], offsets[1:]
    if not (starts < ends).all():
        full = starts < ends
        starts, ends = starts[full], ends[full]
    raw = np.frombuffer(data, dtype=np.uint8)
    return any(((edge <= _SPACE) | (edge > _BEYOND_ASCII)).any() for edge in (raw[starts], raw[ends - 1]))
