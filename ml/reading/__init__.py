"""Raw files of many formats as tables of texts, and the fields that they seem to have."""

from ml.reading.formats import open_table
from ml.reading.inspection import Inspection, inspect
from ml.reading.options import Compression, Format, ParserOptions
from ml.reading.table import Column, Table

__all__ = ["Column", "Compression", "Format", "Inspection", "ParserOptions", "Table", "inspect", "open_table"]
