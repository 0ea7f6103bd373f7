"""The benchmarks in one run: `make bench ARGS="[statistics] [tiles] [routes] [--json FILE]"`.

Prints one line per figure and, with --json, writes `results` (name, ours, peer, peer_value, unit, ratio;
a ratio above 1 is ours better), the versions of what was compared, and the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from tests.bench import bench_routes, bench_statistics, bench_tiles

BENCHES: Final[dict[str, Callable[[], list[dict[str, Any]]]]] = {
    "statistics": bench_statistics.rows,
    "tiles": bench_tiles.rows,
    "routes": bench_routes.rows,
}
COMPARED: Final = ("numpy", "scipy", "esda", "libpysal", "mapbox-vector-tile", "pyvrp", "h3", "shapely")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("benches", nargs="*", choices=[*BENCHES, []], help="all if none is named")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    results: list[dict[str, Any]] = []
    for name in chosen.benches or BENCHES:
        for row in BENCHES[name]():
            results.append(row)
            beside = f"{row['peer']} {row['peer_value']} {row['unit']}" if row.get("peer") else ""
            print(
                f"{row['name']:<55}{row['ours']:>12} {row['unit']:<6}{beside:<40}{row.get('ratio') or ''}",
                flush=True,
            )
    if chosen.json:
        machine = {
            "cpus": os.cpu_count(),
            "platform": platform.platform(),
            "python": platform.python_version(),
        }
        versions = {package: _version(package) for package in COMPARED}
        text = json.dumps({"results": results, "versions": versions, "machine": machine}, indent=1)
        chosen.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
