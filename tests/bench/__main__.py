"""The benchmarks in one run: `make bench ARGS="[GROUP …] [--stations N] [--json FILE]"`.

Prints one line per figure and, with --json, writes `results` (name, ours, peer, peer_value, unit, ratio;
a ratio above 1 is ours better), the versions of what was compared, the machine, and `skipped`: which
peers took no part, and why. A wrong answer, ours or a peer's, ends the run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from layers.desk.desk_tiles import MOST_SENT
from tests.bench import (
    bench_areas,
    bench_browser,
    bench_counts,
    bench_doors,
    bench_folium,
    bench_instances,
    bench_journal,
    bench_live,
    bench_million_browser,
    bench_posted_visit,
    bench_publication,
    bench_routes,
    bench_server,
    bench_statistics,
    bench_tiles,
    duck,
    postgis,
)
from tests.bench.measure import FULL_SIZE, Missing, Row, Setting


def _million(setting: Setting) -> Iterator[Row]:
    with setting.peer("a browser with the desk's tiles"):
        if setting.stations <= MOST_SENT:
            raise Missing(f"up to {MOST_SENT:,} stations travel without tiles")
        yield from bench_million_browser.rows(setting)


BENCHES: Final[dict[str, Callable[[Setting], Iterable[Row]]]] = {
    "areas": bench_areas.rows,
    "counts": bench_counts.rows,
    "live": bench_live.rows,
    "journal": bench_journal.rows,
    "tiles": bench_tiles.rows,
    "server": bench_server.rows,
    "doors": bench_doors.rows,
    "folium": bench_folium.rows,
    "publication": bench_publication.rows,
    "statistics": bench_statistics.rows,
    "routes": bench_routes.rows,
    "instances": bench_instances.rows,
    "browser": bench_browser.rows,
    "million": _million,
    "posted": bench_posted_visit.rows,
}
COMPARED: Final = (
    "numpy", "scipy", "pandas", "geopandas", "shapely", "h3", "folium", "waitress", "duckdb", "sedonadb",
    "psycopg", "mapbox-vector-tile", "esda", "libpysal", "statsmodels", "pyvrp",
)  # fmt: skip


def main(given: Sequence[str] | None = None) -> dict[str, Any]:
    """Run the groups asked for; return what --json writes."""
    chosen = _arguments(given)
    setting = Setting(
        chosen.stations, chosen.state, chosen.repeat, chosen.seconds, chosen.seeds, chosen.instances
    )
    results: list[Row] = []
    try:
        for name in chosen.groups or BENCHES:
            print(f"— {name}", flush=True)
            for one in BENCHES[name](setting):
                results.append(one)
                print(_line(one), flush=True)
    finally:  # what was measured before a wrong answer ended the run is worth keeping
        report = _report(setting, results)
        if chosen.json:
            text = json.dumps(report, indent=1, ensure_ascii=False)
            chosen.json.write_text(text + "\n", encoding="utf-8")
    for one in setting.skipped:
        print(f"skipped: {one['peer']}: {one['reason']}")
    return report


def _report(setting: Setting, results: list[Row]) -> dict[str, Any]:
    return {
        "stations": setting.stations,
        "results": results,
        "skipped": setting.skipped,
        "versions": versions(),
        "machine": machine(),
    }


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("groups", nargs="*", choices=[*BENCHES, []], help="all if none is named")
    parser.add_argument("--stations", type=int, default=100_000, help=f"up to {FULL_SIZE}")
    parser.add_argument("--repeat", type=int, default=5, help="runs of which the median is told")
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="for one plan of routes, ours and a peer's"
    )
    parser.add_argument("--seeds", type=int, default=5, help="plans of routes")
    parser.add_argument("--instances", type=Path, metavar="FOLDER", help="published orienteering instances")
    parser.add_argument("--state", type=Path, default=Path("var"), help="where inputs are kept")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args(given)
    if not 100 <= chosen.stations <= FULL_SIZE:
        parser.error(f"--stations must be 100 to {FULL_SIZE}")
    return chosen


def _line(one: Row) -> str:
    beside = f"{one['peer']} {one['peer_value']} {one['unit']}" if one["peer"] else ""
    ratio = "" if one["ratio"] is None else f"× {one['ratio']}"
    return f"{one['name']:<52}{one['ours']:>12} {one['unit']:<7}{beside:<52}{ratio}".rstrip()


def versions() -> dict[str, str]:
    """Return the versions of what is compared; for what is not here, that it is not installed."""
    found = {}
    for package in COMPARED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found | duck.versions() | postgis.versions()


def machine() -> dict[str, Any]:
    return {
        "cpus": os.cpu_count(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
    }


if __name__ == "__main__":
    main()
