"""What a browser is sent of our scripts."""

from __future__ import annotations

from web.assets import STATIC, assets

SCRIPTS = {name: one.body.decode() for name, one in assets().static.items() if name.startswith("js/")}


def test_scripts_are_sent_without_what_only_people_and_tsc_read() -> None:
    lines = [line for text in SCRIPTS.values() for line in text.splitlines()]
    assert [line for line in lines if line.startswith(("//", "/*", "*")) or "@type" in line] == []


def test_nothing_but_comments_is_left_out_of_a_script() -> None:
    for name, text in SCRIPTS.items():
        code = (STATIC / name).read_text(encoding="utf-8")
        assert text.count("export ") == code.count("\nexport ") + code.startswith("export "), name


def test_types_are_not_served() -> None:
    assert [name for name in assets().static if name.endswith(".ts")] == []
