"""What geo refuses is said in the page's language, all of it; what it names stays as it is."""

from __future__ import annotations

import ast
import zipfile
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.pofile import read_po

from geo.model import messages as module
from geo.model.errors import InputError, RouteError
from geo.model.messages import Message, counted_message, message, untranslated
from geo.model.table_source import TableSource
from geo.reading.defects import KINDS
from geo.reading.readers import READERS, advice, read, sandbox
from geo.reading.readers.reader import BINARY
from layers.words.language import FOLDER, language
from layers.words.message_text import message_in_language

GEO = Path(module.__file__).parents[1]
FORMATS = {"GeoJSON", "Parquet", "FlatGeobuf", "KML", "KMZ", "PDF", "gzip", "JSON"}  # called so everywhere
CONTENTS = {name for _, name in BINARY}
Said = dict[tuple[str, ...], tuple[set[str], str]]
MAKERS = {"RouteError": 1, "message": 1, "counted_message": 2}  # how many templates each takes


def constants(tree: ast.Module) -> dict[str, str]:
    """Return a module's own texts by name."""
    pairs = [
        (ast.unparse(one.target if isinstance(one, ast.AnnAssign) else one.targets[0]), one.value)
        for one in tree.body
        if isinstance(one, (ast.Assign, ast.AnnAssign))
    ]
    return {
        name: value.value
        for name, value in pairs
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def sentences(source: str) -> list[tuple[tuple[str, ...], set[str]]]:
    """Return what a module says: templates, and the names that its values have.

    Fails for a template that cannot be read from the source: one that is put together while the program runs
    has no translation.
    """
    tree, found = ast.parse(source), []
    known = constants(tree)
    ours = {
        name.name
        for one in ast.walk(tree)
        if isinstance(one, ast.ImportFrom) and one.module in ("geo.model.messages", "geo.model.errors")
        for name in one.names
    }
    for call in ast.walk(tree):
        maker = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
        if not isinstance(call, ast.Call) or maker not in ours & set(MAKERS):
            continue
        first = call.args[0]
        is_made = isinstance(first, ast.Call) and getattr(first.func, "id", "") in (
            "message",
            "counted_message",
        )
        if maker == "RouteError" and (is_made or ast.unparse(first).endswith(".says")):
            continue
        texts = tuple(_text(one, known) for one in call.args)
        assert len(texts) == MAKERS[maker], ast.unparse(call)
        found.append((texts, {str(one.arg) for one in call.keywords}))
    return found


def _text(node: ast.expr, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    assert isinstance(node, ast.Constant), f"line {node.lineno}: {ast.unparse(node)} is no plain text"
    return str(node.value)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def said() -> Said:
    """Everything that `geo` and `web` say: its templates, the names of their values, the file."""
    return {
        texts: (names, path.name)
        for path in sorted((*GEO.rglob("*.py"), *(GEO.parent / "web").rglob("*.py")))
        if path not in (GEO / "model" / "messages.py", GEO / "model" / "errors.py")
        for texts, names in sentences(path.read_text(encoding="utf-8"))
    }


def test_all_refusals_of_the_planner_are_found(said: Said) -> None:
    assert len(said) > 80
    assert ("{fault} to station {station}",) in said
    assert ("team {team} is back at {time}, after its shift ends",) in said


@pytest.mark.parametrize(
    "source", ['RouteError(f"team {x}")', 'message("a " + b)', "message(name)", 'message("a".lower())']
)
def test_a_text_put_together_while_running_is_found_out(source: str) -> None:
    with pytest.raises(AssertionError, match="no plain text"):
        sentences(
            f"from geo.model.errors import RouteError\nfrom geo.model.messages import message\n{source}"
        )


def test_every_refusal_is_given_just_what_it_names(said: Said) -> None:
    for texts, (names, file) in said.items():
        assert all(places(text) == names for text in texts), (file, texts, names)


@pytest.mark.parametrize("code", ["ru", "kk"])
def test_every_refusal_is_translated_with_the_same_places(said: Said, code: str) -> None:
    with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        known: Any = read_po(file, locale=code)
    missing, wrong = [], []
    for texts in said:
        message = known.get(texts if len(texts) > 1 else texts[0])
        forms = [] if message is None else [message.string] if len(texts) == 1 else list(message.string)
        if not forms or not all(forms) or any(one in texts for one in forms):
            missing.append(texts)
        wrong += [(one, texts) for one in forms if places(one) != places(texts[0])]
    assert missing == []
    assert wrong == []
    assert language(code)  # and the catalogue compiles


@pytest.mark.parametrize("code", ["ru", "kk"])
@pytest.mark.parametrize(
    "texts",
    [
        {kind.says for kind in KINDS.values()},
        set(sandbox.MESSAGES.values()),
        {one.says for one in READERS if one.says not in FORMATS},
        {*CONTENTS, "nothing", "XML or HTML", "text"} - FORMATS,
        {advice(ending) for ending in (".xls", ".doc", ".mdb", ".shp", ".gz", ".other")},
    ],
    ids=["defects", "sandbox", "formats", "contents", "advice"],
)
def test_every_text_of_a_table_of_reading_is_translated(code: str, texts: set[str]) -> None:
    assert sorted(text for text in texts if not language(code).knows(text)) == []


@pytest.mark.parametrize(
    ("code", "says"), [("ru", "list.csv: файл пуст"), ("kk", "list.csv: файл бос")], ids=["ru", "kk"]
)
def test_a_file_that_cannot_be_read_is_refused_in_the_language(tmp_path: Path, code: str, says: str) -> None:
    (tmp_path / "list.csv").touch()
    with pytest.raises(InputError) as caught:
        read(TableSource("stations", tmp_path / "list.csv"))
    assert message_in_language(caught.value.said, language(code)).startswith(says)
    assert str(caught.value) == "list.csv: the file is empty; a table needs at least a header line"


def test_a_member_of_an_archive_is_refused_under_the_archives_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "day.zip", "w") as archive:
        archive.writestr("visits.csv", b"\x00\x01\x02" * 100)
    with pytest.raises(
        InputError, match=r"^day\.zip: visits\.csv in it: refused because its content is binary"
    ):
        read(TableSource("visits", tmp_path / "day.zip"))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("en", "team T1: {fault} to station A/1"),
        ("ru", "команда T1: по пути на участок A/1: нет дороги"),
        ("kk", "T1 тобы: A/1 учаскесіне барар жолда: жол жоқ"),
    ],
)
def test_parts_are_said_in_the_language_of_the_whole(code: str, says: str) -> None:
    fault = message("{fault} to station {station}", fault=message("there is no way"), station="A/1")
    whole = message("team {team}: {fault}", team="T1", fault=fault)
    assert message_in_language(whole, language(code)) == says.replace("{fault}", "there is no way")


@pytest.mark.parametrize(
    ("n", "says"),
    [(1, "1 остановка"), (3, "3 остановки"), (11, "11 остановок"), (1200, "1\u00a0200 остановок")],
)
def test_russian_counts_in_three_forms(n: int, says: str) -> None:
    one = counted_message(
        "team {team}: the new order must hold its {n} stop still to come, once",
        "team {team}: the new order must hold its {n} stops still to come, each once",
        n=n, team="T1",
    )  # fmt: skip
    assert says in message_in_language(one, language("ru"))


HOSTILE = "{team} {0.__class__} %s <img src=x onerror=alert(1)> Команда"


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
def test_a_hostile_name_is_only_ever_text(code: str) -> None:
    error = RouteError(
        "team {team} is unknown; this mission has {teams}", team=HOSTILE, teams=(HOSTILE, "T2")
    )
    assert HOSTILE in str(error)
    shown = message_in_language(error.said, language(code))
    assert shown.count(HOSTILE) == 2
    assert shown.endswith(f"{HOSTILE}, T2")


def test_a_value_that_is_a_sentence_of_ours_is_not_translated() -> None:
    assert message_in_language(untranslated("there is no way"), language("ru")) == "there is no way"
    one = message("area {area} is unknown", area="there is no way")
    assert "there is no way" in message_in_language(one, language("ru"))


@pytest.mark.parametrize(("code", "says"), [("ru", "Команда t1 не"), ("kk", "t1 тобы")])
def test_a_sentence_that_stands_alone_has_a_capital_but_a_name_keeps_its_own(code: str, says: str) -> None:
    one = message("team {team} is unknown; this mission has none", team="t1")
    assert message_in_language(one, language(code), alone=True).startswith(says)
    assert message_in_language(one, language("ru")).startswith("команда")


def test_names_are_listed_with_commas_and_sentences_with_semicolons() -> None:
    assert str(message("{a}", a=("x", "y"))) == "x, y"
    assert str(message("{a}", a=(message("there is no way"), Message("x")))) == "there is no way; x"


def test_numbers_follow_the_language() -> None:
    one = message("the number of teams must lie between 1 and {most}", most=1000)
    assert str(one).endswith("1,000")
    assert message_in_language(one, language("ru")).endswith("1\u00a0000")
