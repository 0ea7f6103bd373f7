"""The search for clusters over HTTP: begun by our own pages only, told as it is, never in the way."""

import pytest

from web import session

OURS = {"Sec-Fetch-Site": "same-origin"}
WAIT_S = 600.0
DESK = "/many/desk"


def ended(app_of_many, coordinator, query=""):
    """Wait for every search underway, then return what the desk is told."""
    scans = app_of_many.extensions["baqylau.scans"]
    for key in list(scans._jobs):
        scans.wait(key, WAIT_S)
    return coordinator.get(f"{DESK}/en/scan/state.json?{query}").json


@pytest.mark.parametrize(("method", "name"), [("get", "state"), ("post", "start")])
def test_without_the_cookie_nothing_is_told_or_begun(app_of_many, method, name):
    answer = getattr(app_of_many.test_client(), method)(f"{DESK}/en/scan/{name}.json", headers=OURS)
    assert answer.status_code == 403
    assert app_of_many.extensions["baqylau.scans"].state(("many", name)) is None


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}]
)
def test_another_sites_page_begins_nothing(coordinator, headers):
    assert coordinator.post(f"{DESK}/en/scan/start.json", headers=headers).status_code == 403
    assert coordinator.get(f"{DESK}/en/scan/state.json").json["status"] == "none"


@pytest.mark.parametrize("query", ["stage=x", "severity=x", "category=x"])
def test_a_choice_of_unknown_words_begins_nothing(coordinator, query):
    assert coordinator.post(f"{DESK}/en/scan/start.json?{query}", headers=OURS).status_code == 400


def test_a_search_is_begun_at_once_and_told_when_it_is_done(app_of_many, coordinator):
    begun = coordinator.post(f"{DESK}/en/scan/start.json", headers=OURS)
    assert begun.status_code == 202
    assert begun.json["status"] in ("waiting", "running", "done")
    told = ended(app_of_many, coordinator)
    [cluster] = told["clusters"]
    assert (told["status"], told["share"]) == ("done", 1)
    assert cluster["title"] == "More findings than expected"
    assert cluster["says"][0] == "13 of 13 stations with a finding; 4.1 expected."
    assert (cluster["k"], cluster["n"], cluster["teams"]) == (13, 13, 4)
    assert cluster["p"] == pytest.approx(0.001)


def test_each_language_tells_the_same_figures(app_of_many, coordinator):
    coordinator.post(f"{DESK}/en/scan/start.json", headers=OURS)
    ended(app_of_many, coordinator)
    told = [coordinator.get(f"{DESK}/{code}/scan/state.json").json["clusters"] for code in ("en", "ru", "kk")]
    words = {tuple(one["says"]) for [one] in told}
    assert len(words) == 3
    assert len({(one["k"], one["n"], one["p"]) for [one] in told}) == 1


def test_a_search_that_cannot_be_made_says_why(app_of_many, coordinator):
    query = "stage=opening"
    coordinator.post(f"{DESK}/en/scan/start.json?{query}", headers=OURS)
    told = ended(app_of_many, coordinator, query)
    assert told["clusters"] == []
    assert told["says"] == ["Not tested: no visit has asked about these findings."]


def test_one_search_serves_every_kind_of_finding_of_a_page(app_of_many, coordinator):
    coordinator.post(f"{DESK}/en/scan/start.json", headers=OURS)
    ended(app_of_many, coordinator)
    assert coordinator.get(f"{DESK}/en/scan/state.json?category=sealed").json["status"] == "done"


def test_too_many_searches_at_once_are_refused_in_a_word(app_of_many, coordinator, monkeypatch):
    monkeypatch.setattr(app_of_many.extensions["baqylau.scans"], "_most_underway", 0)
    answer = coordinator.post(f"{DESK}/en/scan/start.json?severity=critical", headers=OURS)
    assert (answer.status_code, answer.json) == (503, {"status": "busy"})


def test_no_cache_keeps_a_search(coordinator):
    assert coordinator.get(f"{DESK}/en/scan/state.json").headers["Cache-Control"] == "no-store, private"


def test_the_cookie_alone_does_not_let_a_form_of_another_site_in():
    assert session.is_from_own_page("", "http://localhost", "http://localhost/")
    assert not session.is_from_own_page("", "", "http://localhost/")
