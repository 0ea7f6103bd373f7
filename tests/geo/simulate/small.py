"""A country of six square areas with towns, and forms of six questions: small, and not Kazakhstan."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from geo.simulate import SimulationOptions

CATEGORIES = """category,title_en,title_ru,title_kk,phase,theme,severity,public
box_open,Box open,Урна открыта,Жәшік ашық,opening,opening,high,yes
poster_missing,Poster missing,Нет плаката,Плакат жоқ,voting,information,low,yes
stranger,Stranger present,Посторонний,Бөтен адам,voting,environment,medium,yes
pressure,Pressure,Давление,Қысым,voting,pressure,critical,aggregate
late_vote,Late vote,Позднее голосование,Кеш дауыс,closing,closing,medium,yes
observer_access_denied,Access denied,Отказ в доступе,Кіргізбеді,any,observers,high,yes
campaign_unfair,Unfair campaign,Нечестная кампания,Әділетсіз науқан,pre-election,campaign,,narrative
"""


def square(west: float, south: float, side: float = 3.0) -> dict[str, object]:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def options(folder: Path, **changes: object) -> SimulationOptions:
    """Return options for the small country, whose files are written into the folder."""
    features, towns = [], ["name,lon,lat,population"]
    rng = np.random.default_rng(1)
    for index in range(6):
        west, south = 60.0 + 3 * (index % 3), 45.0 + 3 * (index // 3)
        known = {"area_id": f"X-{index}", "level": 1, "name_en": f"Area {index}", "kind": "oblast"}
        features.append({"type": "Feature", "properties": known, "geometry": square(west, south)})
        for town in range(4):
            lon, lat = west + rng.uniform(0.4, 2.6), south + rng.uniform(0.4, 2.6)
            towns.append(f"Town {index}{town},{lon:.4f},{lat:.4f},{200_000 // (town + 1) + 1000 * index}")
    (folder / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (folder / "towns.csv").write_text("\n".join(towns) + "\n")
    (folder / "categories.csv").write_text(CATEGORIES, encoding="utf-8")
    given = SimulationOptions(
        stations=1_200,
        seed=3,
        out=folder / "sim",
        areas=folder / "areas.geojson",
        settlements=folder / "towns.csv",
        categories=folder / "categories.csv",
        time_zone="Asia/Almaty",
    )
    return replace(given, **changes)  # type: ignore[arg-type]
