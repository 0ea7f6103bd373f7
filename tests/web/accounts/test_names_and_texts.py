"""Who may not see names or texts is sent none of them, whatever is asked; who may in an area, there alone."""

import json
import re
from urllib.parse import urlencode

import pytest

from geo.serving.missions import Missions
from geo.serving.redaction import redacted
from tests.web import missions
from tests.web.accounts.signing_in import OURS, application, person, signed_in
from web.policy import ACTION_OF

SLUG = "told"
NAME, TEXT = "CANARYNAME", "CANARYTEXT"


def of_area(area, number):
    return {"area_id": area, "number": str(number)}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Give an application with a mission of two areas, a team and a finding with a text in each."""
    keys = {area: of_area(area, number) for area, number in (("A", 1), ("B", 2))}
    day = "2005-12-04T"
    folder = missions.write(
        tmp_path_factory.mktemp("missions") / SLUG,
        {
            "areas": [missions.square(i, area_id=area, level=1, name_en=area) for i, area in enumerate("AB")],
            "categories": [
                {"category": "sealed", "title_en": "Sealed", "severity": "high", "phase": "voting"}
            ],
            "stations": [
                {**key, "lon": 60.5 + 2 * i, "lat": 46, "voters": 900} for i, key in enumerate(keys.values())
            ],
            "teams": [
                {"team_id": f"{NAME}-{area}", "base_lon": 60, "base_lat": 46, "last_contact": f"{day}08:00Z"}
                for area in keys
            ],
            "visits": [
                {
                    "visit_id": f"{NAME}-{area}/v", **key, "team_id": f"{NAME}-{area}", "stage": "voting",
                    "outcome": "observed", "arrived": f"{day}09:00+06:00", "answers": f"{TEXT}-{area}",
                    "verification": "verified", "answered": "*",
                }
                for area, key in keys.items()
            ],
            "incidents": [
                {
                    "incident_id": f"{NAME}-{area}/i", **key, "visit_id": f"{NAME}-{area}/v",
                    "team_id": f"{NAME}-{area}", "category": "sealed", "text": f"{TEXT}-{area}",
                }
                for area, key in keys.items()
            ],
            "assignments": [
                {"team_id": f"{NAME}-{area}", **key, "stage": "closing", "due": f"{day}20:00+06:00"}
                for area, key in keys.items()
            ],
        },
        nature="live", as_of=f"{day}14:00+06:00",
    )  # fmt: skip
    library = Missions(lambda: [folder])
    library.refresh()
    app = application(library, tmp_path_factory.mktemp("state"))
    with_reasons(app)
    return app


def with_reasons(app):
    """Let somebody refute both findings, each for a reason that is sealed like a text."""
    client = signed_in(app, person(app, "who-decides", ["coordinator"], [(SLUG, "")]))
    work = f"/{SLUG}/desk/en/work"
    for row in client.get(f"{work}/inbox.json").json["rows"]:
        seen = {name: row[name] for name in ("about", "id", "head", "content")}
        reason = f"{TEXT}-{row['station'][0]}"
        body = {"id": f"d-{row['area']}", "decision": "refute", "reason": reason, "reports": [seen]}
        assert client.post(f"{work}/decide.json", json=body, headers=OURS).status_code == 200


def reports(client, about):
    """Return the rows of the inbox, of whoever has one."""
    answer = client.get(f"/{SLUG}/desk/en/work/inbox.json?about={about}&show=all")
    return answer.json["rows"] if answer.status_code == 200 else []


def asked(app, client):
    """Yield every answer of the desk, each by its names, and the searches for what is hidden."""
    version = client.get(f"/{SLUG}/desk/version.json").json["version"]
    from web.desk_resources import BUILDERS

    desk = f"/{SLUG}/desk"
    addresses = [f"{desk}/en/{version}/{name}.json" for name in BUILDERS]
    addresses += [
        f"{desk}/en/", f"{desk}/en/station.json?id=A/1", f"{desk}/en/station.json?id=B/2",
        f"{desk}/en/{version}/offmap.json", f"{desk}/en/{version}/cells-in.json?from=8&to=12",
        f"{desk}/en/{version}/inside.json?west=59&south=45&east=64&north=47",
        f"{desk}/en/scan/state.json", f"{desk}/en/work/start.json", f"{desk}/en/routes/start.json",
        f"{desk}/en/routes/plan.json", f"{desk}/en/files/methods.txt", f"{desk}/en/work/calls.json",
        f"{desk}/en/work/doctor.json",
        *(f"{desk}/en/search.json?q={word}" for word in ("canary", "1", NAME.lower())),
        *(f"{desk}/en/work/inbox.json?about={about}&show={show}" for about in ("incident", "visit")
          for show in ("reported", "all", "verified")),
        *(f"{desk}/en/work/history.json?{urlencode({'about': about, 'id': row['id']})}"
          for about in ("incident", "visit") for row in reports(client, about)),
        *(f"{desk}/en/files/{units}.{suffix}" for units in ("area", "cell", "station")
          for suffix in ("csv", "geojson")),
    ]  # fmt: skip
    for address in addresses:
        answer = client.get(address, headers=OURS)
        if answer.status_code == 200:
            yield address, answer.get_data(as_text=True)


def seen(app, client, word):
    """Return which canaries of a kind are in any answer: the letters of their areas."""
    return {
        area for address, text in asked(app, client)
        for area in re.findall(rf"{word}-([AB])", text)
        if "q=" not in address or word not in address
    }  # fmt: skip


@pytest.mark.parametrize(
    ("role", "names", "texts"),
    [
        ("analyst", "", ""),
        ("viewer", "", ""),
        ("press", "", "AB"),
        ("coordinator", "AB", "AB"),
        ("observer", "AB", "AB"),
        ("entry", "AB", "AB"),
        ("security", "AB", "AB"),
    ],
)
@pytest.mark.capability("Analysts see no names and no texts", page="desk")
def test_names_and_texts_reach_whom_the_table_names(app, role, names, texts):
    client = signed_in(app, person(app, f"the-{role}", [role], [(SLUG, "")]))
    assert seen(app, client, NAME) == set(names)
    assert seen(app, client, TEXT) == set(texts)


def test_an_area_shows_its_own_names_and_texts_only(app):
    client = signed_in(app, person(app, "of-a", ["observer"], [(SLUG, "A")]))
    assert seen(app, client, NAME) == {"A"}
    assert seen(app, client, TEXT) == {"A"}


def test_figures_are_the_same_for_everybody(app):
    whole = signed_in(app, person(app, "all", ["coordinator"], [(SLUG, "")]))
    part = signed_in(app, person(app, "none", ["viewer"], [(SLUG, "")]))
    version = whole.get(f"/{SLUG}/desk/version.json").json["version"]
    for name in ("figures-area", "figures-cell", "whole"):
        address = f"/{SLUG}/desk/en/{version}/{name}.json"
        assert json.loads(whole.get(address).data) == json.loads(part.get(address).data)


def test_every_route_of_the_desk_that_answers_with_data_is_asked_here():
    of_desk = {endpoint for endpoint in ACTION_OF if endpoint.startswith("desk")}
    without_data = {
        "desk.entry",
        "desk.script",
        "desk.tile_json",
        "desk.feature",
        "desk.nothing",
        "desk.version",
        "desk_streets.basemap",
    }
    written = {"desk_scan.start", "desk_work.decide", "desk_work.enter", "desk_work.note_call",
               "desk_work.move_station", "desk_work.look_at_file", "desk_work.take_rows",
               "desk_routes.begin", "desk_routes.change", "desk_routes.undo",
               "desk_routes.cancel"}  # fmt: skip
    for_all_names = {"desk_routes.next_best", "desk_routes.sheets", "desk_routes.file"}
    assert of_desk - without_data - written - for_all_names == {
        "desk.page", "desk.resource", "desk.inside", "desk.off_map", "desk.cells_in", "desk.station",
        "desk.search", "desk_scan.state", "desk_files.figures", "desk_files.methods", "desk_work.start",
        "desk_work.inbox", "desk_work.history", "desk_work.calls", "desk_work.doctor", "desk_routes.start",
        "desk_routes.plan",
    }  # fmt: skip


def test_redaction_of_nothing_is_the_same_snapshot(app):
    snapshot = app.extensions["baqylau.library"].get(SLUG).snapshot
    assert redacted(snapshot, None, None, "k" * 16) is snapshot


def test_the_reason_of_a_decision_is_told_in_its_area_alone(app):
    client = signed_in(app, person(app, "reads-a", ["observer"], [(SLUG, "A")]))
    told = {}
    for row in reports(client, "incident"):
        query = {"about": "incident", "id": row["id"]}
        (change,) = client.get(f"/{SLUG}/desk/en/work/history.json", query_string=query).json["rows"]
        told[row["area"]] = change["reason"]
    assert told == {"A": f"{TEXT}-A", "B": ""}
