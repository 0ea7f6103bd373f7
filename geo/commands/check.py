"""What `check` says of a mission: totals, defects worst first, rejects, and where each was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from geo.model.errors import InputError
from geo.model.languages import SPOKEN
from geo.model.mission import text_in
from geo.model.snapshot import Snapshot
from geo.reading import defects
from geo.reading.headlines import headlines
from geo.reading.pmtiles_header import NotPmtiles, street_file
from geo.serving import build_snapshot

Progress = Callable[[str, float], None]
MOST_AREAS: Final = 60  # of which the stations are told
MOST_NAMES: Final = 12  # named of those that no picture can write


def check_mission(
    folder: Path,
    out: Path | None = None,
    progress: Progress | None = None,
    is_writable: Callable[[str], bool] | None = None,
) -> dict[str, Any]:
    """Return the totals of a mission as plain values, ready for JSON.

    `out`: a folder for `rejects.csv` and `defects.geojson`; None writes nothing. `is_writable`: whether the
    fonts of pictures hold a text; the names they do not hold are then told.
    Raises MissionError when no map can be built, InputError when `out` cannot be written.
    """
    snapshot, sources = build_snapshot.snapshot_and_sources(folder, progress=progress)
    card = _totals(snapshot)
    groups = defects.summary(snapshot.defects)
    card["first"] = list(map(str, headlines(snapshot)))
    card["defects"] = groups.to_dict("records")
    card["basemap"] = _wrong_with_streets(folder)
    card["unwritable_names"] = _unwritable(snapshot, is_writable) if is_writable else []
    if out is not None:
        drawn = defects.defect_map(snapshot.defects, _placed(snapshot, sources.frames["stations"]))
        try:
            out.mkdir(parents=True, exist_ok=True)
            defects.write_rejects(out / "rejects.csv", snapshot.rejects)
            (out / "defects.geojson").write_bytes(orjson.dumps(drawn, option=orjson.OPT_SERIALIZE_NUMPY))
        except OSError as error:
            raise InputError(f"{out}: cannot be written ({error.strerror})") from None
        card["written"] = [str(out / name) for name in ("rejects.csv", "defects.geojson")]
    return card


def _wrong_with_streets(folder: Path) -> str:
    """Return why the mission's own basemap is not drawn; "" where it is, or where there is none."""
    try:
        street_file(folder)
    except NotPmtiles as error:
        return str(error)
    return ""


def _unwritable(snapshot: Snapshot, is_writable: Callable[[str], bool]) -> list[dict[str, Any]]:
    """Return the names of the mission and its areas that pictures cannot write, each with where it is one.

    `name`, `area_id` ("" for the mission's title), `languages`: of the pages whose pictures lack it.
    """
    mission, areas = snapshot.mission, snapshot.registry.areas
    names: dict[tuple[str, str], list[str]] = {}
    for code in mission.languages:
        names.setdefault(("", text_in(mission.title, code)), []).append(code)
        for index, area_id in enumerate(areas.area_id):
            names.setdefault((area_id, areas.name(index, code)), []).append(code)
    return [
        {"name": name, "area_id": area_id, "languages": codes}
        for (area_id, name), codes in names.items()
        if not is_writable(name)
    ]


def _placed(snapshot: Snapshot, read: pd.DataFrame) -> pd.DataFrame:
    """Return station_id, lon, lat (NaN without a point) and `row` in its file, of every station."""
    stations = snapshot.registry.stations
    row = read.drop_duplicates("station_id").set_index("station_id")["row"]
    ids = stations.station_id.to_pylist()
    placed = pd.DataFrame({"station_id": ids, "lon": stations.lon, "lat": stations.lat})
    return placed.assign(row=row.reindex(ids, fill_value=-1).to_numpy())


def _totals(snapshot: Snapshot) -> dict[str, Any]:
    registry, incidents, visits = snapshot.registry, snapshot.incidents, snapshot.visits
    per_area = np.bincount(registry.stations.area[registry.stations.area >= 0], minlength=len(registry.areas))
    names = registry.areas.names["en"]
    times = Counter(names)
    called = [
        f"{name} ({area_id})" if times[name] > 1 else name
        for name, area_id in zip(names, registry.areas.area_id, strict=True)
    ]
    is_mention = incidents.is_mention
    return {
        "mission": snapshot.mission.slug,
        "title": text_in(snapshot.mission.title, "en"),
        "version": snapshot.version,
        "areas": len(registry.areas),
        "stations": len(registry.stations),
        "stations_not_open": len(registry.closed),
        "stations_on_map": int(registry.stations.is_on_map.sum()),
        "stations_per_area": {
            called[i]: int(per_area[i]) for i in np.argsort(-per_area, kind="stable") if per_area[i]
        },
        "visits": len(visits),
        "visits_unresolved": int((visits.station < 0).sum()),
        "incidents": len(incidents),
        "incidents_with_visit": int((incidents.visit >= 0).sum()),
        "station_mentions": int(is_mention.sum()),
        "unresolved": int((is_mention & incidents.is_unresolved).sum()),
        "assignments": len(snapshot.assignments),
        "teams": len(snapshot.teams),
        "rejects": len(snapshot.rejects),
    }


def _where_unwritable(each: dict[str, Any]) -> str:
    """Return what a picture has in the place of a name, and on the pages of which languages."""
    pages = ", ".join(spoken.english for spoken in SPOKEN if spoken.code in each["languages"])
    instead = f"{each['area_id']} stands for it" if each["area_id"] else "the title, which is left out"
    return f"{each['name']}: {instead} in pictures of the pages in {pages}"


def text(card: dict[str, Any]) -> str:
    """Return the card as lines for a terminal, defects grouped and worst first."""
    lines = [f"{card['title']} ({card['mission']}), version {card['version']}"]
    lines += [f"FIRST: {sentence}" for sentence in card["first"]]
    numbers = ((k, v) for k, v in card.items() if isinstance(v, int))
    lines += [f"  {key.replace('_', ' '):<22}{value:>12,}" for key, value in numbers]
    lines += ["stations per area"] if card["stations_per_area"] else []
    per_area = list(card["stations_per_area"].items())
    lines += [f"  {name:<28}{n:>6,}" for name, n in per_area[:MOST_AREAS]]
    lines += [f"  … and {len(per_area) - MOST_AREAS:,} more areas"] if len(per_area) > MOST_AREAS else []
    if card["defects"]:
        lines.append("defects, worst first")
    for group in card["defects"]:
        lines.append(f"  {group['severity']:<9}{group['n']:>8,}  {group['says']}")
        lines += [f"             {example}" for example in group["examples"]]
    if card["basemap"]:
        lines.append(f"{card['basemap']}; the desk shows no streets")
    if names := card["unwritable_names"]:
        lines.append(f"names no picture can write: {len(names):,}; the pages show them all")
        lines += [f"  {_where_unwritable(each)}" for each in names[:MOST_NAMES]]
        lines += [f"  … and {len(names) - MOST_NAMES:,} more"] if len(names) > MOST_NAMES else []
    lines += [f"written: {name}" for name in card.get("written", ())]
    return "\n".join(lines)
