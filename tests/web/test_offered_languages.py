"""A mission that offers some languages has buttons and addresses for these, and sends others on to them."""

import re
from urllib.parse import urljoin

import pytest

from server import create_app
from tests.web import missions


@pytest.fixture(scope="module", params=[["en"], ["ru", "kk"]], ids=",".join)
def offered(request):
    return request.param


@pytest.fixture(scope="module")
def client(tmp_path_factory, offered):
    folder = missions.sized(tmp_path_factory.mktemp("missions") / "m", 40)
    toml = (folder / "mission.toml").read_text(encoding="utf-8")
    written = ", ".join(f'"{code}"' for code in offered)
    (folder / "mission.toml").write_text(
        toml.replace("[mission]\n", f"[mission]\nlanguages = [{written}]\n", 1), encoding="utf-8"
    )
    app = create_app([folder], tmp_path_factory.mktemp("state"))
    client = app.test_client()
    client.get(f"/m/desk/?token={app.config['DESK_TOKEN']}")
    return client


PAGES = ("/m/{}/", "/m/{}/methods/", "/m/{}/area/A0/", "/m/desk/{}/")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_a_button_for_each_language_offered_and_no_other(client, offered, page):
    answer = client.get(page.format(offered[0]))
    assert answer.status_code == 200
    buttons = re.findall(r'<a[^>]* hreflang="(\w+)"', answer.get_data(as_text=True))
    assert sorted(set(buttons)) == sorted(offered)


@pytest.mark.parametrize("page", PAGES)
def test_search_engines_are_told_of_the_languages_offered(client, offered, page):
    text = client.get(page.format(offered[0])).get_data(as_text=True)
    assert set(re.findall(r'rel="alternate" hreflang="(\w\w)"', text)) <= set(offered)


@pytest.mark.parametrize("page", [*PAGES, "/m/{}/download/country.csv", "/m/desk/{}/files/methods.txt"])
def test_an_address_in_another_language_leads_to_the_same_page_in_an_offered_one(client, offered, page):
    other = next(code for code in ("en", "ru", "kk") if code not in offered)
    answer = client.get(page.format(other))
    assert answer.status_code == 302
    asked = f"{page.format(other)}?stage=all"
    target = urljoin(asked, client.get(asked).headers["Location"])
    assert target in {f"{page.format(code)}?stage=all" for code in offered}


def test_a_visitor_of_no_language_in_particular_gets_one_that_is_offered(client, offered):
    for address in ("/m/", "/m/desk/"):
        answer = client.get(address, headers={"Accept-Language": "fr"})
        assert answer.headers["Location"].removesuffix("/") in offered


def test_a_language_nobody_speaks_is_not_found(client):
    assert client.get("/m/fr/").status_code == client.get("/m/desk/fr/").status_code == 404
