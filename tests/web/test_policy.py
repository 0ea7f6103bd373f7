"""The table of who may do what: whole, closed by default, and what every route of the application obeys."""

import itertools

import pytest

import web
from geo.serving.missions import Missions
from tests.web.accounts.signing_in import KEY, OURS, OWN, application, person, signed_in
from web import policy
from web.policy import ACTION_OF, ANYONE, DEVICE, EVERYWHERE, PERSONS, TABLE, Actor, may

ACTIONS = frozenset(action for cells in TABLE.values() for action in cells)
# Written out a second time, by action: a slip in one table is a contradiction between the two.
# a admin, c coordinator, o observer, n analyst, e entry, p press officer, s security, v viewer, d device,
# * everybody; in capitals: everywhere, not in their own areas alone.
WHO = {
    "press.see": "*", "state.ask": "*", "account.enter": "*",
    "account.own": "ACONEPSV",
    "people.manage": "A", "sessions.end": "A", "devices.manage": "A", "journal.check": "A",
    "mission.make": "C",
    "desk.see": "conepsv",
    "names.see": "coes",
    "texts.see": "coeps",
    "figures.download": "conp",
    "clusters.search": "cn",
    "routes.see": "cos", "routes.plan": "c",
    "report.decide": "coep",
    "report.verify": "co", "report.clear": "cp", "report.reject": "c", "report.correct": "ce",
    "report.assign": "c",
    "call.acknowledge": "cos",
    "visit.enter": "coe", "files.upload": "ce",
    "registry.fix": "c",
    "journal.read": "coep",
    "release.sign_off": "cp",
    "reports.send": "d", "reports.sent": "d",
}  # fmt: skip
OVER_ALL = {"routes.see", "routes.plan", "release.sign_off"}
LETTER = {
    "admin": "a", "coordinator": "c", "observer": "o", "analyst": "n", "entry": "e", "press": "p",
    "security": "s", "viewer": "v", DEVICE: "d", ANYONE: "*",
}  # fmt: skip
ROLES = tuple(LETTER)
OTHER = "another"
ARGUMENTS = {
    "code": "en", "version": "0", "digest": "0", "name": "start", "registry": "0", "rest": "nothing/here",
    "table": "visits", "units": "area", "suffix": "csv", "draft": "0" * 32, "thing": "methods",
    "area_id": "A", "index": 0, "stage": "voting", "severity": "medium", "file": "x", "least": 0,
    "z": 3, "x": 5, "y": 2, "ordinal": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def app(both, tmp_path_factory):
    return application(both, tmp_path_factory.mktemp("state"))


def expected(role: str, action: str, *, is_own: bool) -> bool:
    who = WHO[action]
    return "*" in who or LETTER[role].upper() in who or (is_own and LETTER[role] in who)


def actor(role: str, *areas: tuple[str, str]) -> Actor:
    return Actor(f"a {role}", frozenset({role}), frozenset(areas or {(OWN, "")}))


def test_every_route_has_a_policy_and_every_policy_a_route(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints - set(ACTION_OF) == set()
    assert set(ACTION_OF) - endpoints == set()


def test_every_route_is_for_an_action_that_somebody_may_do():
    assert set(ACTION_OF.values()) - ACTIONS == set()


def test_a_route_without_a_policy_answers_nobody(tmp_path):
    app = web.create_app(Missions(list), tmp_path, token="t" * 20)
    app.add_url_rule("/forgotten", "forgotten", lambda: "seen")
    assert app.test_client().get("/forgotten").status_code == 403


def test_table_is_what_was_agreed_for_every_role_action_and_area():
    assert set(WHO) == ACTIONS
    assert set(ROLES) == set(TABLE)
    for role, action in itertools.product(ROLES, sorted(ACTIONS)):
        for place, is_own in (((OWN, ("A",)), True), ((OWN, ("B",)), False), ((OTHER, ("A",)), False)):
            whole = may(actor(role, (OWN, "")), action, *place)
            assert whole == expected(role, action, is_own=place[0] == OWN), (role, action, place)
            part = may(actor(role, (OWN, "A")), action, *place)
            is_enough = is_own and action not in OVER_ALL
            assert part == expected(role, action, is_own=is_enough), (role, action, place)


def test_an_area_is_covered_by_the_area_it_lies_in_and_by_the_whole_mission():
    for own in (EVERYWHERE, (OWN, ""), (OWN, "A"), (OWN, "A-1")):
        assert actor("observer", own).covers(OWN, ("A-1", "A"))
    assert not actor("observer", (OWN, "A-1")).covers(OWN, ("A",))
    assert not actor("observer", (OWN, "A")).covers_all(OWN)


def test_a_station_is_reached_by_whoever_is_bound_to_it_and_no_other_is():
    for role, action in itertools.product(ROLES, sorted(ACTIONS)):
        bound = Actor(f"a {role}", frozenset({role}), frozenset(), frozenset({(OWN, "A/1")}))
        for mission, station, is_own in (
            (OWN, "A/1", True),
            (OWN, "A/2", False),
            (OWN, "", False),
            (OTHER, "A/1", False),
        ):
            is_enough = is_own and action not in OVER_ALL
            told = may(bound, action, mission, ("A",), station)
            assert told == expected(role, action, is_own=is_enough), (role, action, mission, station)
        somewhere = may(bound, action, OWN)
        assert somewhere == expected(role, action, is_own=action not in OVER_ALL), (role, action)


def test_stations_are_reached_beside_areas():
    bound = Actor("d", frozenset({DEVICE}), frozenset({(OWN, "A-1")}), frozenset({(OWN, "B/1")}))
    reached = [(("A-1", "A"), "A-1/1"), (("B",), "B/1"), (("B",), "B/2"), (("A",), "A/1"), (("",), "")]
    assert [may(bound, "reports.send", OWN, *place) for place in reached] == [True, True, False, False, False]


def test_several_roles_may_what_any_of_them_may():
    both = Actor("n", frozenset({"admin", "viewer"}), frozenset({(OWN, "")}))
    assert may(both, "people.manage") and may(both, "desk.see", OWN)
    assert not may(both, "names.see", OWN)


def test_nobody_is_nothing():
    assert {action for action in ACTIONS if may(Actor(), action, OWN)} == {
        "press.see", "state.ask", "account.enter",
    }  # fmt: skip


def addresses(app, slug):
    """Give an address, a method and an endpoint for every route of the application."""
    for rule in app.url_map.iter_rules():
        wanted = {name: ARGUMENTS.get(name, slug) for name in rule.arguments}
        _, path = rule.build({**wanted, **(rule.defaults or {})})
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield path, method, rule.endpoint


@pytest.mark.parametrize(
    ("areas", "stations", "taken"),
    [
        ((), (), "01"), (("A0",), (), "0"), ((), ("A1/7",), "1"), (("A0",), ("A1/7",), "01"),
        ((), ("A2/14",), ""),
    ],
)  # fmt: skip
def test_a_device_sends_of_the_places_it_is_bound_to(app, areas, stations, taken):
    name = f"bound-{len(areas)}-{len(stations)}-{taken}"
    token, _ = app.extensions["baqylau.journal"].tokens.make(OWN, name, "", areas, stations)
    headers, client = {"Authorization": f"Bearer {token}"}, app.test_client()
    rows = [{"id": "v0", "station_id": "A0/0"}, {"id": "v1", "station_id": "A1/7"}]
    statuses = [client.post(f"/api/v1/{OWN}/visits", json=row, headers=headers).status_code for row in rows]
    assert statuses == [201 if area in taken else 422 for area in "01"]


@pytest.fixture(scope="module")
def peopled(both, tmp_path_factory):
    return application(both, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def clients(peopled):
    """Give a client per role, signed in with an account whose area is the mission OWN; None for anyone."""
    whom = {role: person(peopled, f"a-{role}", [role], [(OWN, "")]) for role in PERSONS}
    return {ANYONE: None, **{role: signed_in(peopled, account) for role, account in whom.items()}}


@pytest.mark.parametrize("role", [ANYONE, *PERSONS])
@pytest.mark.parametrize("slug", [OWN, OTHER])
def test_every_route_lets_in_exactly_whom_the_table_names(peopled, clients, role, slug):
    wrong = []
    for path, method, endpoint in addresses(peopled, slug):
        action = ACTION_OF[endpoint]
        if action == "account.enter":
            continue  # for everybody, and refusing who does not know the password
        answer = (clients[role] or peopled.test_client()).open(path, method=method, headers=OURS)
        if policy.is_for_devices(action):
            is_right = answer.status_code == 401
        else:
            is_right = (answer.status_code != 403) == expected(role, action, is_own=slug == OWN)
        wrong += [] if is_right else [(method, path, answer.status_code)]
    assert wrong == []


def test_a_devices_token_opens_nothing_but_the_api_of_its_mission(app):
    token, _ = app.extensions["baqylau.journal"].tokens.make(OWN, "device-1")
    client, headers = app.test_client(), {**OURS, "Authorization": f"Bearer {token}"}
    opened = {
        (endpoint, slug)
        for slug in (OWN, OTHER)
        for path, method, endpoint in addresses(app, slug)
        if not policy.is_public(ACTION_OF[endpoint])
        and client.open(path, method=method, headers=headers).status_code not in (401, 403)
    }
    assert opened == {("api.send", OWN), ("api.sent", OWN)}


def test_holder_of_the_key_is_the_coordinator_of_the_mission_it_opened(app):
    client = app.test_client()
    client.get(f"/{OWN}/desk/?token={KEY}")
    with client:
        client.get(f"/{OWN}/desk/version.json")
        who = policy.current_actor()
    assert who == Actor(policy.KEY, frozenset({"coordinator"}), frozenset({(OWN, "")}))
