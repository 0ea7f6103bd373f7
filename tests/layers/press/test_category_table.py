"""The kinds of finding as k of n: the same on page, file and picture, of the country and of regions."""

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest

from geo.model.errors import NotFound
from geo.model.mission import Disclosure
from geo.model.tables import LANGUAGES
from geo.publication import release
from geo.publication.released import Released
from layers.map.press_view import view_of
from layers.pictures import category_picture, picture_svg
from layers.pictures.picture_text import width
from layers.press import area_page, citation, downloads, page_data
from layers.words.language import language
from tests import factory
from tests.geo.publication.test_national_estimate import sample_mission
from tests.geo.publication.test_release import NOW, listed, made, visits_to

ENGLISH = language("en")


def seen(snapshot):
    return view_of(Released(release(snapshot, NOW, cleared=True), None))


@pytest.fixture(scope="module")
def view():
    """Four regions, A and B together: posters missing at six stations, a crowd at five, never unsealed."""
    visits = visits_to("A", range(3)) + [v for area in "BCDE" for v in visits_to(area, range(12))]
    slugs = ("poster", "crowd")
    incidents = [
        {"incident_id": v["visit_id"], "visit_id": v["visit_id"], "category": slugs[i % 2],
         "verification": "verified"} for i, v in enumerate(visits[3:14])
    ]  # fmt: skip
    about = factory.mission(nature="live", frame="complete", disclosure=Disclosure(minimum_stations=5))
    return seen(made(visits, incidents, places=listed(), about=about))


def table_file(view, suffix="csv"):
    body, _ = downloads.file(view, "categories", suffix, "all/medium", ENGLISH)
    if suffix == "parquet":
        return pd.read_parquet(io.BytesIO(body))
    return pd.read_csv(io.BytesIO(body), keep_default_na=False, encoding="utf-8-sig")


def texts(document):
    return ["".join(one.itertext()) for one in ET.fromstring(document).iter() if one.tag.endswith("}text")]


def drawn(view, name, code="en"):
    return category_picture.table_svg(view, None, name, language(code))


@pytest.mark.capability("Kinds of finding as a table, a file and a picture", page="press")
def test_file_has_every_row_of_the_page(view):
    rows = table_file(view)
    country = rows[rows["unit_id"] == "country"].set_index("title_en")
    page = page_data.page(view, ENGLISH)["categories"]
    assert [one["part"] for one in page] == ["5", "6"]
    for one in page:
        told = country.loc[one["title"]]
        assert (str(told["stations_with_finding"]), str(told["stations_asked"])) == (
            one["part"],
            one["whole"],
        )
        names = {region["name"]: region["says"].partition(" of ")[0] for region in one["regions"]}
        mine = rows[(rows["level"] == 1) & (rows["title_en"] == one["title"])]
        told = mine[~mine["stations_with_finding"].isin(["", "0", 0])]
        assert dict(zip(told["name_en"], told["stations_with_finding"].astype(str), strict=True)) == names


def test_file_names_what_is_told_together_in_every_language(view):
    rows = table_file(view)
    together = rows[rows["unit_id"] == "A+B"].iloc[0]
    assert [together[f"name_{code}"] for code in LANGUAGES] == ["Area A and Area B", "Area A и Area B", "Area A және Area B"]  # noqa: E501  # fmt: skip
    assert not set(rows["unit_id"]) & {"A", "B"}


def test_file_tells_what_was_asked_in_vain_as_none_of_n(view):
    rows = table_file(view).set_index(["unit_id", "category"])
    assert tuple(rows.loc[("country", "sealed"), ["stations_with_finding", "stations_asked"]]) == (0, 51)
    says = page_data.page(view, ENGLISH)["asked_in_vain"]
    assert says == "Asked about and never reported: sealed (0 of 51)."


def test_rounded_counts_say_of_nothing_that_it_was_never_reported():
    strict = factory.mission(nature="live", frame="complete", disclosure=Disclosure(strict=True))
    visits = [v for area in "ABCDE" for v in visits_to(area, range(14))]
    page = page_data.page(seen(made(visits, about=strict, places=listed())), ENGLISH)
    assert page["asked_in_vain"] == ""


@pytest.mark.parametrize("suffix", page_data.PLAIN_FORMATS)
def test_table_is_offered_in_formats_without_a_map_only(view, suffix):
    assert downloads.file(view, "categories", suffix, "all/medium", ENGLISH)[0]
    with pytest.raises(NotFound):
        downloads.file(view, "categories", "geojson", "all/medium", ENGLISH)


def test_table_as_parquet_is_the_one_as_csv(view):
    one, other = table_file(view), table_file(view, "parquet")
    assert list(other["stations_with_finding"].fillna(-1)) == list(
        one["stations_with_finding"].replace("", -1).astype(int)
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_picture_has_the_figures_of_the_page(view, code):
    speaks = language(code)
    told = texts(drawn(view, "categories", code))
    for one in page_data.page(view, speaks)["categories"]:
        counts = speaks.say("{k} of {m}", k=one["part"], m=one["whole"])
        assert {counts, one["share"], one["title"]} <= set(told)


def test_picture_of_a_random_sample_has_its_margins():
    view = seen(sample_mission())
    (row,) = page_data.page(view, ENGLISH)["categories"]
    assert " to " in row["share"]
    told = texts(drawn(view, "categories"))
    assert {row["share"], "95 % margin"} <= set(told)


def test_regions_told_together_have_one_picture_under_both_names(view):
    assert drawn(view, "categories-0") == drawn(view, "categories-1")
    assert texts(drawn(view, "categories-1"))[1].startswith("Area A and Area B:")
    assert area_page.page(view, ENGLISH, "B")["category_picture"].endswith("/categories-0")


def test_region_without_a_finding_has_no_picture(view):
    assert citation.table_picture(view, 3) == ""
    with pytest.raises(NotFound):
        category_picture.asked_table(view, "categories-3")


@pytest.mark.parametrize("name", ["categories-9", "categories-x", "categories-1-2", "categories--web", "categories-99999999", "categories-٠"])  # noqa: E501  # fmt: skip
def test_name_of_no_table_is_not_found(view, name):
    with pytest.raises(NotFound):
        category_picture.asked_table(view, name)


def titled(title):
    """A mission with one finding, of a kind with this title."""
    return seen(
        factory.snapshot(
            about=factory.mission(nature="live", frame="complete"),
            areas=factory.squares(*"ABCDE"),
            stations=listed(),
            visits=[v for area in "ABCDE" for v in visits_to(area, range(12))],
            incidents=[
                {"incident_id": "i", "visit_id": "A0", "category": "crowd", "verification": "verified"}
            ],
            categories=[
                {**one, "title_en": title, "public": "yes"} for one in factory.categories(crowd="high")
            ],
        )
    )


@pytest.mark.parametrize("preset", ["", "-web", "-square", "-story", "-plain"])
def test_long_title_is_broken_before_the_bars(preset):
    document = ET.fromstring(drawn(titled("Unsealed ballot box " * 9), f"categories{preset}"))
    (bars,) = {float(one.get("x")) for one in document.iter() if one.get("height") == "13"}
    lines = [
        (float(one.get("x")), "".join(one.itertext()))
        for one in document.iter()
        if one.tag.endswith("}text") and "Unsealed" in "".join(one.itertext())
    ]
    assert len(lines) == 3
    assert all(left + width(line, category_picture.TEXT) <= bars for left, line in lines)


def test_hostile_title_becomes_no_markup_of_the_picture():
    hostile = "</text><script>alert(1)</script>"
    document = drawn(titled(hostile), "categories")
    assert picture_svg.text("<script>") in document
    assert "<script" not in document


@pytest.mark.parametrize("thing", ["country", "areas", "categories"])
def test_every_column_of_a_file_is_in_the_data_dictionary(view, thing):
    body, _ = downloads.file(view, thing, "csv", "all/medium", ENGLISH)
    columns = pd.read_csv(io.BytesIO(body), encoding="utf-8-sig").columns
    told = (Path(__file__).parents[3] / "docs" / "press.md").read_text(encoding="utf-8")
    assert [name for name in columns if f"`{name}`" not in told] == []
