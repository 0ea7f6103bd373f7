"""How a file's columns become ours, and one row per category."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.model.table_source import TableSource
from geo.model.tables import BY_NAME, Raw
from geo.reading.conforming import Conformed, conform
from tests.geo.reading import worst_registry


def made(table: str, row: dict[str, str], **settings: object) -> Conformed:
    raw = Raw("f.csv", pd.DataFrame([row], dtype="str"), np.array([2]))
    source = replace(TableSource(table, Path("f.csv")), **settings)
    return conform(raw, BY_NAME[table], worst_registry.mission(), source, worst_registry.NOW)


def test_a_time_that_also_serves_as_id_stays_a_time_when_its_row_is_split() -> None:
    row = {"Timestamp": "2005-12-04 09:41", "What": "box;police"}
    columns = {"incident_id": "Timestamp", "occurred": "Timestamp", "category": "What"}
    done = made("incidents", row, split=";", columns=columns)
    assert done.frame["incident_id"].tolist() == ["2005-12-04 09:41", "2005-12-04 09:41#2"]
    assert done.frame["occurred"].nunique() == 1
    assert done.frame["occurred"].notna().all()
    assert done.frame["category"].tolist() == ["box", "police"]


@pytest.mark.parametrize(
    "headers",
    [
        ("№ участка", "Область", "Долгота", "Широта", "Число избирателей"),
        ("Учаске нөмірі", "Облыс", "Бойлық", "Ендік", "Сайлаушылар саны"),
        ("Polling station number", "Region", "Longitude", "Latitude", "Registered voters"),
    ],
)
@pytest.mark.capability("A mapping is proposed for unknown headers", page="files")
def test_first_message_about_foreign_headers_holds_the_whole_mapping_as_toml(headers) -> None:
    found = made("stations", dict.fromkeys(headers, "1")).defects
    said = found.loc[found["code"] == "column_missing", "expected"]
    blocks = [text[text.index("[tables") :] for text in said if "[tables" in text]
    assert len(blocks) == 1
    guess = tomllib.loads(blocks[0])["tables"]["stations"]["columns"]
    ours = ("number", "area_id", "lon", "lat", "voters")
    assert guess == dict(zip(ours, headers, strict=True))
