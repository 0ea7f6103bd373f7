"""Names in languages the pages do not speak: taken where there is no English one, and told."""

import pytest

from tests.examples import first_of
from tests.geo.reading.trap_missions import AREAS, built, checked, examples, feature, geojson, mission


def named(tmp_path, **names):
    """The sound mission with areas named in these languages and no other."""
    texts = {f"name_{code}": name for code, name in names.items()}
    shapes = [feature(area, shape) for area, shape in AREAS.items()]
    for area in shapes:
        del area["properties"]["name_en"]
        area["properties"] |= texts
    return mission(tmp_path / "m", areas__geojson=geojson(shapes))


@pytest.mark.parametrize("code", first_of(["es", "ka", "ru", "prs"]))
def test_a_name_in_any_language_stands_where_there_is_no_english_one(tmp_path, code):
    folder = named(tmp_path, **{code: "ჩრდილოეთი"})
    assert built(folder).registry.areas.name(0, "en") == "ჩრდილოეთი"
    assert f"name_{code}" in examples(checked(folder), "text_of_other_language")


def test_an_english_name_is_never_replaced(tmp_path):
    assert built(named(tmp_path, es="Norte", en="North")).registry.areas.name(0, "en") == "North"


def test_a_title_in_any_language_is_the_mission_s(tmp_path):
    folder = named(tmp_path, es="Norte")
    toml = (folder / "mission.toml").read_text()
    (folder / "mission.toml").write_text(toml.replace('title = "Trial"', 'title = { es = "Ensayo" }'))
    assert checked(folder)["title"] == "Ensayo"
