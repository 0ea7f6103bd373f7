"""Tiles of another host: what mission.toml may say, and what is refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.errors import MissionError
from geo.model.mission import load
from geo.model.online_tiles import OnlineTiles, parse_online_tiles
from tests.web import missions

URL = "https://tiles.example.org/{z}/{x}/{y}.png"
CREDIT = "© OpenStreetMap contributors"


def parsed(**section):
    problems = []
    return parse_online_tiles(section, lambda key, text: problems.append((key, text))), problems


def test_nothing_said_means_no_other_host():
    assert parsed() == (None, [])


@pytest.mark.parametrize(
    ("url", "origin", "host"),
    [
        (URL, "https://tiles.example.org", "tiles.example.org"),
        ("https://a.example:8443/{z}/{x}/{y}@2x.png?key=A1-b", "https://a.example:8443", "a.example"),
        ("http://127.0.0.1:8080/{z}/{x}/{y}.png", "http://127.0.0.1:8080", "127.0.0.1"),
    ],
)
def test_an_address_is_taken_with_its_origin(url, origin, host):
    assert parsed(url=url, attribution=CREDIT) == (OnlineTiles(url, origin, host, CREDIT), [])


@pytest.mark.parametrize(
    "url",
    [
        "", 7, "tiles", "/{z}/{x}/{y}.png", "//tiles.example.org/{z}/{x}/{y}.png",
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "javascript:alert(1)//{z}/{x}/{y}", "data:image/svg+xml,{z}/{x}/{y}",
        "https://tiles.example.org/{z}/{x}.png", "https://tiles.example.org/{z}/{x}/{y}/{z}.png",
        "https://{s}.example.org/{z}/{x}/{y}.png", "https://{z}.example.org/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}.png; script-src *",
        "https://tiles.example.org;script-src/{z}/{x}/{y}.png",
        "https://tiles.example.org,*/{z}/{x}/{y}.png", "https://*/{z}/{x}/{y}.png", "https://*.org/{z}/{x}/{y}",
        "https://tiles.example.org 'unsafe-inline'/{z}/{x}/{y}.png",
        "https://name:word@tiles.example.org/{z}/{x}/{y}.png", "https://tiles.example.org\\@evil/{z}/{x}/{y}",
        "https://tiles.example.org/{z}/{x}/{y}.png\r\nSet-Cookie: a=b",
        "https://tiles.example.org/{z}/{x}/{y}\x00",
        "https://tiles.example.org/\"><script>{z}/{x}/{y}", "https://тайлы.example/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}.png#",
        f"https://tiles.example.org/{'a' * 400}/{{z}}/{{x}}/{{y}}",
    ],
)  # fmt: skip
def test_an_address_that_is_none_or_would_say_more_is_refused_in_words(url):
    online, problems = parsed(url=url, attribution=CREDIT)
    assert online is None
    assert [key for key, _ in problems] == ["online_tiles.url"]
    assert "must be an address such as" in problems[0][1]


@pytest.mark.parametrize(
    "credit",
    [
        "",
        "   ",
        7,
        ["a"],
        "<b>makers</b>",
        "<script>alert(1)</script>",
        "two\nlines",
        "\x00",
        "\u202eright",
        "a" * 161,
    ],
)
def test_a_credit_that_is_no_plain_text_is_refused_in_words(credit):
    online, problems = parsed(url=URL, attribution=credit)
    assert online is None
    assert [key for key, _ in problems] == ["online_tiles.attribution"]


def test_a_setting_that_is_none_is_told():
    assert parsed(url=URL, attribution=CREDIT, press=True)[1][0][0] == "online_tiles.press"


@given(st.text(max_size=80))
def test_whatever_is_accepted_ends_no_rule_of_a_policy(text):
    for url in (text, f"https://{text}/{{z}}/{{x}}/{{y}}", f"https://a.example/{{z}}/{{x}}/{{y}}{text}"):
        online, _ = parsed(url=url, attribution=CREDIT)
        assert online is None or not set(" ;,'\"\r\n\t*\\<>") & set(online.origin + online.url)


def test_a_mission_with_a_hostile_address_is_refused_with_its_line(tmp_path):
    folder = missions.write(tmp_path / "one", {})
    path = folder / "mission.toml"
    text = path.read_text() + '\n[online_tiles]\nurl = "https://x.example;/{z}/{x}/{y}"\nattribution = "x"\n'
    path.write_text(text)
    with pytest.raises(MissionError) as refused:
        load(folder)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("url"))
    assert any(one.line == line and "online_tiles.url" in str(one) for one in refused.value.problems)
