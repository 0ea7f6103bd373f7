"""A deployment as a mission folder on disk, with the truth beside it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.model.errors import InputError
from geo.model.tables import AREAS, BY_NAME
from geo.simulate import context_tables
from geo.simulate.deployment import Deployment
from geo.simulate.districts import district_ids, polygons_of
from geo.simulate.draw import draw
from geo.simulate.mission_file import mission_toml
from geo.simulate.mission_tables import assignments_frame, stations_frame
from geo.simulate.options import SimulationOptions
from geo.simulate.staged_rows import reports
from geo.simulate.truth import NOTICE, truth, truth_stations, truth_teams

Progress = Callable[[str, float], None]
STEP: Final = "simulating a day"
PARQUET_FROM: Final = 200_000  # rows; a CSV beyond that is slow to read and no easier on people
TRUTH_FILES: Final = ("stations.csv", "stations.parquet", "teams.csv", "teams.parquet")
DISTRICT: Final = {
    "name_en": "SIMULATED district {number} of {area}",
    "name_ru": "СИМУЛЯЦИЯ: район {number} ({area})",
    "name_kk": "СИМУЛЯЦИЯ: {number} ауданы ({area})",
}
OWN_FILES: Final = tuple(f"{name}.{kind}" for name in BY_NAME for kind in ("csv", "parquet", "geojson"))


def simulate(options: SimulationOptions, progress: Progress | None = None) -> Path:
    """Write a simulated mission and return its folder.

    Equal options give equal bytes. mission.toml comes last: an interrupted folder is no mission.
    `progress(step, share done)`. Raises InputError when the options cannot be simulated
    or the folder holds something that was not simulated.
    """
    say = progress or (lambda _what, _share: None)
    folder = options.out
    _refuse_other(folder)
    say(STEP, 0.0)
    day = draw(options)
    _make_room(folder)
    say(STEP, 0.3)
    _write_areas(folder, day)
    _write_table(folder, "stations", stations_frame(day.ground))
    say(STEP, 0.5)
    written = reports(day)
    _write_table(folder, "visits", written.visits)
    _write_table(folder, "incidents", written.incidents)
    say(STEP, 0.75)
    _write_table(folder, "assignments", assignments_frame(day.ground))
    _write_table(folder, "teams", context_tables.teams_frame(day))
    _write_table(folder, "categories", day.ground.catalog.frame)
    _write_table(folder, "totals", context_tables.totals_frame(day))
    _write_table(folder, "presence", context_tables.presence_frame(day))
    _write_table(folder, "notes", context_tables.notes_frame())
    say(STEP, 0.9)
    _write_frame(folder / "truth", "stations", truth_stations(day))
    _write_frame(folder / "truth", "teams", truth_teams(day))
    _write_text(folder / "truth.json", json.dumps(truth(day, written), ensure_ascii=False, indent=1) + "\n")
    _write_text(folder / "mission.toml", mission_toml(day))
    say(STEP, 1.0)
    return folder


def _refuse_other(folder: Path) -> None:
    """Raise InputError when the folder holds something no simulation wrote."""
    try:
        names = [path.name for path in folder.iterdir()] if folder.exists() else []
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from None
    if names and not _is_simulated(folder, names):
        raise InputError(f"{folder}: holds files that no simulation wrote; choose an empty folder")


def _is_simulated(folder: Path, names: list[str]) -> bool:
    """Return whether a simulation wrote this folder, even one interrupted."""
    if "mission.toml" not in names:
        return "truth" in names and set(names) <= {*OWN_FILES, "truth", "truth.json"}
    try:
        settings = tomllib.loads((folder / "mission.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    mission = settings.get("mission")
    return isinstance(mission, dict) and mission.get("nature") == "simulated"


def _make_room(folder: Path) -> None:
    """Create the folder, or take out what an earlier simulation wrote."""
    try:
        (folder / "mission.toml").unlink(missing_ok=True)
        (folder / "truth").mkdir(parents=True, exist_ok=True)
        for path in [folder / name for name in (*OWN_FILES, "truth.json")]:
            path.unlink(missing_ok=True)
        for path in [folder / "truth" / name for name in TRUTH_FILES]:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from None


def _write_table(folder: Path, name: str, frame: pd.DataFrame) -> None:
    """Write a table under its own columns, in the order `geo.model.tables` gives them."""
    _write_frame(folder, name, frame[[column for column in BY_NAME[name].names if column in frame]])


def _write_frame(folder: Path, name: str, frame: pd.DataFrame) -> None:
    if len(frame) > PARQUET_FROM:
        frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
        return
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        frame.to_csv(file, index=False, lineterminator="\n")


def _write_text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def _write_areas(folder: Path, day: Deployment) -> None:
    """Write areas.geojson: the areas as read, then synthetic districts if any."""
    ground = day.ground
    known = [
        {name: value for name in AREAS.names if (value := feature.get(name)) not in (None, "")}
        for feature in ground.land.features
    ]
    for row, name in zip(known, ground.land.area_names, strict=True):
        row.setdefault("level", 1)
        row.setdefault("name_en", name)
    shapes: npt.NDArray[np.object_] = ground.land.polygons
    if ground.seeds is not None:
        known += _districts(day)
        shapes = np.concatenate([shapes, polygons_of(ground.land, ground.seeds)])
    is_there = ~shapely.is_empty(shapes)
    lines = [
        json.dumps({"type": "Feature", "properties": row, "geometry": None}, ensure_ascii=False).replace(
            '"geometry": null', f'"geometry": {shape}'
        )
        for row, shape, wanted in zip(known, shapely.to_geojson(shapes), is_there, strict=True)
        if wanted
    ]
    text = ",\n".join(lines)
    _write_text(folder / "areas.geojson", f'{{"type": "FeatureCollection", "features": [\n{text}\n]}}\n')


def _districts(day: Deployment) -> list[dict[str, Any]]:
    ground = day.ground
    if ground.seeds is None:
        return []
    land = ground.land
    return [
        {
            "area_id": name,
            "level": 2,
            "parent_id": land.area_ids[area],
            **_district_names(
                name.rsplit("-", 1)[1], {**land.features[area], "name_en": land.area_names[area]}
            ),
            "kind": "district",
            "locator": NOTICE,
        }
        for name, area in zip(district_ids(land, ground.seeds), ground.seeds[2].tolist(), strict=True)
    ]


def _district_names(number: str, area: Mapping[str, Any]) -> dict[str, str]:
    """Return a district's name in every language that its area has a name in."""
    return {
        name: words.format(number=number, area=area[name])
        for name, words in DISTRICT.items()
        if area.get(name)
    }
