"""The form of a person's areas: all of them are kept, or it is said why none is."""

import re
from urllib.parse import urljoin

import pytest

from tests.web.accounts.signing_in import OURS, OWN, accounts_of, application, person, signed_in
from web.accounts.people_views import MOST_AREAS
from web.policy import EVERYWHERE


@pytest.fixture
def app(both, tmp_path):
    return application(both, tmp_path)


def change(app, areas):
    admin, ada = person(app, "boss", ["admin"]), person(app, "ada", ["viewer"], [(OWN, "")])
    form = {"role": "viewer", "areas": areas, "active": "yes"}
    answer = signed_in(app, admin).post(f"/account/en/people/{ada.name}/change", data=form, headers=OURS)
    return answer, accounts_of(app).opened().store.find_user(name="ada").areas


def test_more_areas_than_an_account_may_have_are_refused_and_none_is_lost(app):
    answer, areas = change(app, "\n".join(f"{OWN}/A{number}" for number in range(MOST_AREAS + 1)))
    assert answer.status_code == 422
    assert f"At most {MOST_AREAS} areas" in answer.text
    assert areas == ((OWN, ""),)


def test_no_line_of_areas_is_cut_however_long_the_form(app):
    answer, areas = change(app, "\n" * 30_000 + "another")
    assert (answer.status_code, areas) == (303, (("another", ""),))


def test_a_form_for_a_new_person_that_is_refused_gives_back_all_that_was_typed(app):
    lines = "\n".join(f"nowhere/A{number}" for number in range(190))
    form = {"name": "ada", "role": "viewer", "areas": lines}
    answer = signed_in(app, person(app, "boss", ["admin"])).post(
        "/account/en/people/add", data=form, headers=OURS
    )
    assert answer.status_code == 422
    assert "nowhere/A189" in answer.text


@pytest.mark.parametrize(("step", "form"), [("link", {}), ("change", {"areas": "nowhere"})])
def test_page_that_answers_at_a_persons_own_address_leads_where_the_list_does(app, step, form):
    admin, _ = person(app, "boss", ["admin"]), person(app, "ada", ["viewer"])
    client, path = signed_in(app, admin), f"/account/en/people/ada/{step}"
    page = client.post(path, data=form, headers=OURS).text
    ways = re.findall(r'(?:action|href)="([^"]*/people/[^"]*)"', page)
    listed = {"add", *(f"{name}/{what}" for name in ("ada", "boss") for what in ("change", "end", "link"))}
    languages = {f"/account/{code}/people/" for code in ("en", "ru", "kk")}
    assert {urljoin(path, way) for way in ways} == {
        *(f"/account/en/people/{way}" for way in listed), *languages,
    }  # fmt: skip


@pytest.mark.parametrize("place", [("vanished", "A"), (OWN, "no more")])
def test_an_account_is_closed_although_its_mission_or_area_is_not_there_any_more(app, place):
    admin, _ = person(app, "boss", ["admin"]), person(app, "ada", ["observer"], [place])
    form = {"role": "observer", "areas": "/".join(place)}
    answer = signed_in(app, admin).post("/account/en/people/ada/change", data=form, headers=OURS)
    after = accounts_of(app).opened().store.find_user(name="ada")
    assert (answer.status_code, after.active, after.areas) == (303, False, (place,))


def test_nobody_is_given_another_persons_area_that_is_not_there(app):
    admin, _ = person(app, "boss", ["admin"]), person(app, "ada", ["observer"], [("vanished", "A")])
    person(app, "eve", ["observer"])
    form = {"role": "observer", "areas": "vanished/A", "active": "yes"}
    answer = signed_in(app, admin).post("/account/en/people/eve/change", data=form, headers=OURS)
    assert answer.status_code == 422


def test_a_closed_account_gets_no_link_that_would_open_nothing(app):
    admin, ada = person(app, "boss", ["admin"]), person(app, "ada", ["viewer"])
    accounts_of(app).opened().store.change(ada, ["viewer"], [EVERYWHERE], is_active=False)
    answer = signed_in(app, admin).post("/account/en/people/ada/link", headers=OURS)
    assert answer.status_code == 422
    assert "start/?link=" not in answer.text
    assert accounts_of(app).opened().store.find_user(name="ada").password
