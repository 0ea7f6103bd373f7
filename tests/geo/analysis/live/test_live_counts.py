"""Reports taken one by one: equal to building anew, refused as a whole, published sharing memory."""

import functools
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.live import IncidentReport, LiveCounts, ReportError, ReportState, VisitReport
from geo.analysis.live.live_counts import _next_version
from geo.model.counts import Choice, Counts
from tests import factory
from tests.examples import examples

NOON = datetime(2005, 12, 4, 6, tzinfo=UTC)
AREAS = [
    *factory.squares("A", "B"),
    {
        "area_id": "A-1",
        "name_en": "A-1",
        "level": 2,
        "parent_id": "A",
        "geometry": shapely.box(70, 50, 71, 51),
    },
    {
        "area_id": "A-2",
        "name_en": "A-2",
        "level": 2,
        "parent_id": "A",
        "geometry": shapely.box(70, 50, 71, 51),
    },
]
STATIONS = [
    {"area_id": area, "number": str(number), "lon": 70.2 + number / 10, "lat": 50.5, "voters": 100 * number}
    for area, number in (("A-1", 1), ("A-1", 2), ("A-2", 3), ("B", 11))
] + [
    {"area_id": "B", "number": "12"},
    {"area_id": "B", "number": "13", "status": "merged", "merged_into": "12"},
]
IDS = ("A-1/1", "A-1/2", "A-2/3", "B/11", "B/12", "B/13")
TEAMS = [{"team_id": name} for name in ("T1", "T2", "T3")]
CATEGORIES = [
    {"category": "sealed", "title_en": "s", "severity": "high", "phase": "opening"},
    {"category": "poster", "title_en": "p", "severity": "low", "phase": "any"},
    {"category": "secrecy", "title_en": "y", "severity": "medium", "phase": "any"},
    # more kinds than one word of a form's mask holds, sorted before two of those asked about
    *({"category": f"q{n:02}", "title_en": "q", "severity": "low", "phase": "any"} for n in range(70)),
]
BASE_VISITS = [
    {"visit_id": "V0", "station_id": "A-1/1", "team_id": "T1", "verification": "verified", "answered": "*",
     "received": "2005-12-04T05:00Z", "overall": "bad"},
    {"visit_id": "V1", "station_id": "A-1/2", "team_id": "T1", "verification": "verified",
     "answered": "sealed;secrecy", "received": "2005-12-04T05:10Z", "supersedes": "V0"},
    {"visit_id": "V2", "station_id": "B/11", "team_id": "T2", "verification": "verified", "answered": "*",
     "supersedes": "V9"},
    {"visit_id": "V3", "station_id": "NOWHERE/1", "team_id": "T2", "verification": "verified"},
]  # fmt: skip
BASE_INCIDENTS = [
    {"incident_id": "I0", "visit_id": "V0", "category": "sealed", "verification": "verified"},
    {"incident_id": "I1", "visit_id": "V9", "category": "secrecy", "verification": "verified"},
    {"incident_id": "I2", "area_id": "B", "category": "secrecy", "verification": "verified"},
    {"incident_id": "I3", "visit_id": "V1", "station_id": "A-1/2", "category": "secrecy",
     "verification": "verified", "supersedes": "I8"},
    {"incident_id": "I4", "visit_id": "V2", "station_id": "NOWHERE/1", "category": "sealed",
     "verification": "verified"},
]  # fmt: skip
CHOICES = (
    Choice(), Choice(verified_only=False), Choice(severity="low"), Choice(categories=("secrecy",)),
    Choice(stage="opening", verified_only=False),
)  # fmt: skip


def base(visits=BASE_VISITS, incidents=BASE_INCIDENTS):
    return factory.snapshot(
        areas=AREAS, stations=STATIONS, teams=TEAMS, categories=CATEGORIES, visits=visits, incidents=incidents
    )


@functools.cache
def start():
    """The snapshot that reports come to; nothing can write to it, so all tests share it."""
    return base()


def row(report):
    """A report as a row of its table."""
    cells = asdict(report)
    if isinstance(report, VisitReport):
        cells["answered"] = ";".join(report.answered)
    return {name: value for name, value in cells.items() if value not in ("", None) and value == value}


def rebuilt(reports):
    """The snapshot of the same base and reports, made at once by the code that reads files."""
    visits = [row(report) for report in reports if isinstance(report, VisitReport)]
    incidents = [row(report) for report in reports if isinstance(report, IncidentReport)]
    return base([*BASE_VISITS, *visits], [*BASE_INCIDENTS, *incidents])


def counters(counts):
    return {field.name: getattr(counts, field.name).tolist() for field in fields(Counts)}


def columns(table, key, others=()):
    """Every column by the order of the ids; pointers to `others` as their ids."""
    ids = getattr(table, key).to_pylist()
    order = np.argsort(np.array(ids, dtype=object), kind="stable")
    found = {}
    for field in fields(table):
        column = getattr(table, field.name)
        if field.name == "visit":
            names = np.array([*others, None], dtype=object)
            column = names[column]
        elif isinstance(column, (pa.Array, pa.ChunkedArray)):
            column = np.array(column.to_pylist(), dtype=object)
        found[field.name] = [str(one) for one in column[order].tolist()]
    return found


visit_reports = st.builds(
    VisitReport,
    visit_id=st.sampled_from([f"V{n}" for n in range(12)] + ["Vé"]),
    station_id=st.sampled_from(IDS),
    team_id=st.sampled_from(["", "T1", "T2", "T3"]),
    stage=st.sampled_from(["opening", "voting", "tabulation"]),
    outcome=st.sampled_from(["observed", "observed", "denied", "closed", "unreachable"]),
    verification=st.sampled_from(["unverified", "verified", "verified", "withdrawn"]),
    overall=st.sampled_from(["", "good", "bad", "very_bad"]),
    arrived=st.sampled_from([None, NOON, NOON + timedelta(hours=3)]),
    received=st.sampled_from([None, NOON, NOON + timedelta(hours=1), NOON - timedelta(hours=2)]),
    answered=st.sampled_from([(), ("*",), ("sealed",), ("poster", "secrecy")]),
    supersedes=st.sampled_from(["", "", "V0", "V1", "V2", "V4", "V5", "V9"]),
)
incident_reports = st.builds(
    IncidentReport,
    incident_id=st.sampled_from([f"I{n}" for n in range(12)]),
    category=st.sampled_from(["sealed", "poster", "secrecy"]),
    visit_id=st.sampled_from(["", "V0", "V1", "V2", "V5", "V9"]),
    station_id=st.sampled_from(["", "", *IDS]),
    area_id=st.sampled_from(["", "A-2", "B"]),
    team_id=st.sampled_from(["", "T2"]),
    severity=st.sampled_from(["", "low", "critical"]),
    stage=st.sampled_from(["", "voting"]),
    received=st.sampled_from([None, NOON, NOON - timedelta(hours=1)]),
    verification=st.sampled_from(["unverified", "verified", "verified", "withdrawn"]),
    supersedes=st.sampled_from(["", "", "I0", "I3", "I5", "I8"]),
)
sequences = st.lists(st.one_of(visit_reports, incident_reports), max_size=14)


def taken(live, reports, clock=None):
    """Apply what can be applied; return it."""
    kept = []
    for report in reports:
        try:
            live.apply(report)
        except ReportError:
            continue
        kept.append(report)
        if clock:
            live.publish(next(clock))
    return kept


@examples(250)
@given(sequences)
@pytest.mark.capability("Reports that come in are counted at once", page="statistics")
def test_after_any_sequence_every_counter_is_that_of_a_full_recompute(reports):
    live = LiveCounts(start(), CHOICES)
    anew = rebuilt(taken(live, reports))
    for choice in CHOICES:
        for kind, level in (("area", 1), ("area", 2), ("cell", 1)):
            wanted = counters(anew.counts(kind, level, choice))
            assert counters(live.counts(kind, level, choice)) == wanted, (kind, level, choice)


@examples(100)
@given(sequences)
def test_after_any_sequence_the_published_snapshot_is_that_of_a_full_recompute(reports):
    live = LiveCounts(start(), CHOICES)
    moments = (NOON + timedelta(seconds=n) for n in range(100))
    kept = taken(live, reports, moments)
    made, anew = live.publish(next(moments)), rebuilt(kept)
    visit_ids = (made.visits.visit_id.to_pylist(), anew.visits.visit_id.to_pylist())
    assert columns(made.visits, "visit_id") == columns(anew.visits, "visit_id")
    assert columns(made.incidents, "incident_id", visit_ids[0]) == columns(
        anew.incidents, "incident_id", visit_ids[1]
    )
    for choice in CHOICES:
        plain = replace(made, tallied={})
        assert counters(plain.counts("area", 1, choice)) == counters(made.counts("area", 1, choice))
        assert counters(made.counts("cell", 1, choice)) == counters(anew.counts("cell", 1, choice))
    assert made.version == functools.reduce(_next_version, kept, start().version)


@examples(60)
@given(sequences)
def test_effects_add_up_to_what_the_stations_are_at_the_end(reports):
    live, stand = LiveCounts(start(), CHOICES), {}
    told = []
    live.subscribe(told.append, Choice(verified_only=False))
    taken(live, reports)
    for effect in told:
        assert stand.get(effect.station, effect.before) == effect.before
        assert effect.before != effect.after
        stand[effect.station] = effect.after
    anew = LiveCounts(live.publish(NOON), CHOICES)
    rule = next(rule for rule in anew._rules if rule.choice == Choice(verified_only=False))
    for station, seen in stand.items():
        from geo.analysis.live.station_contribution import contribution, forms_at

        assert contribution(rule, anew._place, station, forms_at(anew._place, station), 0).seen == seen


GOOD = VisitReport("N1", "A-1/1", "T1", verification="verified", answered=("*",), received=NOON)
FOUND = IncidentReport("M1", "sealed", visit_id="V0", verification="verified")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (replace(GOOD, visit_id=""), "visit_id must be"),
        (replace(GOOD, visit_id="V0"), "already known"),
        (replace(GOOD, station_id="A-1/77"), "no station called 'A-1/77'"),
        (replace(GOOD, station_id=""), "station_id is missing"),
        (replace(GOOD, team_id="T9"), "team_id 'T9' is not known"),
        (replace(GOOD, stage="teatime"), "none of opening, voting"),
        (replace(GOOD, outcome=""), "none of observed"),
        (replace(GOOD, verification="yes"), "none of unverified"),
        (replace(GOOD, overall="fine"), "none of very_good"),
        (replace(GOOD, voted=1.5), "voted 1.5 must be a whole number"),
        (replace(GOOD, registered_voters=-1.0), "registered_voters -1.0 must be a whole number"),
        (replace(GOOD, answered=("nothing",)), "answered 'nothing' is not known"),
        (replace(GOOD, supersedes="V77"), "no visit called 'V77'"),
        (replace(GOOD, verification="withdrawn"), "names in `supersedes`"),
        (replace(GOOD, arrived=datetime(2005, 12, 4)), "needs its offset"),  # noqa: DTZ001
        (replace(GOOD, lon=200.0), "between -180 and 180"),
        (replace(GOOD, lat=float("inf")), "between -90 and 90"),
        (replace(GOOD, answers="x" * 30_000), "up to 20,000 letters"),
        (replace(GOOD, visit_id="N\ud800"), "half a letter"),
        (replace(FOUND, incident_id="I0"), "already known"),
        (replace(FOUND, category=""), "category is missing"),
        (replace(FOUND, category="murder"), "category 'murder' is not known"),
        (replace(FOUND, visit_id="V77"), "no visit called 'V77'"),
        (replace(FOUND, area_id="C"), "area_id 'C' is not known"),
        (replace(FOUND, severity="worst"), "none of low"),
        (replace(FOUND, supersedes="I77"), "no incident called 'I77'"),
    ],
)
def test_a_bad_report_is_refused_with_a_reason_and_nothing_of_it_stays(bad, says):
    live = LiveCounts(start(), CHOICES)
    live.subscribe(lambda _: pytest.fail("a refused report was told"))
    before = counters(live.counts())
    with pytest.raises(ReportError, match=says):
        live.apply(bad)
    assert counters(live.counts()) == before
    assert live.publish(NOON).version == start().version
    live = LiveCounts(start(), CHOICES)
    live.apply(GOOD)  # and the next one is taken as if nothing had been
    assert counters(live.counts()) == counters(rebuilt([GOOD]).counts())


def test_a_withdrawn_visit_takes_its_findings_with_it():
    live = LiveCounts(start())
    live.apply(GOOD)
    live.apply(replace(FOUND, visit_id="N1"))
    with_it = live.counts("area", 1).total()
    live.apply(VisitReport("N2", supersedes="N1", verification="withdrawn", received=NOON))
    assert with_it["with_finding"] - live.counts("area", 1).total()["with_finding"] == 1
    assert live.counts("area", 1).total() == start().counts("area", 1).total()


STATES = st.lists(
    st.tuples(
        st.sampled_from(["V1", "V2", "I0", "I1", "I2", "I3", "I4"]),
        st.sampled_from(["unverified", "verified", "withdrawn"]),
        st.sampled_from(["private", "cleared", "withdrawn"]),
    ),
    max_size=8,
)


@given(STATES)
@examples(100)
def test_what_is_decided_counts_as_if_the_files_had_said_so(decided):
    live = LiveCounts(start(), CHOICES)
    visits, incidents = ([dict(row) for row in table] for table in (BASE_VISITS, BASE_INCIDENTS))
    for name, verification, publication in decided:
        is_visit = name.startswith("V")
        live.apply(ReportState("visit" if is_visit else "incident", name, verification, publication))
        for written in visits if is_visit else incidents:
            if name == written.get("visit_id" if is_visit else "incident_id"):
                written |= {"verification": verification} | ({} if is_visit else {"publication": publication})
    anew = base(visits, incidents)
    for choice in CHOICES:
        assert counters(live.counts("area", 1, choice)) == counters(anew.counts("area", 1, choice))
    published = live.publish(NOON)
    assert columns(published.visits, "visit_id") == columns(anew.visits, "visit_id")
    for name in ("verification", "publication", "is_current"):
        assert getattr(published.incidents, name).tolist() == getattr(anew.incidents, name).tolist()


def test_a_state_of_a_report_that_is_not_there_is_refused():
    live = LiveCounts(start())
    with pytest.raises(ReportError, match="none to decide about"):
        live.apply(ReportState("incident", "I99", "verified"))


def test_snapshots_are_published_at_most_once_a_second():
    live = LiveCounts(start())
    live.apply(GOOD)
    first = live.publish(NOON)
    live.apply(replace(GOOD, visit_id="N2"))
    assert live.publish(NOON + timedelta(milliseconds=900)) is first
    second = live.publish(NOON + timedelta(seconds=1))
    assert len(second.visits) == len(first.visits) + 1
    assert live.publish(NOON + timedelta(seconds=9)) is second


def test_a_published_snapshot_never_changes():
    live = LiveCounts(start())
    live.apply(GOOD)
    first = live.publish(NOON)
    before = columns(first.visits, "visit_id"), counters(first.counts())
    live.apply(replace(GOOD, visit_id="N2", supersedes="V1", station_id="B/11"))
    live.publish(NOON + timedelta(seconds=1))
    assert (columns(first.visits, "visit_id"), counters(first.counts())) == before
    with pytest.raises(ValueError, match="read-only"):
        first.visits.is_current[0] = False


def test_a_new_snapshot_shares_every_column_that_did_not_change():
    live = LiveCounts(start())
    live.apply(GOOD)
    one = live.publish(NOON)
    live.apply(replace(GOOD, visit_id="N2", supersedes="N1", overall="very_bad"))
    two = live.publish(NOON + timedelta(seconds=1))
    copied = {
        field.name
        for field in fields(one.visits)
        if isinstance(getattr(one.visits, field.name), np.ndarray)
        and not np.shares_memory(getattr(one.visits, field.name), getattr(two.visits, field.name))
    }
    assert copied == {"is_current"}  # N1 was published as current, so its column is another one now
    assert two.registry is one.registry
    assert (
        two.visits.answers.chunk(0).buffers()[2].address == one.visits.answers.chunk(0).buffers()[2].address
    )


def test_appending_does_not_copy_what_is_there():
    live = LiveCounts(start())
    live.apply(GOOD)
    views = [live.publish(NOON).visits.arrived]
    for n in range(2, 40):
        live.apply(replace(GOOD, visit_id=f"N{n}"))
        views.append(live.publish(NOON + timedelta(seconds=n)).visits.arrived)
    assert all(np.shares_memory(views[0], view) for view in views)
    assert [len(view) for view in views] == list(range(len(views[0]), len(views[0]) + len(views)))


def test_a_column_without_room_left_grows_and_keeps_its_rows(monkeypatch):
    monkeypatch.setattr("geo.analysis.live.growing_columns.ROOM", 1)
    live = LiveCounts(start())
    reports = [replace(GOOD, visit_id=f"N{n:02}") for n in range(40)]
    assert taken(live, reports) == reports
    assert counters(live.counts()) == counters(rebuilt(reports).counts())
    assert columns(live.publish(NOON).visits, "visit_id") == columns(rebuilt(reports).visits, "visit_id")


def test_a_subscriber_that_fails_is_told_no_more_and_stops_nobody(caplog):
    live, told = LiveCounts(start()), []

    def fails(effect):
        told.append("bad")
        raise KeyError(effect.station)

    live.subscribe(fails)
    live.subscribe(lambda effect: told.append("good"))
    live.apply(GOOD)
    live.apply(replace(GOOD, visit_id="N2", station_id="B/11"))
    assert told == ["bad", "good", "good"]
    assert "told no more" in caplog.text


def test_a_choice_that_is_not_counted_has_no_subscribers():
    with pytest.raises(ValueError, match="not counted"):
        LiveCounts(start()).subscribe(print, Choice(stage="voting"))


def test_the_same_reports_in_the_same_order_give_the_same_version_whenever_published():
    often, once = LiveCounts(start()), LiveCounts(start())
    for n in range(5):
        report = replace(GOOD, visit_id=f"N{n}")
        often.apply(report)
        once.apply(report)
        often.publish(NOON + timedelta(seconds=n))
    assert often.publish(NOON + timedelta(hours=1)).version == once.publish(NOON).version
