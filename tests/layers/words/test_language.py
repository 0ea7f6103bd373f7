"""Three languages: nothing untranslated, no lost placeholder, right plurals."""

import ast
import re
from functools import cache

import pytest
from babel.messages.pofile import read_po

from layers.map.measures import statistics
from layers.words.language import FOLDER, language

FOREIGN = ("ru", "kk")


def catalogue(code):
    with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """What the code and the pages say, as Babel finds it."""
    from babel.messages.frontend import CommandLineInterface

    out = tmp_path_factory.mktemp("words") / "messages.pot"
    keywords = [part for word in ("say", "mark", "count:1,2", "forms:1,2") for part in ("-k", word)]
    root = FOLDER.parent.parent
    command = ["pybabel", "-q", "extract", "-F", str(FOLDER / "babel.cfg"), *keywords, "-o", str(out)]
    CommandLineInterface().run([*command, str(root)])
    with out.open("rb") as file:
        return read_po(file)


def texts(value):
    return list(value) if isinstance(value, (tuple, list)) else [value]


@pytest.mark.parametrize("code", FOREIGN)
@pytest.mark.capability("English, Russian and Kazakh", page="every page")
def test_every_sentence_of_code_and_pages_is_translated(code, extracted):
    known = catalogue(code)
    wanted = [message.id for message in extracted if message.id]
    assert len(wanted) > 100
    missing = [i for i in wanted if i not in known or not all(texts(known[i].string))]
    assert missing == []


@pytest.mark.parametrize("code", FOREIGN)
@pytest.mark.parametrize("statistic", statistics(), ids=lambda statistic: statistic.name)
def test_methods_note_says_every_statistic_in_the_language(code, statistic):
    assert {statistic.says, statistic.source} <= {message.id for message in catalogue(code) if message.string}


@cache
def written_out():
    """Return every text of the code, and the pages' source with its blanks made one."""
    root = FOLDER.parents[1]
    modules = [
        root / "server.py",
        *(path for top in ("web", "layers", "geo") for path in (root / top).rglob("*.py")),
    ]
    constants = {
        node.value
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    pages = [path.read_text(encoding="utf-8") for path in (FOLDER.parent / "pages").rglob("*.html")]
    return constants, re.sub(r"\s+", " ", " ".join(pages)).replace('\\"', '"')


@pytest.mark.parametrize("code", FOREIGN)
def test_no_translation_is_of_a_sentence_that_nothing_says(code):
    constants, pages = written_out()
    keys = [texts(message.id) for message in catalogue(code) if message.id]
    assert [key for key in keys if not any(text in constants or text in pages for text in key)] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_placeholders_survive_translation(code):
    for message in catalogue(code):
        if message.id:
            wanted = set(re.findall(r"\{\w+\}", texts(message.id)[-1]))
            for text in texts(message.string):
                assert set(re.findall(r"\{\w+\}", text)) <= wanted, message.id
                if not isinstance(message.id, tuple):
                    assert set(re.findall(r"\{\w+\}", text)) == wanted, message.id


@pytest.mark.parametrize(("n", "said"), [(1, "1 упоминание"), (3, "3 упоминания"), (12, "12 упоминаний")])
@pytest.mark.capability("Plurals of each language", page="every page")
def test_russian_has_three_plural_forms(n, said):
    assert language("ru").count("{n} mention", "{n} mentions", n) == said


def test_browser_gets_a_form_for_every_plural_category():
    assert set(language("ru").forms("{n} mention", "{n} mentions")) == {"one", "few", "many", "other"}
    assert set(language("kk").forms("{n} mention", "{n} mentions")) == {"one", "other"}


def test_missing_translation_stays_english():
    assert language("ru").say("A sentence nobody has translated.") == "A sentence nobody has translated."


@pytest.mark.parametrize(
    ("code", "n", "share"), [("en", "9,580", "3.2 %"), ("ru", "9\u00a0580", "3,2\u00a0%")]
)
def test_numbers_follow_the_language(code, n, share):
    assert language(code).number(9580) == n
    assert language(code).percent(310 / 9580) == share
