"""The tables and the dictionary made from them."""

from pathlib import Path

import pytest

from geo.model import tables

HERE = Path(__file__).parents[3]


def test_the_data_dictionary_is_what_the_tables_say():
    assert (HERE / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == tables.dictionary()


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_default_of_a_choice_is_one_of_its_choices(table):
    for column in table.columns:
        assert not column.default or not column.choices or column.default in column.choices


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_no_column_is_declared_twice(table):
    assert len(set(table.names)) == len(table.names)


@pytest.mark.parametrize("name", ["team_id", "answers", "text", "occurred"])
def test_who_when_and_free_text_are_private_everywhere(name):
    for table in tables.TABLES:
        if name in table.names:
            assert table.column(name).audience == "private"
