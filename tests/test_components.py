"""The list of what the product is made of: as committed, complete, and every licence one that may be used."""

import json
import re
from pathlib import Path

import pytest

from tests import components
from tests.components import Component, UnknownLicence

ROOT = Path(__file__).resolve().parents[1]
# What may be used in a product under MIT that is run, not sold: no licence that asks for more than its text.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0",
    "OFL-1.1", "PSF-2.0", "Python-2.0", "Unlicense", "ZPL-2.1", "Zlib",
}  # fmt: skip


def test_the_committed_files_are_those_of_the_locks():
    for name, text in components.written(ROOT).items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{name}: run make lock"


def test_every_pinned_package_is_listed():
    listed = {(one.kind, one.name, one.version) for one in components.components(ROOT)}
    pins = re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)", (ROOT / "requirements.txt").read_text())
    assert {("pypi", name, version) for name, version in pins} <= listed
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert {("npm", name, packages[f"node_modules/{name}"]["version"]) for name in wanted} <= listed


def test_every_licence_may_be_used():
    for one in components.components(ROOT):
        words = set(re.findall(r"[\w.+-]+", one.licence)) - {"AND", "OR", "WITH"}
        assert words <= ALLOWED, one


def test_a_package_without_a_licence_stops_the_list(tmp_path):
    (tmp_path / "requirements.txt").write_text("nobody-ever-made-this==1.0 \\\n    --hash=sha256:00\n")
    (tmp_path / "package-lock.json").write_text('{"packages": {}}')
    with pytest.raises(UnknownLicence, match="nobody-ever-made-this"):
        components.components(tmp_path)


def test_a_package_has_the_address_that_other_programs_know_it_by():
    assert Component("npm", "@a/b", "1.0", "MIT").purl == "pkg:npm/%40a/b@1.0"
