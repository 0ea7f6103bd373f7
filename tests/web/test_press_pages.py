"""Pictures, frames and area pages over HTTP: who may use them where, and that no row becomes markup."""

import json
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
        ("named-all-medium.svg", "image/svg+xml"),
        ("coverage-all-medium.png", "image/png"),
    ):
        answer = picture(client, name)
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Content-Disposition" not in answer.headers


def test_picture_can_be_kept_as_a_file(client):
    answer = picture(client, "named-all-low.svg", code="ru", query="?download")
    assert re.fullmatch(
        rf'attachment; filename="{SLUG}-named-all-low-ru-\w+\.svg"', answer.headers["Content-Disposition"]
    )


@pytest.mark.parametrize(
    "name", ["named-all-medium.gif", "rate-all-medium.svg", "named-all-critical.svg", "x.png", "a-b-c.svg"]
)
def test_picture_that_does_not_exist_is_not_found(client, name):
    assert picture(client, name).status_code == 404


def test_picture_of_another_version_or_language_is_not_found(client):
    assert client.get(f"/{SLUG}/en/picture-0000/named-all-medium.svg").status_code == 404
    assert picture(client, "named-all-medium.svg", code="de").status_code == 404


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
@pytest.mark.capability("A page for every area", page="press")
def test_area_page_says_in_every_language_what_is_known(client, code, name, status):
    text = client.get(f"/{SLUG}/{code}/area/KZ-ALA/").get_data(as_text=True)
    assert f"<h1>{name}</h1>" in text
    assert "310" in text
    assert "273" in text  # a station named there
    assert 'href="../../"' in text
    if code != "ru":
        assert status in text


CITIZENS = "kazakhstan-2005-citizens"


@pytest.fixture(scope="module")
def citizens(tmp_path_factory):
    """A mission that told its rates with margins: its areas' pages have all that a page can have."""
    return create_app([ROOT / "data" / CITIZENS], tmp_path_factory.mktemp("state")).test_client()


def said(client, address):
    text = client.get(address).get_data(as_text=True)
    return [re.sub("<[^>]+>", "", re.search(rf'id="{one}">(.*?)</', text)[1]) for one in ("headline", "line")]


@pytest.mark.slow
@pytest.mark.parametrize("code", ["en", "ru", "kk"])
@pytest.mark.capability("A picture and a frame of every area", page="press")
def test_frame_and_picture_of_an_area_say_its_pages_headline_share_and_margin(citizens, code):
    for area in ("KZ-YUZ", "KZ-AKM"):
        headline, line = of_page = said(citizens, f"/{CITIZENS}/{code}/area/{area}/")
        assert len(re.findall(r"\d\s%", line)) >= 6, line  # share and margin, its own and the country's
        assert of_page == said(citizens, f"/{CITIZENS}/{code}/embed/area/{area}/")
        text = citizens.get(f"/{CITIZENS}/{code}/area/{area}/").text
        name = re.search(r'href="../../picture-\w+/([\w-]+)\.svg" download', text)[1]
        drawn = ET.fromstring(picture(citizens, f"{name}.svg", code, CITIZENS).data)
        assert drawn[0].text.startswith(f"{headline}. {line}")


@pytest.mark.slow
@pytest.mark.parametrize(("code", "town"), [("en", "Shymkent"), ("ru", "Шымкент"), ("kk", "Шымкент")])
def test_clusters_and_their_towns_are_named_in_the_pages_language(citizens, code, town):
    made = version(citizens, CITIZENS)
    choice = citizens.get(f"/{CITIZENS}/{code}/choice-all-medium-part-{made}.json").json
    sentences = [choice["measures"]["clusters"]["headline"], *(one["name"] for one in choice["clusters"])]
    assert any(town in one for one in sentences)
    assert code == "en" or not re.findall("[A-Za-z]", " ".join(sentences))


@pytest.mark.slow
def test_squares_of_stations_have_the_classes_of_the_legend(tmp_path):
    slug = "kazakhstan-2005-simulated"  # its stations may be shown
    client = create_app([ROOT / "data" / slug], tmp_path).test_client()
    name = re.search(r"map-[0-9a-f]+[.]js", client.get(f"/{slug}/en/").text)[0]
    breaks = json.loads(re.search(r'"breaks": (\[[^\]]*\])', client.get(f"/{slug}/en/{name}").text)[1])
    choice = client.get(f"/{slug}/en/choice-all-medium-{version(client, slug)}.json").json
    labels = [one["label"] for one in choice["measures"]["findings"]["classes"]]
    starts = [float(re.match(r"[\d.]+", label)[0]) for label in labels[1:]]
    assert [round(100 * limit, 6) for limit in breaks] == starts


def test_frame_of_an_area_may_be_framed_and_needs_no_script(client):
    answer = client.get(f"/{SLUG}/en/embed/area/KZ-ALA/")
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors *")
    assert re.findall(r'<script[^>]*src="([^"]+)"', answer.text) == [
        f"../../../../../static/{re.search(r'static/([^/]+)/', answer.text)[1]}/js/theme.js"
    ]
    assert client.get(f"/{SLUG}/en/embed/area/nope/").status_code == 404


@pytest.mark.parametrize("name", ["locator-17.svg", "locator--1.svg", "locator-.svg", "locator-x.svg"])
def test_locator_of_no_area_is_not_found(client, name):
    assert picture(client, name).status_code == 404


def test_locator_of_every_area_marks_one_place(client):
    for area in range(17):
        root = ET.fromstring(picture(client, f"locator-{area}.svg").data)
        assert len([one for one in root.iter() if one.get("id") == "located"]) == 1


@pytest.mark.parametrize(
    "name", ["named-area17-all-medium.svg", "named-area-1-all-medium.svg", "named-part-area1-all-medium.svg"]
)
def test_picture_of_no_area_is_not_found(client, name):
    assert picture(client, name).status_code == 404


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
    section = re.search(r'id="reading".*?</section>', client.get(f"/{SLUG}/en/").text, re.DOTALL)[0]
    leads = re.findall(r'<p class="lead"[^>]*>(.*?)</p>', section)
    plain = " ".join(leads[:3])
    assert len(leads) == 4  # and one about stations that are not named
    assert "not at random" in plain
    assert "no estimate for the country" in plain


@pytest.mark.capability("A citation", page="press")
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
        for one in ("named-all-low", "coverage-all-medium"):
            found = picture(hostile, f"{one}.svg", code, "hostile")
            tags = {one.tag.rpartition("}")[2] for one in ET.fromstring(found.data).iter()}
            assert not tags & {"script", "image", "iframe", "foreignObject", "a", "img"}
        for area in range(10):
            text = hostile.get(f"/hostile/{code}/area/A{area}/").text
            assert not re.findall(r"<script(?![^>]*\ssrc=)|<img(?! class=.locator)|<iframe|<svg onload", text)


def test_before_a_release_there_is_no_picture_no_frame_and_no_area(tmp_path):
    areas = [missions.square(0, area_id="A0", level=1, name_en="A")]
    folder = missions.write(tmp_path / "live", {"areas": areas}, nature="live")
    client = create_app([folder], tmp_path / "state").test_client()
    for path in ("embed/", "area/A0/", "picture-0/named-all-medium.svg"):
        assert client.get(f"/live/en/{path}").status_code == 404, path
    assert client.get("/live/en/").status_code == 200
