"""Stations that were cancelled or merged after the register was made: in no figure, and still found."""

from datetime import UTC, datetime

import pytest

from geo.model.counts import Choice
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.plan_request import PlanRequest
from geo.serving import build_snapshot
from geo.serving.disk_cache import DiskCache
from layers.desk import search_index
from layers.words import methods_note
from layers.words.language import language
from server import create_app
from tests.examples import first_of
from tests.geo.reading.trap_missions import STATION_COLUMNS, STATIONS, built, checked, csv_text, mission

EN = language("en")


def register(tmp_path, *changes, columns=("status",)):
    """A mission of ten stations, N/1 to N/5 and S/1 to S/5; `changes`: id → what its new columns say."""
    said = dict(changes)
    blank = ("",) * len(columns)
    rows = [[*row, *said.get(f"{row[0]}/{row[1]}", blank)] for row in STATIONS]
    return mission(tmp_path / "m", stations__csv=csv_text([*STATION_COLUMNS, *columns], rows))


@pytest.mark.parametrize(
    "word", first_of(["cancelled", "Canceled", "closed", "отменён", "упразднен", "жойылды"], 2)
)
def test_a_cancelled_station_is_in_no_denominator(tmp_path, word):
    counts = built(register(tmp_path, ("N/5", (word,)))).counts(choice=Choice())
    assert (counts.stations.tolist(), counts.voters.tolist()) == ([4, 5], [3000, 4000])


@pytest.mark.parametrize(
    ("day", "stations"), [("2005-11-30", 4), ("04.12.2005", 4), ("2005-12-05", 5), ("", 5)]
)
def test_a_station_closed_by_election_day_is_in_no_denominator(tmp_path, day, stations):
    counts = built(register(tmp_path, ("N/5", (day,)), columns=("closed_on",))).counts(choice=Choice())
    assert counts.stations.tolist() == [stations, 5]


def test_a_station_that_was_merged_stays_so_whenever_it_was_closed(tmp_path):
    folder = register(tmp_path, ("N/5", ("merged into N/1", "2005-11-30")), columns=("status", "closed_on"))
    assert checked(folder)["codes"]["station_merged"] == 1


@pytest.mark.parametrize(
    "word", first_of(["open", "active", "действует", "moved", "", "a word of nobody's"], 2)
)
def test_a_station_that_is_not_said_to_be_closed_is_counted(tmp_path, word):
    assert len(built(register(tmp_path, ("N/5", (word,)))).registry.stations) == 10


def test_a_word_for_the_status_that_nobody_knows_is_told(tmp_path):
    assert checked(register(tmp_path, ("N/5", ("perhaps",))))["codes"]["choice_unknown"] == 1


def test_a_visit_to_a_cancelled_station_stays_and_counts_nowhere(tmp_path):
    folder = register(tmp_path, ("N/5", ("cancelled",)))
    snapshot = built(folder)
    assert (len(snapshot.visits), int(snapshot.counts().visits.sum())) == (10, 9)
    assert checked(folder)["codes"]["station_cancelled"] == 1


@pytest.mark.parametrize(
    ("columns", "said"),
    first_of(
        [
            (("status",), ("merged into N/1",)),
            (("status",), ("Merged with 1",)),
            (("status",), ("объединён с 1",)),
            (("status", "merged_into"), ("merged", "N/1")),
            (("status", "merged_into"), ("merged", "1")),
        ],
        2,
    ),
)
def test_what_is_told_of_a_merged_station_counts_at_the_one_it_is_part_of(tmp_path, columns, said):
    folder = register(tmp_path, ("N/5", said), columns=columns)
    snapshot = built(folder)
    assert snapshot.visits.station.tolist()[4] == snapshot.registry.station("N/1") == 0
    assert snapshot.counts().stations_observed.sum() == 9
    assert checked(folder)["codes"]["station_merged"] == 1


def test_a_merger_of_a_merger_is_followed_to_the_open_station(tmp_path):
    changes = (("N/5", ("merged into N/4",)), ("N/4", ("merged into N/1",)))
    assert built(register(tmp_path, *changes)).visits.station.tolist()[:5] == [0, 1, 2, 0, 0]


@pytest.mark.parametrize("target", ["N/99", "N/5"])
def test_a_merger_into_nothing_known_or_itself_counts_nowhere_and_is_told(tmp_path, target):
    folder = register(tmp_path, ("N/5", (f"merged into {target}",)))
    assert built(folder).visits.station.tolist()[4] == -1
    assert checked(folder)["codes"]["merged_into_unknown"] == 1


def test_check_says_how_many_stations_are_not_open(tmp_path):
    card = checked(register(tmp_path, ("N/5", ("cancelled",)), ("S/5", ("merged into 1",))))
    assert (card["stations"], card["stations_not_open"]) == (8, 2)
    assert card["codes"]["station_not_open"] == 1


def test_no_team_is_sent_to_a_station_that_is_not_open(tmp_path):
    folder = register(tmp_path, ("N/5", ("cancelled",)))
    (folder / "visits.csv").unlink()
    (folder / "incidents.csv").unlink()
    (folder / "teams.csv").write_text("team_id,base_lon,base_lat\nT1,70.3,51.4\n")
    assert "N/5" not in demand_of(built(folder), PlanRequest()).demand.station_id


def test_a_station_that_is_not_open_is_still_found_with_what_became_of_it(tmp_path):
    snapshot = built(register(tmp_path, ("N/5", ("cancelled",)), ("S/5", ("merged into 1",))))
    results = search_index.search(snapshot, "5", [], EN)
    rows = [(row["id"], row["stateTitle"], row["opens"]) for row in results["stations"]]
    assert rows == [("N/5", "cancelled, in no figure", ""), ("S/5", "merged into S/1", "S/1")]


def test_the_methods_note_says_how_many_stations_are_not_open(tmp_path):
    closed = built(register(tmp_path, ("N/5", ("cancelled",)))).registry.closed
    says = "1 polling station of the register was cancelled or merged; it is in no figure."
    assert methods_note.closed_stations(len(closed), EN) == says


@pytest.mark.parametrize(
    ("code", "words"),
    first_of(
        [
            ("en", "1 polling station of the register was"),
            ("ru", "1 участок из реестра"),
            ("kk", "Тізілімдегі 1 учаске"),
        ]
    ),
)
def test_the_press_s_methods_page_says_how_many_stations_are_not_open(tmp_path, code, words):
    folder = register(tmp_path, ("N/5", ("cancelled",)))
    client = create_app([folder], tmp_path / "state").test_client()
    assert words in client.get(f"/m/{code}/methods/").get_data(as_text=True)


def test_stations_that_are_not_open_come_back_from_the_cache(tmp_path):
    folder = register(tmp_path, ("N/5", ("merged into 1",)))
    now, store = datetime(2005, 12, 10, tzinfo=UTC), DiskCache(tmp_path / "cache")
    plain = build_snapshot.snapshot(folder, now, store=store)
    cached = build_snapshot.from_store(folder, now, store)
    assert cached.version == plain.version
    assert cached.registry.closed.merged_into.tolist() == [0]


@pytest.mark.parametrize("first", ["cancelled", ""])
def test_of_two_stations_of_one_number_the_open_one_counts(tmp_path, first):
    rows = [[*row, ""] for row in STATIONS[1:]]
    twice = [[*STATIONS[0], first], [*STATIONS[0], "" if first else "cancelled"]]
    folder = mission(tmp_path / "m", stations__csv=csv_text([*STATION_COLUMNS, "status"], [*twice, *rows]))
    card = checked(folder)
    assert (card["stations"], card["codes"]["duplicate_key"], card["visits_unresolved"]) == (10, 1, 0)


def test_a_number_alone_names_the_open_station_of_two(tmp_path):
    numbered = [[row[0], str(n), *row[2:], ""] for n, row in enumerate(STATIONS)]
    numbered.append(["S", "0", *STATIONS[0][2:], "cancelled"])
    visits = [["v1", "0"], ["v2", "3"]]
    folder = mission(
        tmp_path / "m",
        "[tables.stations]\nunique_numbers = true\n",
        stations__csv=csv_text([*STATION_COLUMNS, "status"], numbered),
        visits__csv=csv_text(["visit_id", "number"], visits),
        incidents__csv=None,
    )
    assert built(folder).visits.station_as_written.to_pylist() == ["N/0", "N/3"]


def test_where_most_visits_are_to_cancelled_stations_check_says_so_first(tmp_path):
    card = checked(
        register(tmp_path, *((f"{area}/{n}", ("cancelled",)) for area in "NS" for n in range(1, 6)))
    )
    assert "cancelled in the stations table. Is its column status read as it is meant?" in card["first"][-1]
