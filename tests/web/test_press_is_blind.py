"""Two missions that differ in every private field and in nothing published give the press the same bytes."""

import csv
import json
import random
import re

import pytest
import shapely

from geo.analysis.exports import FORMATS
from geo.model.tables import BY_NAME
from layers.map import choice_figures
from layers.press.page_data import PLAIN_FORMATS
from server import create_app
from tests.layers.pictures.picture_names import names
from tests.web import missions
from web import press_resources
from web.assets import assets

SLUG = "same"
STATIONS = 100
LANGUAGES = ("en", "ru", "kk")
STAGES = ("opening", "voting", "closing")
CANARIES = ("KANARIENVOGEL", "NACHTIGALL")
ZIPPED = ("press.start", "press.mission", "press.mission_in", "press.values", "press.choice")
PRIVATE = [
    (table.name, column.name)
    for table in BY_NAME.values()
    for column in table.columns
    if column.audience != "public"
]
# What decides which visits and findings count, and so is told by every count.
DECIDES = {
    *((table, column) for table in ("visits", "incidents") for column in ("verification", "publication")),
    ("visits", "answered"), ("visits", "overall"), ("visits", "purpose"), ("teams", "kind"),
}  # fmt: skip


def rows_of(path):
    return list(csv.DictReader(path.open(encoding="utf-8"))) if path.exists() else []


def write_rows(path, rows):
    header = sorted({key for row in rows for key in row})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)


def private_fields(canary, luck, i, team):
    """A value of its own for every private column of a report, its counted ones aside."""
    moment = f"2005-12-04T{luck.randrange(8, 20):02d}:{luck.randrange(60):02d}"
    return {
        "team_id": f"{canary} {team}", "text": f"{canary} said {i}", "answers": f'{{"name": "{canary} {i}"}}',
        "arrived": moment, "left": moment[:-2] + "59", "received": moment[:-2] + "59", "occurred": moment,
        "lon": f"{60 + luck.random() * 20:.6f}", "lat": f"{45 + luck.random() * 2:.6f}",
        "stratum": f"{canary} {luck.randrange(9)}", "is_sampled": luck.choice(["yes", "no"]),
        "observers": str(luck.randrange(1, 9)), "base_lon": f"{60 + 20 * luck.random():.5f}",
        "base_lat": f"{45 + luck.random():.5f}", "shift_starts": moment, "shift_ends": moment[:-2] + "59",
        "area_ids": f"A{luck.randrange(10)}", "last_contact": moment, "due": moment,
        "stage": luck.choice(STAGES), "supersedes": "", "same_mention_as": "",
    }  # fmt: skip


def with_districts(folder):
    """Cut every area into a western and an eastern district; of every station the one its point lies in."""
    path = folder / "areas.geojson"
    areas = json.loads(path.read_text(encoding="utf-8"))
    for i, area in enumerate(list(areas["features"])):
        for half, side in enumerate("WE"):
            name = f"A{i}{side}"
            about = {"area_id": name, "parent_id": f"A{i}", "level": 2, "name_en": f"District {name}"}
            west, _, _, north = shapely.geometry.shape(area["geometry"]).bounds
            ring = shapely.box(west + half, north - 2, west + half + 1, north)
            areas["features"].append(
                {**area, "properties": about, "geometry": shapely.geometry.mapping(ring)}
            )
    path.write_text(json.dumps(areas), encoding="utf-8")
    stations = rows_of(folder / "stations.csv")
    district = {
        row["number"]: row["area_id"] + "WE"[float(row["lon"]) > 61 + 2 * int(row["area_id"][1:])]
        for row in stations
    }
    for name in ("stations", "visits", "incidents"):
        rows = rows_of(folder / f"{name}.csv")
        write_rows(folder / f"{name}.csv", [{**row, "area_id": district[row["number"]]} for row in rows])


def mission(folder, canary, seed):
    """One of the twins: public figures by the number of the row, everything private by canary and seed."""
    luck = random.Random(seed)
    missions.sized(folder, STATIONS)
    with_districts(folder)
    with (folder / "mission.toml").open("a") as file:
        file.write('as_of = "2005-12-05T12:00"\n[disclosure]\nstations = true\n')
    stations = rows_of(folder / "stations.csv")
    for i, row in enumerate(stations):
        row.update({key: private_fields(canary, luck, i, 0)[key] for key in ("stratum", "is_sampled")})
    visits, incidents = rows_of(folder / "visits.csv"), rows_of(folder / "incidents.csv")
    more = [dict(visits[i % len(visits)], number=str(i), verification="verified") for i in range(STATIONS)]
    visits += [dict(row, visit_id=f"w{i}", area_id=stations[int(row["number"])]["area_id"])
               for i, row in enumerate(more)]  # fmt: skip
    visits = list({row["number"]: row for row in visits}.values())
    named = {row["number"]: row["visit_id"] for row in visits}
    report = ("team_id", "arrived", "left", "received", "lon", "lat", "answers", "supersedes")
    for i, row in enumerate(visits):
        own = private_fields(canary, luck, i, i % 7)
        row.update({key: own[key] for key in report})
        row["visit_id"] = f"{canary}-{row['visit_id']}"
        row.update(outcome="observed", stage=STAGES[i % 3], overall=("good", "bad", "very_bad")[i % 3])
    for i, row in enumerate(incidents):
        own = private_fields(canary, luck, i, i % 7)
        row.update(
            {key: own[key] for key in ("text", "occurred", "received", "same_mention_as", "supersedes")}
        )
        row.update(incident_id=f"{canary}-{row['incident_id']}", team_id="")
        row["visit_id"] = f"{canary}-{named[row['number']]}"
    # what nobody verified, and rows that nobody can read: as many as it happens to be
    for i in range(luck.randrange(5, 15)):
        extra = {**visits[i], "visit_id": f"{canary}-u{i}", "verification": "unverified"}
        visits.append(extra)
        told = {"text": f"{canary} whispers {i}", "verification": "unverified", "publication": "private"}
        incidents.append({**incidents[0], **told, "incident_id": f"{canary}-u{i}"})
        visits.append({**extra, "visit_id": f"{canary}-x{i}", "arrived": f"{canary} o'clock"})
    teams = [
        {**{key: private_fields(canary, luck, i, i)[key] for key in
            ("team_id", "observers", "base_lon", "base_lat", "shift_starts", "shift_ends", "area_ids",
             "last_contact")}, "kind": "mobile"}
        for i in range(7)
    ]  # fmt: skip
    assignments = [
        {**{key: private_fields(canary, luck, i, i % 7)[key] for key in ("team_id", "stage", "due")},
         "area_id": one["area_id"], "number": one["number"]}
        for i, one in enumerate(luck.sample(stations, 40))
    ]  # fmt: skip
    tables = {"stations": stations, "visits": visits, "incidents": incidents, "teams": teams,
              "assignments": assignments}  # fmt: skip
    for name, rows in tables.items():
        luck.shuffle(rows)
        write_rows(folder / f"{name}.csv", rows)
    return tables


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Two servers and what their missions were made of."""
    made = []
    for seed, canary in enumerate(CANARIES):
        root = tmp_path_factory.mktemp(f"twin-{seed}")
        tables = mission(root / SLUG, canary, seed)
        app = create_app([root / SLUG], root / "state")
        assert app.extensions["baqylau.releases"].get(SLUG, patience_s=300.0) is not None
        made.append((app, tables))
    return made


def downloads():
    """Every file to take away, in every format."""
    asked = {
        c: f"stage={c.partition('/')[0]}&severity={c.partition('/')[2]}" for c in choice_figures.choices()
    }
    paths = [f"/{SLUG}/en/download/areas.csv?{one}" for one in asked.values()]
    paths += [
        f"/{SLUG}/kk/download/{thing}.{suffix}?{asked['voting/low']}"
        for thing in ("country", "areas", "patches", "stations") for suffix in FORMATS
    ]  # fmt: skip
    paths += [f"/{SLUG}/ru/download/categories.{suffix}" for suffix in PLAIN_FORMATS]
    return paths


def addresses(app):
    """Every address of the press, by endpoint."""
    client = app.test_client()
    released = app.extensions["baqylau.releases"].get(SLUG)
    made = press_resources.press(released)
    version, view = made.view.version, made.view
    shapes, around, tile = made.shapes, made.urls.ground, "0/0/0"
    found = {
        "press.start": ["/"],
        "well_known.robots": ["/robots.txt"],
        "well_known.security": ["/security.txt", "/.well-known/security.txt"],
        "well_known.health": ["/healthz"],
        "well_known.ready": ["/readyz"],
        "api.described": ["/api/v1/openapi.json"],
        "well_known.icon": ["/favicon.ico"],
        "press.start_in": [f"/{code}/" for code in LANGUAGES],
        "press.mission": [f"/{SLUG}/"],
        "press.version": [f"/{SLUG}/version.json"],
        "press.areas": [f"/{SLUG}/areas-{shapes}.json"],
        "press.points": [f"/{SLUG}/points-{made.tiles.version}/{tile}.mvt"],
        "press.states": [f"/{SLUG}/states-{version}/{least}/{tile}.bin" for least in range(5)],
        "press.basemap": [f"/basemap/{name}" for name in list(assets().basemap)[:2]],
        "press.near_ground": [f"/basemap/near-{assets().ground}/{x}/11.json" for x in (21, 22)],
        "press.static": [f"/static/{assets().digest}/{name}" for name in sorted(assets().static)[:3]],
    }
    per_language = {
        "press.mission_in": [""], "press.methods": ["methods/"], "press.embed": ["embed/"],
        "press.script": [f"map-{made.split.digest}.js", f"embed/map-{made.embed.digest}.js"],
        "press.values": [f"values-{version}.json"], "press.parts": [f"parts-{version}.json"],
        "press.choice": [
            f"choice-{c.replace('/', '-')}{part}-{version}.json"
            for c in choice_figures.choices() for part in ("", "-part")
        ],
        "press.ground": [around],
        "press.card": [f"card-{version}.svg"],
        "press.area": [f"area-{i}-{version}.json" for i in range(len(view.area))],
        "press.one_area": [f"area/A{i}/" for i in range(0, len(view.area), 3)],
        "press.area_embed": [f"embed/area/A{i}/" for i in range(0, len(view.area), 3)],
        "press.point": [f"point-{version}/{tile}/{n}.json" for n in (0, 7, 60)],
        "press.download": ["download/areas.csv"],
    }  # fmt: skip
    for endpoint, rest in per_language.items():
        found[endpoint] = [f"/{SLUG}/{code}/{one}" for code in LANGUAGES for one in rest]
    found["press.download"] += downloads()
    # every layer has its picture drawn of the figures compared above; one of each format is enough
    found["press.picture"] = [
        f"/{SLUG}/{code}/picture-{version}/{names(view)[5]}.svg" for code in ("en", "kk")
    ]
    found["press.picture"] += [
        f"/{SLUG}/en/picture-{version}/{name}"
        for name in (
            f"{names(view)[0]}.png",
            "findings-area1-all-medium.svg",
            "locator-1.svg",
            "categories.svg",
        )
    ]
    return client, found


def said_of(answer):
    """The headers, without the clock on the wall."""
    return [one for one in answer.headers if one[0] != "Date"]


def answers(app):
    """What every address answers: status, headers, body. One mission after the other: a cache holds one."""
    client, found = addresses(app)
    zipped = {"Accept-Encoding": "gzip", "Accept-Language": "kk"}
    heard = {}
    for endpoint, paths in found.items():
        for path in paths:
            for headers in ({}, zipped) if endpoint in ZIPPED else ({},):
                made = client.get(path, headers=headers)
                heard[path, bool(headers)] = made.status_code, said_of(made), made.data
    return heard


@pytest.mark.capability("The press pages cannot show what is private", page="press")
def test_every_address_of_the_press_gives_the_same_bytes_and_no_canary(twins):
    theirs, others = (answers(app) for app, _ in twins)
    assert theirs.keys() == others.keys()
    assert len(theirs) > 150
    for path, (status, headers, body) in theirs.items():
        assert status in (200, 302), (path, status)
        assert others[path][1] == headers, path
        assert others[path][2] == body, path
        said = body + str(headers).encode() + str(path).encode()
        assert not any(canary.encode() in said for canary in CANARIES), path


def test_no_route_of_the_press_is_left_out(twins):
    app, _ = twins[0]
    behind_a_key = ("desk", "new.", "api.send", "api.sent", "watching.")
    of_no_mission = (
        "account.",
        "people.",
        "devices.",
        "passkeys.",
    )  # or, on one's own page, of those one may open
    rules = app.url_map.iter_rules()
    routes = {
        rule.endpoint for rule in rules if not rule.endpoint.startswith((*behind_a_key, *of_no_mission))
    }
    _, found = addresses(app)
    assert routes == set(found)
    for endpoint, paths in found.items():
        assert paths, endpoint


def test_errors_say_nothing_of_a_mission_either(twins):
    below = ["en/choice-all-critical-0.json", "en/x.json", "en/download/teams.csv", "desk/", "desk/en/"]
    paths = [f"/{SLUG}/{one}" for one in (f"en/area/{CANARIES[0]}/", *below)]
    paths += [f"/api/v1/{SLUG}/visits", f"/api/v1/{SLUG}/incidents"]
    for path in paths:
        mine, other = (app.test_client().get(path) for app, _ in twins)
        assert mine.status_code >= 400, path
        assert (mine.data, said_of(mine)) == (other.data, said_of(other)), path
        assert CANARIES[0].encode() not in mine.data, path


def test_the_missions_differ_in_every_private_column(twins):
    (_, one), (_, two) = twins
    for table, column in PRIVATE:
        if (table, column) in DECIDES:
            continue
        values = [sorted(str(row.get(column, "")) for row in tables[table]) for tables in (one, two)]
        empty = column in ("supersedes", "same_mention_as") or (table, column) == ("incidents", "team_id")
        assert values[0] != values[1] or empty, (table, column)


def test_the_twins_have_something_to_say(twins):
    client, found = addresses(twins[0][0])
    rows = client.get(f"/{SLUG}/en/download/areas.csv").get_data(as_text=True)
    assert len(re.findall(",published,", rows)) >= 1
    assert len(found["press.choice"]) == 15 * 2 * len(LANGUAGES)
    parts = client.get(found["press.parts"][0]).get_json()["units"]
    assert len(parts) > 10  # finer than the areas
    assert any("District" in one["title"] for one in parts)


def test_the_canaries_are_there_for_those_who_may_see_them(twins):
    app, tables = twins[0]
    client = app.test_client()
    client.get(f"/{SLUG}/desk/?token={app.config['DESK_TOKEN']}")
    row = next(row for row in tables["visits"] if row["verification"] == "verified")
    address = f"/{SLUG}/desk/en/station.json?id={row['area_id']}/{row['number']}"
    assert CANARIES[0] in client.get(address).get_data(as_text=True)
