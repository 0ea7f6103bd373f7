"""What a browser is sent of our scripts."""

from __future__ import annotations

import re

import pytest

from web.assets import STATIC, assets, basemap_from_afar

PAGES = STATIC.parent / "pages"
STYLES = re.compile(r"{% block styles %}.*?{% endblock %}", re.DOTALL)
SCRIPTS = {name: one.body.decode() for name, one in assets().static.items() if name.startswith("js/")}


def test_scripts_are_sent_without_what_only_people_and_tsc_read() -> None:
    lines = [line for text in SCRIPTS.values() for line in text.splitlines()]
    assert [line for line in lines if line.startswith(("//", "/*", "*")) or "@type" in line] == []


def test_nothing_but_comments_is_left_out_of_a_script() -> None:
    for name, text in SCRIPTS.items():
        code = (STATIC / name).read_text(encoding="utf-8")
        assert text.count("export ") == code.count("\nexport ") + code.startswith("export "), name


@pytest.mark.parametrize("library", ["pbf", "point-geometry", "vector-tile"])
def test_a_library_that_is_published_with_its_comments_is_sent_without_them(library: str) -> None:
    name = f"vendor/{library}/index.js"
    code, sent = (STATIC / name).read_text(encoding="utf-8"), assets().static[name].body.decode()
    assert len(sent) < 0.8 * len(code)
    assert sent.count("export ") == code.count("\nexport ") + code.startswith("export ")


def test_types_are_not_served() -> None:
    assert [name for name in assets().static if name.endswith(".ts")] == []


def test_a_page_s_own_rules_come_after_those_of_all_pages() -> None:
    base = (PAGES / "base.html").read_text(encoding="utf-8")
    assert base.index("css/page.css") < base.index("{% block styles %}")
    # what is printed and mailed stands alone
    for path in set(PAGES.glob("*.html")) - {PAGES / "base.html", PAGES / "desk_sheets.html"}:
        assert "/css/" not in STYLES.sub("", path.read_text(encoding="utf-8")), path.name


def test_no_script_writes_a_unit_of_length_in_one_language() -> None:
    assert [name for name, text in SCRIPTS.items() if re.search(r"\} (km|m)\b", text)] == []


def test_the_basemap_from_afar_is_made_once_for_all_pages() -> None:
    assert basemap_from_afar() is basemap_from_afar()
