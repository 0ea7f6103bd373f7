"""The routes desk over HTTP: asked for, changed, printed, and never anywhere but behind the token."""

import json
import shutil
from pathlib import Path

import pytest

import web
from geo.serving.missions import Missions
from geo.simulate import SimulationOptions, simulate

TOKEN = "a-token-of-the-test"
SECONDS = 1
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A small simulated day, stopped at two in the afternoon."""
    out = tmp_path_factory.mktemp("missions") / "small"
    return simulate(SimulationOptions(stations=1500, teams=4, seed=3, until="14:00", out=out))


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("state")


def opened(folder: Path, state: Path):
    library = Missions(lambda: [folder])
    library.refresh()
    app = web.create_app(library, state, token=TOKEN)
    client = app.test_client()
    client.get(f"/{folder.name}/desk/?token={TOKEN}")
    return app, client, f"/{folder.name}/desk/en/routes/"


@pytest.fixture(scope="module")
def desk(folder, state):
    return opened(folder, state)


def ended(app, client, base, slug):
    """The state once the newest work has ended; waits for the thread, not for a clock."""
    app.extensions["baqylau.plans"].wait(slug, 600)
    return client.get(f"{base}plan.json").get_json()


@pytest.fixture(scope="module")
def planned(desk, folder):
    app, client, base = desk
    answer = client.post(f"{base}plan.json", json={"ask": {"now": "14:00"}, "seconds": SECONDS}, headers=SAME)
    assert answer.status_code == 202
    found = ended(app, client, base, folder.name)
    assert found["status"] == "done", found["message"]
    return found["plan"]


def changed(desk, folder, plan, *changes, now=None):
    app, client, base = desk
    body = {"base": plan["version"], "changes": list(changes), "now": now}
    answer = client.post(f"{base}change.json", json=body, headers=SAME)
    assert answer.status_code == 202, answer.get_json()
    return ended(app, client, base, folder.name)


def current(desk):
    _, client, base = desk
    return client.get(f"{base}plan.json").get_json()["plan"]


def a_voting_stop(plan):
    return next(
        (team, stop) for team in plan["teams"] for stop in team["stops"] if stop["service"] == "voting"
    )


def test_the_panel_knows_the_teams_and_the_hour(desk):
    _, client, base = desk
    found = client.get(f"{base}start.json").get_json()
    assert len(found["teams"]) == 4
    assert found["now"] == "14:00"


def test_stops_are_counted_in_the_forms_of_the_language(desk):
    _, client, base = desk
    words = client.get(f"{base.replace('/en/', '/ru/')}start.json").get_json()["words"]
    found = [words["stops"][one] for one in ("one", "few", "many")]
    assert found == ["{n} остановка", "{n} остановки", "{n} остановок"]


def test_a_plan_is_made_in_the_background_and_says_what_it_gains(planned):
    assert any(team["stops"] for team in planned["teams"])
    assert planned["gain"]["stations"] > 0


def test_a_plan_that_the_page_has_is_not_sent_again(desk, planned):
    _, client, base = desk
    found = client.get(f"{base}plan.json?have={current(desk)['version']}").get_json()
    assert found["plan"] is None
    assert found["version"] == current(desk)["version"]


def test_a_locked_stop_is_locked_in_the_changed_plan(desk, folder, planned):
    team, stop = a_voting_stop(current(desk))
    change = {"kind": "lock", "team_id": team["team_id"], "station_id": stop["station_id"]}
    found = changed(desk, folder, current(desk), change)
    held = [one["station_id"] for team in found["plan"]["teams"] for one in team["stops"] if one["is_locked"]]
    assert held == [stop["station_id"]]


def test_planning_one_team_keeps_the_other_teams(desk, folder, planned):
    app, client, base = desk
    before = current(desk)
    name = before["teams"][0]["team_id"]
    ask = {"ask": {"teams": [name], "now": "14:00"}, "seconds": SECONDS}
    assert client.post(f"{base}plan.json", json=ask, headers=SAME).status_code == 202
    after = ended(app, client, base, folder.name)["plan"]
    stops = [[(stop["station_id"], stop["minutes"]) for stop in team["stops"]] for team in after["teams"][1:]]
    assert stops == [
        [(stop["station_id"], stop["minutes"]) for stop in team["stops"]] for team in before["teams"][1:]
    ]


def test_a_closed_station_is_visited_by_nobody(desk, folder, planned):
    _, stop = a_voting_stop(current(desk))
    found = changed(desk, folder, current(desk), {"kind": "closed", "station_id": stop["station_id"]})
    visited = {
        one["station_id"]
        for team in found["plan"]["teams"]
        for one in team["stops"]
        if one["service"] != "closed"
    }
    assert stop["station_id"] not in visited


def test_the_last_change_can_be_undone(desk, folder, planned):
    before = current(desk)["version"]
    _, stop = a_voting_stop(current(desk))
    changed(desk, folder, current(desk), {"kind": "exclude", "station_id": stop["station_id"]})
    _, client, base = desk
    assert client.post(f"{base}undo.json", headers=SAME).get_json()["plan"]["version"] == before


def test_a_plan_outlives_the_server(desk, folder, state, planned):
    _, client, base = opened(folder, state)
    assert client.get(f"{base}plan.json").get_json()["plan"]["version"] == current(desk)["version"]


def test_a_plan_kept_in_a_broken_file_is_no_plan_and_no_error(folder, state, planned, tmp_path):
    shutil.copytree(state, tmp_path / "state")
    kept = next((tmp_path / "state" / "plans").glob("*.json"))
    kept.write_bytes(kept.read_bytes()[:500])
    _, client, base = opened(folder, tmp_path / "state")
    assert client.get(f"{base}plan.json").get_json()["plan"] is None


def test_what_cannot_be_planned_names_the_constraint(desk, folder, planned):
    app, client, base = desk
    body = {"ask": {"hours": ["10:00", "10:05"]}, "seconds": SECONDS}
    client.post(f"{base}plan.json", json=body, headers=SAME)
    found = ended(app, client, base, folder.name)
    assert found["status"] == "failed"
    assert "shift 10:00-10:05" in found["message"]
    assert found["plan"] is not None  # the plan there was stays


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ru", "нет участка, куда можно успеть на этап «открытие» (06:15–06:45, 60 мин) в смену 10:00–10:05"),
        ("kk", "10:00–10:05 ауысымында «ашылу» кезеңіне (06:15–06:45, 60 мин) үлгеретін учаске жоқ"),
    ],
)
def test_what_stands_in_the_way_is_said_in_the_language_of_the_page(desk, folder, planned, code, says):
    app, client, base = desk
    there = base.replace("/en/", f"/{code}/")
    body = {"ask": {"hours": ["10:00", "10:05"], "needs": ["opening"]}, "seconds": SECONDS}
    client.post(f"{there}plan.json", json=body, headers=SAME)
    message = ended(app, client, there, folder.name)["message"]
    assert message.endswith(says)
    assert current(desk)["teams"][0]["team_id"] in message


@pytest.mark.parametrize(
    ("code", "says"), [("en", "Station {x}<b> is unknown"), ("ru", "Участок {x}<b> неизвестен"),
                       ("kk", "{x}<b> учаскесі белгісіз")],
)  # fmt: skip
def test_a_hostile_id_stays_text_in_every_language(desk, folder, planned, code, says):
    app, client, base = desk
    there = base.replace("/en/", f"/{code}/")
    change = {"kind": "exclude", "station_id": "{x}<b>"}
    body = {"base": current(desk)["version"], "changes": [change]}
    client.post(f"{there}change.json", json=body, headers=SAME)
    message = ended(app, client, there, folder.name)["message"]
    assert message.lower() == says.lower()


@pytest.mark.parametrize(("code", "says"), [("ru", "изменил кто-то другой"), ("kk", "басқа біреу өзгертті")])
def test_a_change_of_an_older_plan_is_refused_in_the_language_of_the_page(desk, planned, code, says):
    _, client, base = desk
    body = {"base": "older", "changes": [{"kind": "clear_no_go"}]}
    answer = client.post(f"{base.replace('/en/', f'/{code}/')}change.json", json=body, headers=SAME)
    assert (answer.status_code, says in answer.get_json()["message"]) == (400, True)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("en", "The incident at station {id} changes no route: findings draw no team"),
        ("ru", "Сообщение с участка {id} не меняет маршрутов: сообщения не привлекают команды"),
        ("kk", "{id} учаскесінен келген хабарлама маршрутты өзгертпейді: хабарламалар топтарды тартпайды"),
    ],
)
def test_notes_of_a_plan_are_in_the_language_of_the_page(desk, folder, planned, code, says):
    _, client, base = desk
    _, stop = a_voting_stop(current(desk))
    changed(desk, folder, current(desk), {"kind": "incident", "station_id": stop["station_id"]})
    found = client.get(f"{base.replace('/en/', f'/{code}/')}plan.json").get_json()["plan"]["notes"]
    assert says.replace("{id}", stop["station_id"]) in found


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'{"ask": 3}', b'{"ask": {"teams": ["<img src=x>"], "q": NaN}}',
        b'{"seconds": 1e400}', b'{"ask": {"no_go": [{"type": "Polygon", "coordinates": [[["x"]]]}]}}',
    ],
)  # fmt: skip
def test_a_question_that_is_none_is_refused_with_a_short_text(desk, body):
    _, client, base = desk
    answer = client.post(f"{base}plan.json", data=body, content_type="application/json", headers=SAME)
    assert answer.status_code == 400
    assert "Traceback" not in answer.get_json()["message"]


def test_a_change_of_an_older_plan_is_refused(desk, planned):
    _, client, base = desk
    body = {"base": "older", "changes": [{"kind": "clear_no_go"}]}
    answer = client.post(f"{base}change.json", json=body, headers=SAME)
    assert answer.status_code == 400
    assert "somebody else" in answer.get_json()["message"]


@pytest.mark.parametrize("head", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere.test"}])
def test_another_sites_page_changes_nothing(desk, head):
    _, client, base = desk
    assert client.post(f"{base}plan.json", json={}, headers=head).status_code == 403


def test_without_the_cookie_everything_of_the_routes_is_closed(desk):
    app, _, base = desk
    stranger = app.test_client()
    for name in ("start.json", "plan.json", "next.json?team=x", "sheets/", "files/plan.json"):
        assert stranger.get(base + name).status_code == 403, name
    assert stranger.post(f"{base}plan.json", json={}, headers=SAME).status_code == 403


def test_the_next_best_station_is_near_and_unvisited(desk, folder, planned):
    _, client, base = desk
    team = current(desk)["teams"][0]["team_id"]
    rows = client.get(f"{base}next.json?team={team}").get_json()["rows"]
    assert 0 < len(rows) <= 5
    assert all(row["begin"] >= "14:00" for row in rows)


def test_an_unknown_team_has_no_next_station(desk):
    _, client, base = desk
    assert client.get(f"{base}next.json?team=nobody").status_code == 404


def test_a_sheet_holds_every_stop_of_its_team(desk, planned):
    _, client, base = desk
    team = next(one for one in current(desk)["teams"] if one["stops"])
    text = client.get(f"{base}sheets/?team={team['team_id']}").get_data(as_text=True)
    assert all(stop["station_id"] in text and stop["begin"] in text for stop in team["stops"])


@pytest.mark.parametrize("code", ["ru", "kk"])
def test_a_sheet_writes_lengths_in_its_language(desk, planned, code):
    _, client, base = desk
    text = client.get(base.replace("/en/", f"/{code}/") + "sheets/").get_data(as_text=True)
    assert "км</text>" in text and " km" not in text


@pytest.mark.capability("Route sheets without a network", page="routes")
def test_the_offline_page_needs_no_other_file(desk, planned):
    _, client, base = desk
    text = client.get(f"{base}files/plan.html").get_data(as_text=True)
    assert "<style>" in text
    assert not any(word in text for word in ("src=", "href=", "url(", "@import", "<script"))


@pytest.mark.parametrize("name", ["plan.json", "plan.geojson", "team-1.gpx", "team-1.ics"])
def test_a_plan_can_be_taken_along(desk, planned, name):
    _, client, base = desk
    answer = client.get(f"{base}files/{name}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        ("en", "team-1.gpx", ("Base", "Voting ", "no road was looked at")),
        ("ru", "team-1.gpx", ("База", "Голосование ", "Время в пути")),
        ("kk", "team-1.gpx", ("База", "Дауыс беру ", "Жол уақыты")),
        ("ru", "team-1.ics", ("Голосование: ", "мин в пути")),
        ("kk", "team-1.ics", ("Дауыс беру: ", "мин жол")),
    ],
)
def test_a_teams_file_speaks_the_language_of_the_page(desk, planned, code, name, words):
    _, client, base = desk
    text = client.get(f"{base.replace('/en/', f'/{code}/')}files/{name}").get_data(as_text=True)
    text = text.replace("\r\n ", "")  # a calendar folds its lines
    assert [word for word in words if word not in text] == []
    assert code == "en" or not any(word in text for word in ("Voting", "Base", "estimated", "min to get"))


@pytest.mark.parametrize("name", ["team-0.gpx", "team-99.ics", "..%2Fplan.json", "team-1.exe", "team-١.gpx"])
def test_any_other_file_is_not_there(desk, planned, name):
    _, client, base = desk
    assert client.get(f"{base}files/{name}").status_code == 404


def test_no_press_address_tells_a_team_a_base_or_a_route(desk, folder, planned):
    app, _, _ = desk
    teams = [team["team_id"] for team in planned["teams"]]
    stranger = app.test_client()
    pages = [f"/{folder.name}/en/", f"/{folder.name}/en/methods/", f"/{folder.name}/version.json"]
    for address in pages:
        text = stranger.get(address).get_data(as_text=True)
        assert not [one for one in teams if one in text], address
        assert "routes" not in json.dumps(text), address


def test_a_plan_the_disk_does_not_take_says_so_and_is_there_until_the_server_stops(folder, tmp_path):
    (tmp_path / "plans").write_text("a file where the folder should be")
    app, client, base = opened(folder, tmp_path)
    client.post(f"{base}plan.json", json={"ask": {"now": "14:00"}, "seconds": SECONDS}, headers=SAME)
    found = ended(app, client, base, folder.name)
    assert found["status"] == "done" and found["plan"]["teams"]
    assert "could not be saved" in found["plan"]["notes"][0]


@pytest.mark.parametrize(
    "body",
    [
        '{"seconds": 1%s}' % ("0" * 400), '{"seconds": 1, "ask": {"day": "9999-12-31"}}',
        '{"seconds": 1, "ask": {"teams": ["\\ud800"]}}', '{"seconds": 1, "ask": {"\\ud800": 1}}',
    ],
)  # fmt: skip
def test_a_question_no_plan_can_be_kept_of_is_refused_and_the_desk_goes_on(desk, body):
    _, client, base = desk
    answer = client.post(f"{base}plan.json", data=body, content_type="application/json", headers=SAME)
    assert answer.status_code == 400
    assert client.get(f"{base}plan.json").status_code == 200
