"""The page of devices: keys made, bound, made anew and ended by admins; what cannot be is said in words."""

import os
import re
from html import unescape

import pytest

from geo.journal.device_tokens import MOST_PLACES
from tests.examples import first_of
from tests.web.accounts.signing_in import OURS, OWN, application, person, signed_in
from tests.web.missions import PAYLOADS

PAGE = f"/account/en/devices/{OWN}/"


@pytest.fixture
def app(both, tmp_path):
    return application(both, tmp_path)


@pytest.fixture
def admin(app):
    return signed_in(app, person(app, "boss", ["admin"]))


def asked(client, step="make", headers=OURS, **form):
    return client.post(PAGE + step, data={"name": "phone-1", **form}, headers=headers)


def key_in(answer):
    found = re.search(r'id="key"[^>]* value="([\w-]{43})"', answer.text)
    return found[1] if found else ""


def devices(app, mission=OWN):
    return [device for device, _ in app.extensions["baqylau.journal"].tokens.listed(mission)]


def sent(app, key, station="A0/0", mission=OWN):
    headers = {"Authorization": f"Bearer {key}"}
    row = {"id": "r1", "station_id": station, "team_id": "t10"}
    return app.test_client().post(f"/api/v1/{mission}/visits", json=row, headers=headers).status_code


@pytest.mark.capability("Admins make, list and end the keys of devices", page="accounts")
def test_a_key_that_was_made_sends_and_is_shown_once(app, admin):
    key = key_in(asked(admin))
    assert sent(app, key) == 201
    listed = admin.get(PAGE).text
    assert "phone-1" in listed and key not in listed and "since 20" in listed


def test_a_key_is_bound_as_the_form_says(app, admin):
    key = key_in(asked(admin, team="t10", areas="A1\n\n", stations=" A0/0 \r\nA0/0"))
    (device,) = devices(app)
    assert (device.team, device.areas, device.stations) == ("t10", ("A1",), ("A0/0",))
    assert [sent(app, key, station) for station in ("A0/0", "A0/1")] == [201, 422]
    assert all(text in admin.get(PAGE).text for text in ("Team t10", "A1, A0/0"))


def test_an_ended_key_is_refused_at_once_in_every_process(app, admin, both, tmp_path):
    another = application(both, tmp_path)  # as a second process of this server
    key = key_in(asked(admin))
    statuses = [sent(each, key, station="nowhere") for each in (app, another)]
    assert asked(admin, "end").status_code == 303
    assert statuses == [422, 422]
    assert [sent(each, key, station="nowhere") for each in (app, another)] == [401, 401]
    assert devices(app) == []


def test_a_key_made_anew_may_the_same_and_the_one_before_ends(app, admin):
    before = key_in(asked(admin, team="t10", areas="A0"))
    (device,) = devices(app)
    after = key_in(asked(admin, "renew"))
    assert [sent(app, key) for key in (before, after)] == [401, 201]
    assert devices(app) == [device]


def test_a_name_that_is_taken_ends_no_key(app, admin):
    key, again = key_in(asked(admin)), asked(admin, team="t10")
    assert (again.status_code, key_in(again)) == (422, "")
    assert "This name is taken." in again.text and "<option selected>t10" in again.text
    assert sent(app, key) == 201


@pytest.mark.parametrize(
    "name", [*PAYLOADS, "", " ", "a b", "@desk", "file:v", "a" * 101, "a\0b", "a\nb", "../x"]
)
def test_a_name_that_cannot_be_is_refused_in_words_and_shown_as_text(app, admin, name):
    answer = asked(admin, name=name)
    assert answer.status_code == 422
    assert "A name has 1 to 100 letters" in answer.text
    assert devices(app) == []
    assert "<" not in name or name not in answer.text


@pytest.mark.parametrize("part", ["team", "areas", "stations"])
@pytest.mark.parametrize("text", first_of([*PAYLOADS, "nowhere", "a\0b"], 3))
def test_what_the_mission_does_not_have_is_refused_in_words(app, admin, part, text):
    answer = asked(admin, **{part: text})
    assert (answer.status_code, devices(app)) == (422, [])
    says = re.search(r'role="alert"><b>(There is no [^<]*)</b>', answer.text)
    assert text.strip() in unescape(says[1])


def test_more_places_than_a_device_may_have_are_refused_and_given_back(app, admin):
    lines = "\n".join(f"A0/{number}" for number in range(MOST_PLACES + 1))
    answer = asked(admin, stations=lines)
    assert (answer.status_code, devices(app)) == (422, [])
    assert "At most 1000 areas" in answer.text and f"A0/{MOST_PLACES}" in answer.text


@pytest.mark.parametrize("step", ["make", "renew", "end"])
@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_no_other_sites_page_makes_or_ends_a_key(app, admin, step, headers):
    key = key_in(asked(admin))
    assert asked(admin, step, headers=headers).status_code == 403
    assert sent(app, key) == 201


@pytest.mark.parametrize("step", ["renew", "end"])
@pytest.mark.parametrize("name", ["nobody", "", "../../etc", *PAYLOADS[:3]])
def test_a_device_that_is_none_is_not_found(admin, step, name):
    assert asked(admin, step, name=name).status_code == 404


def test_a_mission_that_is_none_has_no_page(admin):
    assert admin.get("/account/en/devices/nowhere/").status_code == 404
    assert admin.post("/account/en/devices/nowhere/make", data={"name": "p"}, headers=OURS).status_code == 404


def test_devices_of_another_mission_are_not_listed_or_ended(app, admin):
    asked(admin)
    other = PAGE.replace(OWN, "another")
    assert "phone-1" not in admin.get(other).text
    assert admin.post(f"{other}end", data={"name": "phone-1"}, headers=OURS).status_code == 404
    assert len(devices(app)) == 1


def test_page_of_people_leads_to_the_devices_of_every_mission(admin):
    page = admin.get("/account/en/people/").text
    assert set(re.findall(r'href="[./]*(/account/en/devices/[\w-]+/)"', page)) == {
        PAGE, PAGE.replace(OWN, "another"),
    }  # fmt: skip


def test_who_did_it_is_logged_and_the_key_is_not(admin, caplog):
    with caplog.at_level("INFO", "baqylau"):
        keys = [key_in(asked(admin, step)) for step in ("make", "renew")]
        asked(admin, "end")
    told = f"of device phone-1 of {OWN}"
    made = f"boss made a key for device phone-1 of {OWN}"
    assert [record.getMessage() for record in caplog.records][-3:] == [
        made,
        made,
        f"boss ended the key {told}",
    ]
    assert not any(key in caplog.text for key in keys)


def test_a_key_that_cannot_be_kept_is_not_shown(admin, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = asked(admin)
    assert (answer.status_code, key_in(answer)) == (503, "")
