"""The parts of the page below the map: findings, what has no station, open readings, areas, notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model.tables import SEVERITIES
from geo.publication import Total
from layers.map.named_stations_count import ABOVE_LOW
from layers.map.press_view import HEADLINE, View
from layers.map.share_words import share_in_words
from layers.press.citation import area_address
from layers.words.language import Language, mark
from layers.words.wording import COMPLETENESS, MEASURE, NOTE_KIND, SEVERITY, STAGE, STATUS

# Above this many mentions the page gives counts per area only, so that its size does not grow with the data.
MOST_LISTED: Final = 400
MOST_LOCATORS: Final = 6  # pages of a source that are named beside one kind of finding
_LONG_NUMBER: Final = 10  # digits; Python reads none of more than 4,300, and a list may hold anything
# What stands in place of a number of visits that is not given.
NO_FIGURE: Final[Mapping[str, str]] = {
    "published": mark("not reported"),
    "merged": mark("with a neighbour"),
    "not_known": mark("not known"),
    "insufficient": mark("not reported"),
    "not_observed": "–",
    "not_reported": mark("not reported"),
}


def grouped(frame: pd.DataFrame, column: str) -> list[tuple[int, pd.DataFrame]]:
    """Return the rows of every position in a column, ascending."""
    return [(int(str(key)), rows) for key, rows in frame.groupby(column, sort=True)]


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def findings(view: View, language: Language) -> list[dict[str, Any]]:
    """Return one row per category with stations, the most severe and most frequent first."""
    placed = view.placed
    has_numbers = len(placed) <= MOST_LISTED
    rows: list[dict[str, Any]] = []
    for index, group in grouped(placed, "category"):
        n = int(group["station"].nunique())
        rank = int(view.categories.severity[index])
        severity = SEVERITIES[rank] if rank >= 0 else ""
        by_area = _by_area(view, group, language, has_numbers and view.categories.public[index] == "yes")
        rows.append(
            {
                "title": view.categories.title(index, language.code),
                "severity": severity,
                "severity_title": language.say(SEVERITY[severity]),
                "rank": rank,
                "stage": joined(STAGE, distinct(group["stage"]), language),
                "stations": n,
                "n": language.number(n),
                "mentions": language.number(len(group)),
                "of_visited": _share(view, group, language),
                "completeness": joined(COMPLETENESS, distinct(group["completeness"]), language),
                "areas": by_area,
                "gives_numbers": any(area["numbers"] for area in by_area),
                "locators": distinct(group["locator"])[:MOST_LOCATORS],
            }
        )
    most = max((int(row["stations"]) for row in rows), default=1)
    for row in rows:
        row["length"] = round(100 * int(row["stations"]) / most, 1)  # percent of the longest bar
    return sorted(rows, key=lambda row: (-int(row["rank"]), -int(row["stations"]), str(row["title"])))


def _share(view: View, group: pd.DataFrame, language: Language) -> str:
    """The share of the stations visited, only where the source's list is complete."""
    visited = view.total("visited")
    if not visited or set(group["completeness"]) != {"exhaustive"}:
        return ""
    return language.say(
        mark("{percent} of {visited} visited"),
        percent=language.percent(int(group["station"].nunique()) / visited),
        visited=language.number(visited),
    )


def _by_area(
    view: View, group: pd.DataFrame, language: Language, gives_numbers: bool
) -> list[dict[str, Any]]:
    found = []
    for area, rows in grouped(group[group["area"] >= 0], "area"):
        numbers = sorted(set(rows["number"]), key=numerically)
        found.append(
            {
                "name": view.area_name(area, language.code),
                "n": int(rows["station"].nunique()),
                "numbers": numbers if gives_numbers else [],
            }
        )
    return sorted(found, key=lambda row: (-int(row["n"]), language.sort_key(str(row["name"]))))


def numerically(number: str) -> tuple[int, str]:
    """Return what station numbers are sorted by: as numbers, and after them what is none, or a long one.

    >>> sorted(["9a", "10", "9"], key=numerically)
    ['9', '10', '9a']
    """
    is_short = number.isdecimal() and len(number) < _LONG_NUMBER
    return (int(number) if is_short else 10**_LONG_NUMBER, number)


def distinct(column: pd.Series) -> list[str]:
    """Return the texts of a column, each once, in the order in which they come first; empty ones left out."""
    return [str(value) for value in dict.fromkeys(column.tolist()) if value]


def joined(words: Mapping[str, str], codes: list[str], language: Language) -> str:
    """Return what codes mean, with commas between; a code without words stands as it is."""
    return ", ".join(language.say(words.get(code, code)) for code in codes)


def spread(area: npt.ArrayLike, most: int) -> npt.NDArray[np.int64]:
    """Return which rows are listed if at most `most` are: of every area the first, then the second …

    `area`: (N,) of each row, in the order in which rows of one area are preferred. Ascending positions.

    >>> spread([0, 0, 0, 0, 7, 7, 2], 4)
    array([0, 1, 4, 6])
    """
    areas = pd.Series(np.asarray(area))
    turn = areas.groupby(areas).cumcount().to_numpy()
    return np.sort(np.argsort(turn, kind="stable")[:most])


def showing(shown: int, total: int, language: Language) -> str:
    """Return how many of how many are listed, "" where all are."""
    if shown >= total:
        return ""
    return language.say(mark("Showing {x} of {y}."), x=language.number(shown), y=language.number(total))


def narrative(view: View, language: Language) -> dict[str, Any]:
    """Return findings reported without a station as `cards`, most severe first, and how many are shown.

    Where they are too many for a page, every area has its most severe.
    """
    rows = view.mentions[(view.mentions["station"] < 0) & ~view.mentions["is_unresolved"]]
    rows = rows.sort_values("severity", ascending=False, kind="stable")
    listed = rows.iloc[spread(rows["area"], MOST_LISTED)]
    found = []
    for row in _rows(listed):
        severity = SEVERITIES[row.severity] if row.severity >= 0 else ""
        phase = row.stage or view.categories.phase[row.category]
        found.append(
            {
                "title": view.categories.title(int(row.category), language.code),
                "severity": severity,
                "severity_title": language.say(SEVERITY[severity]),
                "rank": int(row.severity),
                "stage": language.say(STAGE[phase]) if phase in STAGE else phase,
                "place": view.area_name(int(row.area), language.code)
                if row.area >= 0
                else row.place_as_written,
                "says": row.ambiguity,
                "locator": row.locator,
            }
        )
    return {"cards": found, "showing": showing(len(listed), len(rows), language)}


def queue(view: View, language: Language) -> dict[str, Any]:
    """Return mentions that could be read otherwise: `unresolved` without a place, `readings` by reason.

    `showing`, `showing_readings`: how many of how many of each are listed, "" for all.
    """
    rows = view.mentions
    every = rows[rows["is_unresolved"]], rows[(rows["station"] >= 0) & (rows["ambiguity"] != "")]
    lost_rows, unclear = (part.iloc[spread(part["area"], MOST_LISTED)] for part in every)
    lost = [_mention(view, row, language) for row in _rows(lost_rows)]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(unclear):
        for reason in dict.fromkeys(part.strip() for part in str(row.ambiguity).split(";")):
            groups.setdefault(reason, []).append(_mention(view, row, language))
    readings = [{"reason": reason, "mentions": found} for reason, found in groups.items()]
    return {
        "unresolved": lost,
        "readings": sorted(readings, key=lambda item: -len(item["mentions"])),
        "showing": showing(len(lost_rows), len(every[0]), language),
        "showing_readings": showing(len(unclear), len(every[1]), language),
    }


def _mention(view: View, row: Any, language: Language) -> dict[str, Any]:
    shows_number = view.categories.public[row.category] == "yes"
    return {
        "number": row.number if shows_number else "",
        "title": view.categories.title(int(row.category), language.code),
        "area": view.area_name(int(row.area), language.code) if row.area >= 0 else "",
        "written": row.place_as_written,
        "says": row.ambiguity,
        "candidates": [_candidate(view, text, language) for text in str(row.candidates).split(";") if text],
        "locator": row.locator,
    }


def _candidate(view: View, station_id: str, language: Language) -> str:
    position = view.registry.station(station_id.strip()) if view.registry else -1
    if view.registry is None or position < 0:
        return station_id.strip()
    stations = view.registry.stations
    return language.say(
        mark("No. {number}, {area}"),
        number=stations.number[position].as_py(),
        area=view.areas.name(int(stations.area[position]), language.code),
    )


def areas(view: View, language: Language) -> list[dict[str, Any]]:
    """Return one row per drawn area for the table below the map, most stations named first."""
    named, above = view.tally.named(), view.tally.named(ABOVE_LOW)
    loose = view.without_station()
    presence = view.presence[view.presence["kind"] == "long_term"]
    order = sorted(
        range(len(view.area)),
        key=lambda i: (-int(named[i]), -int(loose[i]), language.sort_key(view.area_name(i, language.code))),
    )
    return [
        {
            "name": view.area_name(index, language.code),
            "page": area_address(view.areas.area_id[int(view.area[index])]),
            "status": view.status[index],
            "status_title": language.say(STATUS[view.status[index]]),
            "named": language.number(int(named[index])),
            "above_low": language.number(int(above[index])),
            "without_station": language.number(int(loose[index])),
            "stations": language.number(int(view.stations[index])) if view.stations[index] >= 0 else "",
            "visited": language.number(int(view.visited[index])) if view.visited[index] >= 0 else "",
            "share": language.percent(int(view.visited[index]) / int(view.stations[index]))
            if view.visited[index] > 0 and view.stations[index] > 0
            else "",
            "found": _found(view, index, language),
            "negative": _negative(view, index, language),
            "no_figure": language.say(NO_FIGURE[view.status[index]]),
            "long_term": distinct(presence.loc[presence["area"] == index, "place_as_written"]),
            "long_term_note": distinct(presence.loc[presence["area"] == index, "ambiguity"]),
        }
        for index in order
    ]


def _found(view: View, index: int, language: Language) -> str:
    """k of m stations of an area under the choice a page opens with, its share, or the word of its status."""
    return share_in_words(view.findings(HEADLINE), index, language)


def _negative(view: View, index: int, language: Language) -> str:
    """k of m overall assessments of an area, all stages; "" where no visit carries one."""
    if not view.assessments_known:
        return ""
    return share_in_words(view.release.by_area.assessments["all"], index, language)


def off_map(view: View, language: Language) -> dict[str, Any]:
    """Return stations without a place on the map: how many per area, and the first of them by name.

    Only of a mission that puts single stations on its map at all; `groups` is empty for the others.
    """
    if view.registry is None or not view.has_points:
        return {"groups": [], "showing": ""}
    stations = view.registry.stations
    lost = np.flatnonzero(~stations.is_on_map)
    drawn = {int(area): index for index, area in enumerate(view.area)}
    of = [drawn.get(int(area), -1) for area in view.registry.area_at_level(1)[lost]]
    listed = spread(of, MOST_LISTED)
    found = []
    for index, count in sorted(Counter(of).items()):
        here = [str(stations.number[lost[i]].as_py()) for i in listed.tolist() if of[i] == index]
        name = view.area_name(index, language.code) if index >= 0 else "–"
        counted = language.count("{n} station", "{n} stations", count)
        found.append({"name": name, "n": counted, "numbers": sorted(here, key=numerically)})
    return {"groups": found, "showing": showing(len(listed), len(lost), language)}


def notes(view: View, language: Language, kind: str) -> dict[str, Any]:
    """Return the notes of one kind under their heading."""
    rows = view.notes[view.notes["kind"] == kind]
    sources = {source.id: source.title for source in view.mission.sources}
    return {
        "title": language.say(NOTE_KIND[kind]),
        "items": [
            {
                "title": row[f"title_{language.code}"] or row["title_en"],
                "body": row[f"body_{language.code}"] or row["body_en"],
                "source": sources.get(row["source"], row["source"]),
                "locator": row["locator"],
            }
            for row in rows.to_dict("records")
        ],
    }


def figures(view: View, language: Language) -> list[dict[str, str]]:
    """Return every national figure with its source and locator."""
    sources = {source.id: source.title for source in view.mission.sources}
    return [
        {
            "measure": language.say(MEASURE[total.measure])
            if total.measure in MEASURE
            else total.measure.replace("_", " "),
            "n": language.number(total.value)
            if total.value is not None
            else language.say(mark("not reported")),
            "qualifier": total.qualifier,
            "source": sources.get(total.source, total.source),
            "locator": total.locator,
        }
        for total in sorted(view.totals.values(), key=_known_first)
    ]


def _known_first(total: Total) -> tuple[int, str]:
    known = list(MEASURE)
    return (known.index(total.measure) if total.measure in known else len(known), total.measure)
