"""Facts about the repository itself: sizes, borders, what no file may hold."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINES_PER_FILE = 600
LINES_PER_FUNCTION = 60
CODE = {".py", ".js", ".css", ".html", ".toml", ".md"}
TOP = {
    "server.py", "web", "geo", "layers", "data", "templates", "tests", "docs", "pyproject.toml",
    "README.md", "LICENSE", "DATA-LICENSES.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile",
    "THIRD-PARTY.md",
    "package.json", "package-lock.json", "requirements.txt", "requirements-dev.txt",
    ".ci", ".gitignore", ".gitattributes", ".npmrc",
}  # fmt: skip
LOCKS = ("requirements.txt", "requirements-dev.txt", "package-lock.json")
WRITTEN_BY_MAKE = {".git", ".venv", "var", "node_modules", "vendor", "__pycache__", "screenshots"}
# Assembled, so that this file does not hold them itself.
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))]
MACHINE_PATH = re.compile(r"(?<![\w.$}~])/(?:" + "|".join(("work", "root")) + r")/\w")
FOREIGN_SOURCE = re.compile(r"<(?:script|link|img|iframe|object|embed)\b[^>]*?(?:src|href|data)\s*=\s*[\"']?\s*(?:https?:)?//", re.I)  # noqa: E501  # fmt: skip
UNESCAPED = re.compile(r"\|\s*safe\b|\bMarkup\(|autoescape\s+false")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file of the repository; without git, every file make did not write."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        paths = list(_walk(ROOT))
    return tuple(sorted(path for path in paths if path.is_file()))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in WRITTEN_BY_MAKE or path.name.endswith("_cache") or path.name == ".hypothesis":
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def files(*tops: str, suffixes: Iterable[str] = (".py",)) -> list[Path]:
    """Return the tracked files with these suffixes under these top-level names (all of them if none)."""
    wanted = set(suffixes)
    return [
        path
        for path in tracked()
        if path.suffix in wanted and (not tops or path.relative_to(ROOT).parts[0] in tops)
    ]


def text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(text(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(path)))


@pytest.fixture(scope="module", autouse=True)
def sources_forgotten() -> Iterator[None]:
    """Let go of a million nodes in the end: every later collection of garbage would look through them."""
    yield
    nodes.cache_clear()
    parsed.cache_clear()


def imported(path: Path) -> set[str]:
    """Return the first names of all modules a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def importers(paths: Iterable[Path], banned: set[str]) -> list[str]:
    return [f"{name(path)}: {', '.join(hit)}" for path in paths if (hit := sorted(imported(path) & banned))]


def lines_with(paths: Iterable[Path], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name(path)}:{number}: {line.strip()[:80]}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_is_longer_than_600_lines() -> None:
    lengths = {name(path): len(text(path).splitlines()) for path in files(suffixes=CODE)}
    assert {path: n for path, n in lengths.items() if n > LINES_PER_FILE} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{name(path)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1}"
        for path in files()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LINES_PER_FUNCTION
    ]
    assert long == []


def test_every_module_says_in_its_first_line_what_it_is_for() -> None:
    modules = [path for path in files("server.py", "web", "layers", "geo") if text(path).strip()]
    assert [name(path) for path in modules if not ast.get_docstring(parsed(path))] == []


def test_the_top_level_holds_only_what_the_design_lists() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} - TOP == set()


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    texts = [
        path for path in tracked() if path.suffix not in {".png", ".woff2", ".parquet", ".xlsx", ".gpkg"}
    ]
    assert lines_with(texts, MACHINE_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    host = re.compile("|".join(map(re.escape, HOSTS)))
    assert lines_with(tracked(), host) == []


def test_no_template_loads_anything_from_another_host() -> None:
    assert lines_with(files("templates", "layers", suffixes={".html", ".py", ".js"}), FOREIGN_SOURCE) == []


def test_no_style_sheet_loads_anything_from_another_host() -> None:
    foreign = re.compile(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//")
    assert lines_with(files("templates", suffixes={".css", ".html"}), foreign) == []


def test_nothing_turns_escaping_off() -> None:
    sources = files("server.py", "web", "layers", "geo", "templates", suffixes={".py", ".html"})
    assert lines_with(sources, UNESCAPED) == []


def test_the_lock_files_hold_hashes_and_no_addresses() -> None:
    for lock in LOCKS[:2]:
        content = text(ROOT / lock)
        pins = re.split(r"\n(?=\w)", content)[1:]  # what stands before the first is a comment
        assert len(pins) > 20, lock
        assert "://" not in content, lock
        assert [pin.split()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    packages = json.loads(text(ROOT / LOCKS[2]))["packages"]
    installed = {path: entry for path, entry in packages.items() if path}
    assert installed
    assert [path for path, entry in installed.items() if "resolved" in entry] == []
    assert [path for path, entry in installed.items() if "integrity" not in entry] == []


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))
    groups = project["dependency-groups"]
    wanted = {
        "requirements.txt": project["project"]["dependencies"] + groups["browser"],
        "requirements-dev.txt": groups["dev"],
    }
    for lock, requirements in wanted.items():
        locked = set(re.findall(r"(?m)^([\w.-]+)==", text(ROOT / lock)))
        asked = {match[0].lower() for line in requirements if (match := re.match(r"[\w.-]+", line))}
        assert asked - locked == set(), lock


def test_the_web_edge_computes_nothing() -> None:
    banned = {"numpy", "pandas", "geopandas", "shapely", "folium", "branca"}
    assert importers(files("server.py", "web"), banned) == []


def test_geo_knows_no_web_no_map_and_no_command_line() -> None:
    banned = {"flask", "werkzeug", "waitress", "folium", "branca", "jinja2", "click"}
    assert importers(files("geo"), banned | {"server", "web", "layers"}) == []


def test_layers_know_no_http() -> None:
    banned = {"flask", "werkzeug", "waitress", "click", "server", "web"}
    assert importers(files("layers"), banned) == []


def test_nothing_imports_the_server() -> None:
    assert importers(files("web", "layers", "geo"), {"server"}) == []


def definitions(kind: type[ast.ClassDef] | type[ast.FunctionDef]) -> list[str]:
    """Return the names of all public classes, or of all functions, each as often as it is defined."""
    return [
        node.name
        for path in files("server.py", "web", "layers", "geo")
        for node in nodes(path)
        if isinstance(node, kind) and (kind is ast.FunctionDef or not node.name.startswith("_"))
    ]


def test_no_public_class_stands_twice() -> None:
    assert [called for called, n in Counter(definitions(ast.ClassDef)).items() if n > 1] == []


def test_no_module_stands_twice() -> None:
    stems = Counter(path.stem for path in files("web", "layers", "geo") if path.stem != "__init__")
    assert [stem for stem, n in stems.items() if n > 1] == []


def test_no_function_is_called_of() -> None:
    assert {"of", "_of"} & set(definitions(ast.FunctionDef)) == set()


def test_the_rooms_are_few() -> None:
    rooms = {top: {path.relative_to(ROOT / top).parts[0] for path in files(top)} for top in ("geo", "layers")}
    assert len(rooms["geo"]) <= 11
    assert len(rooms["layers"]) <= 8


# Rooms in which every local says what it holds.
NAMED_ROOMS = (
    "geo/model", "geo/reading", "geo/routing", "geo/serving", "geo/analysis/live", "geo/simulate",
    "layers/tiles", "layers/words", "layers/pictures", "web",
)  # fmt: skip
HIDING = {"found", "one", "made", "kept", "told", "there", "said"}


def test_no_local_hides_what_it_holds() -> None:
    functions = [
        (path, function)
        for path in files("geo", "layers", "web")
        if name(path).startswith(NAMED_ROOMS)
        for function in nodes(path)
        if isinstance(function, ast.FunctionDef | ast.Lambda)
    ]
    hiding = {
        f"{name(path)}:{node.lineno} {called}"
        for path, function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name | ast.arg)
        and (called := node.arg if isinstance(node, ast.arg) else node.id) in HIDING
    }
    assert hiding == set()


def test_one_file_opens_the_journals_database() -> None:
    opens = re.compile(r"\bsqlite3\.connect\(|\bcreate_engine\(|\bpsycopg\.connect\(")
    hits = lines_with(files("server.py", "web", "layers", "geo"), opens)
    of_geopackages = {"geo/analysis/exports.py", "geo/reading/readers/sandboxed_parser.py"}
    assert {hit.partition(":")[0] for hit in hits} - of_geopackages == {"geo/journal/database.py"}


def test_only_the_writer_and_copies_ask_for_a_connection_that_writes() -> None:
    asks = lines_with(files("server.py", "web", "layers", "geo"), re.compile(r"\bwrite_connection\("))
    assert {hit.partition(":")[0] for hit in asks} == {
        "geo/journal/database.py", "geo/journal/journal_writer.py", "geo/journal/journal_backup.py",
    }  # fmt: skip
