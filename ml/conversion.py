"""From the texts of a raw column to the columns of a dataset, field by field, counting what does not fit."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.cleaning import cleaned
from ml.fields import Field, Optype
from ml.numbers import NumberFormat, format_numbers, number_style, parse_numbers
from ml.reading.inference import items_analysis, text_analysis
from ml.reading.options import ParserOptions
from ml.times import Part, detect_formats, moments, part_values, parts_of

TEXT_SUFFIX = "#text"
"""What the name of a column ends with that holds the source texts of a numeric field."""

ERROR_SAMPLE = 10
"""How many different texts that do not fit a field are shown."""

_ERRORS_KEPT = 1000
_ERROR_LENGTH = 128


@dataclass(frozen=True, slots=True)
class FieldErrors:
    """Values that did not fit their field and became missing: how many, and some with counts, frequent ones first."""

    total: int
    sample: list[tuple[str, int]] = field(default_factory=list)


class Conversion(ABC):
    """Turns the texts of one field into columns of a dataset, piece by piece.

    `schema` may grow until the first piece has been converted; `settled` gives the fields with what was learned.
    """

    def __init__(self, described: Field, options: ParserOptions) -> None:
        self.field = described
        self._tokens = options.missing_tokens if described.missing_tokens is None else described.missing_tokens
        self._trim = options.trim
        self._locale = described.locale or options.locale
        self._are_marked = False
        self._misfits = 0
        self._misfit_texts: Counter[str] = Counter()

    @property
    def schema(self) -> dict[str, pa.DataType]:
        """Names and types of the columns."""
        return {self.field.id: pa.string()}

    @property
    def settled(self) -> list[Field]:
        """The field and those generated from it."""
        return [self.field]

    @property
    def errors(self) -> FieldErrors | None:
        """What did not fit, None if nothing."""
        if not self._misfits:
            return None
        return FieldErrors(self._misfits, self._misfit_texts.most_common(ERROR_SAMPLE))

    def read_with(self, options: ParserOptions, *, are_marked: bool) -> None:
        """Goes on with texts of a file that has these options; `are_marked` says that missing ones are null already."""
        self._are_marked = are_marked
        self._tokens = options.missing_tokens if self.field.missing_tokens is None else self.field.missing_tokens
        self._trim = options.trim
        self._locale = self.field.locale or options.locale

    def convert(self, raw: pa.Array) -> dict[str, pa.Array]:
        """The columns for the next texts (or doubles) of the raw column."""
        texts = raw if pa.types.is_string(raw.type) else format_numbers(raw, None)
        return self._converted(cleaned(texts, self._tokens, trim=self._trim, are_marked=self._are_marked))

    @abstractmethod
    def _converted(self, texts: pa.Array) -> dict[str, pa.Array]:
        """The columns for texts that are clean, missing ones null."""

    def _reject(self, texts: pa.Array) -> None:
        self._misfits += len(texts)
        if len(self._misfit_texts) < _ERRORS_KEPT:
            counted = pc.value_counts(pc.utf8_slice_codeunits(texts, 0, _ERROR_LENGTH)).to_pylist()
            self._misfit_texts.update({entry["values"]: entry["counts"] for entry in counted[:_ERRORS_KEPT]})


class _Text(Conversion):
    _is_analysed = False

    def _converted(self, texts: pa.Array) -> dict[str, pa.Array]:
        if texts.null_count < len(texts) and not self._is_analysed:
            self._is_analysed = True
            self._analyse(texts.drop_null())
        return {self.field.id: texts}

    def _analyse(self, values: pa.Array) -> None:
        """Fills in how the texts are to be cut, where the field does not say so."""
        if self.field.optype is Optype.TEXT:
            self.field = self.field.with_(term_analysis=text_analysis(values, self.field.term_analysis))
        elif self.field.item_analysis is None:
            self.field = self.field.with_(item_analysis=items_analysis(values))


class _Category(Conversion):
    def _converted(self, texts: pa.Array) -> dict[str, pa.Array]:
        declared = self.field.custom.get("categories")
        if declared is not None:
            fits = pc.or_kleene(pc.is_in(texts, value_set=pa.array(declared, pa.string())), pc.is_null(texts))
            if not pc.all(fits).as_py():
                self._reject(texts.filter(pc.invert(fits)))
                texts = pc.if_else(fits, texts, None)
        return {self.field.id: texts}


class _Number(Conversion):
    def __init__(self, described: Field, options: ParserOptions, *, keep_text: bool) -> None:
        super().__init__(described, options)
        self._format = NumberFormat()
        self._keep_text = keep_text
        self._style = number_style(self._locale)

    @property
    def schema(self) -> dict[str, pa.DataType]:
        columns = {self.field.id: pa.float64()}
        if self.needs_text:
            columns[self.field.id + TEXT_SUFFIX] = pa.string()
        return columns

    @property
    def settled(self) -> list[Field]:
        return [self.field.with_(decimals=None if self.needs_text else self._format.decimals)]

    @property
    def needs_text(self) -> bool:
        """Whether the texts seen cannot be told from the numbers, so that they must be stored."""
        return self._keep_text or not self._format.is_faithful

    def read_with(self, options: ParserOptions, *, are_marked: bool) -> None:
        super().read_with(options, are_marked=are_marked)
        self._style = number_style(self._locale)

    def convert(self, raw: pa.Array) -> dict[str, pa.Array]:
        if pa.types.is_string(raw.type):
            return super().convert(raw)
        finite = pa.array(np.isfinite(raw.fill_null(np.nan).to_numpy(zero_copy_only=False)))
        infinite = pc.is_inf(raw)
        if pc.any(infinite).as_py():
            self._reject(format_numbers(raw.filter(infinite), None))
        values = pc.if_else(finite, raw, None)
        return {self.field.id: values, self.field.id + TEXT_SUFFIX: format_numbers(values, None)}

    def _converted(self, texts: pa.Array) -> dict[str, pa.Array]:
        values = parse_numbers(texts, self._style)
        if values.null_count != texts.null_count:
            misfit = pc.and_(pc.is_null(values), pc.is_valid(texts))
            self._reject(texts.filter(misfit))
            texts = pc.if_else(misfit, None, texts)
        if not self.needs_text:
            self._format.see(texts, values)
        return {self.field.id: values, self.field.id + TEXT_SUFFIX: texts}


class _Moment(Conversion):
    @property
    def schema(self) -> dict[str, pa.DataType]:
        return {self.field.id: pa.string()} | {part.id: pa.float64() for part in self._parts()}

    @property
    def settled(self) -> list[Field]:
        return [self.field, *self._parts()]

    def _converted(self, texts: pa.Array) -> dict[str, pa.Array]:
        if not self.field.time_formats and texts.null_count < len(texts):
            day_first = not self._locale.lower().startswith("en_us")
            self.field = self.field.with_(time_formats=detect_formats(texts.drop_null(), day_first=day_first))
        times = moments(texts, self.field.time_formats)
        if times.null_count != texts.null_count:
            misfit = pc.and_(pc.is_null(times), pc.is_valid(texts))
            self._reject(texts.filter(misfit))
            texts = pc.if_else(misfit, None, texts)
        return {self.field.id: texts} | {part.id: part_values(times, Part(part.datatype)) for part in self._parts()}

    def _parts(self) -> list[Field]:
        numbers = {part: number for number, part in enumerate(Part)}
        return [
            Field(
                id=f"{self.field.id}-{numbers[part]}",
                name=f"{self.field.name}.{part}",
                optype=Optype.NUMERIC,
                column_number=self.field.column_number,
                datatype=str(part),
                order=self.field.order,
                preferred=self.field.preferred,
                parent_id=self.field.id,
                generated=True,
                decimals=0,
            )
            for part in parts_of(self.field.time_formats)
        ]


def conversion(described: Field, options: ParserOptions, *, keep_text: bool = False) -> Conversion:
    """What turns the texts of a field into columns; with `keep_text` a numeric one keeps its texts in any case."""
    match described.optype:
        case Optype.NUMERIC:
            return _Number(described, options, keep_text=keep_text)
        case Optype.DATETIME:
            return _Moment(described, options)
        case Optype.CATEGORICAL:
            return _Category(described, options)
        case Optype.TEXT | Optype.ITEMS:
            return _Text(described, options)


def lacks_text(converted: Sequence[Conversion], stored: Sequence[str]) -> set[str]:
    """The ids of numeric fields whose texts turn out to be needed but are not among the stored columns."""
    return {
        item.field.id
        for item in converted
        if isinstance(item, _Number) and item.needs_text and item.field.id + TEXT_SUFFIX not in stored
    }
