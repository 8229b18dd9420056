"""Tables: one data dictionary (columns/*.csv), one way to read, validate and write. The only pandas below `world`."""

from landbridge.tables.dictionary import BASES, Column, dictionary, names
from landbridge.tables.read import read, read_any, shipped, validate
from landbridge.tables.write import write_atomic, write_csv

__all__ = [
    "BASES",
    "Column",
    "dictionary",
    "names",
    "read",
    "read_any",
    "shipped",
    "validate",
    "write_atomic",
    "write_csv",
]
