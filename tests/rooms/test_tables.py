"""Tables: the dictionary, faults all at once, atomic writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from landbridge import tables
from landbridge.errors import BadInput, BadTable, DataMissing, UnknownName


def test_every_shipped_table_obeys_its_dictionary() -> None:
    root = Path(tables.__file__).parents[1] / "data"
    known = set(tables.names())
    seen = 0
    for path in sorted(root.glob("*.csv")):
        if path.stem in known:
            tables.read(path, path.stem)
            seen += 1
    assert seen >= 4


def test_dictionary_columns_have_a_meaning_and_a_known_type() -> None:
    from landbridge.tables.dictionary import TYPES

    for table in tables.names():
        for column in tables.dictionary(table).values():
            assert column.meaning, (table, column.name)
            assert column.type in TYPES or "|" in column.type, (table, column.name)


def test_all_faults_of_a_table_at_once() -> None:
    raw = pd.DataFrame({"key": ["a", ""], "citations": ["x", "y"]})
    with pytest.raises(BadTable) as caught:
        tables.validate(raw, "sources", "mine.csv")
    message = str(caught.value)
    assert "column 'citation' is missing" in message and "unknown column 'citations'" in message


def test_missing_file_and_unknown_table(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="is missing"):
        tables.read(tmp_path / "none.csv", "sources")
    with pytest.raises(UnknownName, match="sources"):
        tables.dictionary("source")


def test_write_is_atomic(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    tables.write_csv(target, pd.DataFrame({"x": [1.0]}))
    with pytest.raises(BadInput, match="cannot write"):
        tables.write_atomic(tmp_path / "a.csv" / "b.csv", "x")
    assert target.read_text(encoding="utf-8") == "x\n1\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
