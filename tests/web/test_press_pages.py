"""Pictures, frames and area pages over HTTP: who may use them where, and that no row becomes markup."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from server import create_app
from tests.web import missions

ROOT = Path(__file__).resolve().parents[2]
SLUG = "kazakhstan-2005"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    return create_app([ROOT / "data" / SLUG], tmp_path_factory.mktemp("state")).test_client()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = missions.hostile(tmp_path_factory.mktemp("missions") / "hostile")
    return create_app([folder], tmp_path_factory.mktemp("state")).test_client()


def version(client, slug=SLUG):
    return client.get(f"/{slug}/version.json").json["version"]


def picture(client, name, code="en", slug=SLUG, query=""):
    return client.get(f"/{slug}/{code}/picture-{version(client, slug)}/{name}{query}")


def test_picture_may_be_kept_for_ever_and_shown_on_any_site(client):
    for name, kind in (
        ("findings-all-medium.svg", "image/svg+xml"),
        ("coverage-all-medium.png", "image/png"),
    ):
        answer = picture(client, name)
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Content-Disposition" not in answer.headers


def test_picture_can_be_kept_as_a_file(client):
    answer = picture(client, "findings-all-low.svg", code="ru", query="?download")
    assert re.fullmatch(
        rf'attachment; filename="{SLUG}-findings-all-low-ru-\w+\.svg"', answer.headers["Content-Disposition"]
    )


@pytest.mark.parametrize(
    "name", ["findings-all-medium.gif", "rate-all-medium.svg", "findings-all-s99.svg", "x.png", "a-b-c.svg"]
)
def test_picture_that_does_not_exist_is_not_found(client, name):
    assert picture(client, name).status_code == 404


def test_picture_of_another_version_or_language_is_not_found(client):
    assert client.get(f"/{SLUG}/en/picture-0000/findings-all-medium.svg").status_code == 404
    assert picture(client, "findings-all-medium.svg", code="de").status_code == 404


def test_only_the_embed_page_may_be_framed_by_another_site(client):
    policy = client.get(f"/{SLUG}/en/embed/").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors *")
    assert "script-src 'self';" in policy
    for path in ("/", f"/{SLUG}/en/", f"/{SLUG}/en/methods/", f"/{SLUG}/en/area/KZ-ALA/", "/no/such/page"):
        assert client.get(path).headers["Content-Security-Policy"].endswith("frame-ancestors 'self'"), path


def test_embed_page_sets_no_cookie_and_loads_its_script_from_beside_it(client):
    answer = client.get(f"/{SLUG}/kk/embed/")
    assert "Set-Cookie" not in answer.headers
    script = re.search(r'src="(map-\w+\.js)"', answer.text)[1]
    assert client.get(f"/{SLUG}/kk/embed/{script}").status_code == 200
    assert "310" in answer.text


@pytest.mark.parametrize(
    ("code", "name", "status"),
    [("en", "Almaty city", "visits not reported"), ("ru", "город Алматы", "о числе визитов не сообщается"),
     ("kk", "Алматы қаласы", "барған учаске саны хабарланбаған")],
)  # fmt: skip
def test_area_page_says_in_every_language_what_is_known(client, code, name, status):
    text = client.get(f"/{SLUG}/{code}/area/KZ-ALA/").get_data(as_text=True)
    assert f"<h1>{name}</h1>" in text
    assert "310" in text
    assert "273" in text  # a station named there
    assert 'href="../../"' in text
    if code != "ru":
        assert status in text


def test_every_area_of_the_table_leads_to_its_page(client):
    links = re.findall(r'<th scope="row"><a href="(area/[^"]+)">', client.get(f"/{SLUG}/en/").text)
    assert len(links) == 17
    assert {client.get(f"/{SLUG}/en/{link}").status_code for link in links} == {200}


@pytest.mark.parametrize("area", ["nope", "KZ", "%3Cscript%3E", "a%2Fb", "KZ-ALA%00"])
def test_area_that_is_not_drawn_is_not_found(client, area):
    assert client.get(f"/{SLUG}/en/area/{area}/").status_code == 404


def test_page_without_scripts_holds_the_picture_and_scripts_never_ask_for_it(client):
    text = client.get(f"/{SLUG}/en/").text
    still = re.search(r'<noscript><img class="still" src="([^"]+)"', text)[1]
    assert client.get(f"/{SLUG}/en/{still}").mimetype == "image/svg+xml"
    assert text.count("<img") == 1


def test_three_sentences_say_how_to_read_the_map(client):
    lead = re.search(r'id="reading".*?<p class="lead">(.*?)</p>', client.get(f"/{SLUG}/en/").text, re.DOTALL)
    shown = re.sub(r"<span[^>]*hidden>.*?</span>", "", lead[1])
    plain = re.sub(r"<[^>]+>", "", shown)
    assert len(re.findall(r"[.](?:\s|$)", plain)) == 3
    assert "not at random" in plain
    assert "no estimate for the country" in plain


def test_citation_names_mission_observers_day_version_and_licence(client):
    text = re.search(r'<textarea id="citation"[^>]*>(.*?)</textarea>', client.get(f"/{SLUG}/en/").text)[1]
    for part in (
        "Kazakhstan 2005",
        "observers of European Network",
        "5 December 2005",
        version(client),
        "Licence",
    ):
        assert part in text, part


def test_hostile_texts_stay_texts_in_pictures_and_area_pages(hostile):
    for code in ("en", "ru", "kk"):
        for one in ("findings-all-low", "findings-all-c0", "coverage-all-medium"):
            found = picture(hostile, f"{one}.svg", code, "hostile")
            tags = {one.tag.rpartition("}")[2] for one in ET.fromstring(found.data).iter()}
            assert not tags & {"script", "image", "iframe", "foreignObject", "a", "img"}
        for area in range(10):
            text = hostile.get(f"/hostile/{code}/area/A{area}/").text
            assert not re.findall(r"<script(?![^>]*\ssrc=)|<img|<iframe|<svg onload", text)


def test_before_a_release_there_is_no_picture_no_frame_and_no_area(tmp_path):
    areas = [missions.square(0, area_id="A0", level=1, name_en="A")]
    folder = missions.write(tmp_path / "live", {"areas": areas}, nature="live")
    client = create_app([folder], tmp_path / "state").test_client()
    for path in ("embed/", "area/A0/", "picture-0/findings-all-medium.svg"):
        assert client.get(f"/live/en/{path}").status_code == 404, path
    assert client.get("/live/en/").status_code == 200
