"""Whom to ask is nobody's business but the desk's: no contact leaves in a text, and `check` names each."""

import numpy as np
import pytest

from geo.publication import listed_rows
from server import create_app
from tests import factory
from tests.examples import first_of
from tests.geo.reading.trap_missions import (
    AREAS,
    STATION_COLUMNS,
    STATIONS,
    checked,
    csv_text,
    feature,
    geojson,
    mission,
)

PHONE, MAIL = "Abai 5; +7 701 123 45 67", "ask jane.doe@example.org"
NAMES = {"name_en": f"North, {MAIL}", "name_ru": PHONE, "name_kk": MAIL, "kind": f"oblast ({PHONE})"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A public source with a contact in every text of a row that may be listed."""
    stations = [[*row, MAIL, PHONE, PHONE] for row in STATIONS]
    incidents = [
        ["i1", "v0", "sealed", "verified", "public", PHONE, MAIL],
        ["i2", "", "queue", "verified", "public", MAIL, PHONE],
    ]
    columns = ["incident_id", "visit_id", "category", "verification", "publication"]
    return mission(
        tmp_path_factory.mktemp("missions") / "m",
        stations__csv=csv_text([*STATION_COLUMNS, "name", "address", "settlement"], stations),
        incidents__csv=csv_text([*columns, "place_as_written", "ambiguity"], incidents),
        notes__csv=f"note_id,kind,title_en,body_en\nn,positive,{MAIL},{PHONE}\n",
        presence__csv=f"area_id,kind,place_as_written,ambiguity\nN,long_term,{PHONE},{MAIL}\n",
        areas__geojson=geojson([feature(name, shape, **NAMES) for name, shape in AREAS.items()]),
    )


def test_check_names_every_text_with_a_contact(folder):
    assert checked(folder)["codes"]["contact_detail"] == 30 + 4 + 2 + 2 + 4 * len(AREAS)


@pytest.mark.parametrize("code", first_of(["en", "ru", "kk"]))
def test_no_page_of_the_press_prints_a_contact(folder, tmp_path, code):
    client = create_app([folder], tmp_path).test_client()
    version = client.get("/m/version.json").json["version"]
    addresses = ("", "methods/", "area/N/", f"values-{version}.json", f"area-0-{version}.json")
    sent = " ".join(client.get(f"/m/{code}/{address}").get_data(as_text=True) for address in addresses)
    assert "123 45 67" not in sent
    assert "jane" not in sent
    assert "•••" in sent


def test_no_listed_note_or_presence_holds_a_contact():
    snapshot = factory.snapshot(
        areas=factory.squares("A"),
        notes=[{"note_id": "n", "kind": "praise", "title_en": MAIL, "body_en": PHONE}],
        presence=[{"area_id": "A", "kind": "long_term", "place_as_written": PHONE, "ambiguity": MAIL}],
    )
    note = listed_rows.notes(snapshot).iloc[0]
    assert (note["title_en"], note["body_en"]) == ("ask •••", "Abai 5; •••")
    where = listed_rows.presence(snapshot, np.array([0, -1])).iloc[0]
    assert (where["place_as_written"], where["ambiguity"]) == ("Abai 5; •••", "ask •••")
