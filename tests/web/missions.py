"""Mission folders on disk for the tests of pages: a harmless one, a hostile one, big ones."""

import csv
import json
from pathlib import Path

# Each would set window.hacked if it were ever taken for code: HTML, script, template literal, attribute.
RUN = "window.hacked=(window.hacked||0)+1"
PAYLOADS = (
    f"<img src=x onerror={RUN}>",
    f"</script><script>{RUN}</script>",
    f"`${{{RUN}}}`",
    f"${{{RUN}}}",
    f"\\`;{RUN};//",
    f'"><svg onload={RUN}>',
    f"' onfocus={RUN} autofocus='",
    f"{{{{{RUN}}}}}",
    f"--><iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"javascript:{RUN}",
)


def write(folder: Path, tables: dict[str, list[dict[str, object]]], **mission: object) -> Path:
    """Write mission.toml and one CSV per table; areas are squares in areas.geojson."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "title": "Test", "election_date": "2005-12-04", "time_zone": "Asia/Almaty",
        "selection": "purposive", "frame": "partial", "nature": "public_source", **mission,
    }  # fmt: skip
    # JSON texts are TOML basic strings; a date stays bare
    lines = [
        f"{key} = {value if key == 'election_date' else json.dumps(value, ensure_ascii=False)}"
        for key, value in settings.items()
    ]
    (folder / "mission.toml").write_text("[mission]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    for name, rows in tables.items():
        if name == "areas":
            text = json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False)
            (folder / "areas.geojson").write_text(text, encoding="utf-8")
        elif rows:
            with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, sorted({key for row in rows for key in row}))
                writer.writeheader()
                writer.writerows(rows)
    return folder


def square(index: int, **properties: object) -> dict[str, object]:
    west, south = 60 + 2 * index, 45
    ring = [[west, south], [west + 2, south], [west + 2, south + 2], [west, south + 2], [west, south]]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def hostile(folder: Path) -> Path:
    """A mission with a payload in every text that a source could hold, a different one in each row."""
    areas, tables = [], {name: [] for name in ("categories", "stations", "incidents", "presence", "notes")}
    for i, text in enumerate(PAYLOADS):
        area = f"A{i}"
        names = {f"name_{code}": text for code in ("en", "ru", "kk")}
        areas.append(square(i, area_id=area, level=1, kind=text, locator=text, seat=text, **names))
        titles = {f"title_{code}": text for code in ("en", "ru", "kk")}
        category = {"category": f"c{i}", "severity": "high", "phase": text, "theme": text, "public": "yes"}
        tables["categories"].append({**category, **titles, "basis": text, "code_odihr": text})
        tables["stations"].append({"area_id": area, "number": text, "name": text, "locator": text})
        row = {"category": f"c{i}", "verification": "verified", "publication": "public"}
        told = {"place_as_written": text, "ambiguity": text, "text": text, "locator": text}
        tables["incidents"] += [
            {"incident_id": f"i{i}", "area_id": area, "number": text, **row, **told},
            {"incident_id": f"u{i}", "number": text, "candidates": f"{area}/{text}", **row, **told},
            {"incident_id": f"s{i}", "completeness": "statement", **row, **told},
        ]
        for kind in ("long_term", "election_day"):
            tables["presence"].append(
                {"area_id": area, "kind": kind, **{k: told[k] for k in told if k != "text"}}
            )
        bodies = {f"body_{code}": text for code in ("en", "ru", "kk")}
        for kind in ("positive", "limitation", "method", "context"):
            note = {"note_id": f"{kind}-{i}", "kind": kind, "locator": text, "source": text}
            tables["notes"].append({**note, **titles, **bodies})
    totals = [
        {"measure": measure, "value": 1000 - i, "qualifier": text, "source": text, "locator": text}
        for i, (measure, text) in enumerate(zip(("stations", "visited", "voters"), PAYLOADS, strict=False))
    ]
    every = " ".join(PAYLOADS)
    return write(
        folder, {"areas": areas, "totals": totals, **tables}, title=every, subtitle=every, credit=every
    )


def sized(folder: Path, stations: int) -> Path:
    """A simulated mission with points, a visit per tenth station and a finding per hundredth."""
    areas = [square(i, area_id=f"A{i}", level=1, name_en=f"Area {i}") for i in range(10)]
    categories = [
        {
            "category": f"c{i}",
            "title_en": f"Kind {i}",
            "severity": ("low", "high")[i % 2],
            "phase": "voting",
            "public": "yes",
        }
        for i in range(8)
    ]
    # by sevens, so that visits and findings fall into every area
    area = [i // 7 % 10 for i in range(stations)]
    where = [{"area_id": f"A{area[i]}", "number": str(i)} for i in range(stations)]
    places = [
        {**key, "lon": 60.1 + 2 * area[i] + (i % 97) / 54, "lat": 45.1 + (i % 89) / 50, "voters": 900}
        for i, key in enumerate(where)
    ]
    visits = [
        {
            "visit_id": f"v{i}",
            **where[i],
            "team_id": f"t{i % 40}",
            "verification": "verified",
            "answered": "*",
        }
        for i in range(0, stations, 10)
    ]
    incidents = [
        {"incident_id": f"i{i}", **where[i], "visit_id": f"v{i}", "category": f"c{i // 100 % 8}",
         "verification": "verified", "publication": "cleared", "completeness": "exhaustive"}
        for i in range(0, stations, 100)
    ]  # fmt: skip
    tables = {
        "areas": areas, "categories": categories, "stations": places,
        "visits": visits, "incidents": incidents,
    }  # fmt: skip
    return write(folder, tables, nature="simulated", frame="complete", title="SIMULATED")
