"""mission.toml of every wrong type: a list of problems comes out, never anything else."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model import mission
from geo.model.errors import MissionError
from geo.serving import build_snapshot
from tests.examples import examples
from tests.geo.model.test_mission import GOOD, problems, written

HUGE = "0x" + "f" * 4000  # may be read, but not written in decimal
BARE = st.sampled_from(
    [
        "title",
        "election_date",
        "time_zone",
        "time_zones",
        "selection",
        "frame",
        "nature",
        "languages",
        "credit",
        "contact",
        "planned_visits",
        "as_of",
        "id",
        "url",
        "file",
        "format",
        "crs",
        "columns",
        "values",
        "header",
        "delimiter",
        "area_visits",
        "false_discovery_rate",
        "cell_resolution",
        "delay_hours",
        "strict",
        "en",
        "x",
    ]
)
SCALARS = st.one_of(
    st.sampled_from(
        ["2005-12-04", "2005-12-04T10:00:00Z", "07:32:00", "inf", "-inf", "nan", "true", "false", "1e400",
         "-1", "0", "0001-01-01", "9999-12-31", HUGE, '"Asia/Almaty"', '"../../../etc/passwd"',
         '"a\\u0000b"', '"' + "n" * 5000 + '"', '""', '"purposive"', '"EPSG:4326"', "[]", "{}", "[[[]]]",
         '"0001-01-01T00:00+14:00"', '"9999-12-31T23:00-12:00"'],
    ),
    st.integers(-(2**80), 2**80).map(str),
    st.text(string.printable.replace("\\", "").replace('"', ""), max_size=8).map(
        lambda t: '"' + "".join(c if c.isprintable() else " " for c in t) + '"'
    ),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: f"[{', '.join(v)}]"),
        st.dictionaries(BARE, inner, max_size=2).map(
            lambda d: "{" + ", ".join(f"{k} = {v}" for k, v in d.items()) + "}"
        ),
    ),
    max_leaves=4,
)
SECTIONS = st.sampled_from(
    [
        "",
        "[mission]",
        "[mission.time_zones]",
        "[mission.town_names]",
        "[[sources]]",
        "[tables]",
        "[tables.stations]",
        "[thresholds]",
        "[tables.stations.columns]",
        "[tables.stations.values]",
        "[tables.stations.values.urban]",
        "[disclosure]",
        "[[mission]]",
        "[[tables.stations]]",
    ]
)
FILES = st.lists(st.tuples(SECTIONS, st.dictionaries(BARE, VALUES, max_size=4)), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("fuzz") / "mission-one"
    made.mkdir()
    (made / "stations.csv").write_text("area_id,number\n", encoding="utf-8")
    return made


@given(FILES)
@examples(400)
def test_nothing_but_a_mission_or_its_problems_comes_out(folder, blocks):
    lines = [f"{head}\n" + "\n".join(f"{k} = {v}" for k, v in rows.items()) for head, rows in blocks]
    (folder / "mission.toml").write_text("\n".join(lines), encoding="utf-8")
    try:
        mission.load(folder)
    except MissionError as error:
        assert all(str(problem) for problem in error.problems)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = " + "[" * 3000 + "]" * 3000, "nested"),
        ("x = " + "1" * 5000, "TOML"),
        (GOOD + "selection = 0x" + "f" * 5000, "selection"),
        (GOOD + "contact = { mail = 1 }", "mission.contact must be a text"),
        (GOOD + "as_of = [1]", "mission.as_of"),
        (GOOD + 'as_of = "0001-01-01T00:00+14:00"', "mission.as_of"),
        (GOOD + 'as_of = "9999-12-31T23:00-12:00"', "mission.as_of"),
        (GOOD + "as_of = 12:00:00", "mission.as_of"),
        (GOOD.replace("2005-12-04", "0001-01-01"), "mission.election_date"),
        (GOOD.replace("2005-12-04", "9999-12-31"), "mission.election_date"),
        (GOOD.replace("2005-12-04", "2100-01-01"), "mission.election_date"),
        (GOOD + "planned_visits = 99999999999999999999", "mission.planned_visits"),
        (GOOD + '[tables.stations]\nfile = "a\\u0000b"', "tables.stations.file"),
        (GOOD + f'[tables.stations]\nfile = "{"a" * 5000}"', "tables.stations.file"),
        (GOOD + "[tables.stations]\nfile = 5", "tables.stations.file"),
        (GOOD + "[thresholds]\ncell_resolution = 16", "thresholds.cell_resolution"),
        (GOOD + "[thresholds]\nfalse_discovery_rate = 0", "thresholds.false_discovery_rate"),
        (GOOD + "[thresholds]\ndrop_team_p = 1.0", "thresholds.drop_team_p"),
        (GOOD + "[thresholds]\nintraclass_correlation = nan", "thresholds.intraclass_correlation"),
        (GOOD + "[thresholds]\noutside_area_km = inf", "thresholds.outside_area_km"),
        (GOOD + "[thresholds]\noverdue_minutes = 99999999999999999999", "thresholds.overdue_minutes"),
        (GOOD + "[disclosure]\ndelay_hours = 1e300", "disclosure.delay_hours"),
        (GOOD + '[[sources]]\nid = "a"\ntitle = ["x"]', "sources.title must be a text"),
        (GOOD + '[[sources]]\nid = "a"\ntitle = "x"\nurl = "javascript:alert(1)"', "sources.url"),
        (GOOD + 2 * '[[sources]]\nid = "a"\ntitle = "x"\n', "'a' is given twice"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_a_problem_with_its_name(tmp_path, text, says):
    assert says in "\n".join(problems(written(tmp_path, text)))


@pytest.mark.parametrize(
    ("settings_", "says"),
    [
        ('header = "no"', "tables.stations.header must be true or false"),
        ("delimiter = 5", "tables.stations.delimiter must be a text"),
        ("crs = 4326", "tables.stations.crs"),
        ("values.urban = 3", "tables.stations.values.urban"),
        ('values.nonsense = { a = "b" }', "tables.stations.values.nonsense"),
        ("columns.name = [1]", "tables.stations.columns.name"),
    ],
)
def test_a_wrong_table_setting_is_a_problem_with_its_name(tmp_path, settings_, says):
    folder = written(tmp_path, GOOD + f"[tables.stations]\n{settings_}\n")
    (folder / "stations.csv").write_text("area_id,number\n", encoding="utf-8")
    assert says in "\n".join(problems(folder))


def test_an_enormous_mission_file_is_refused_unread(tmp_path):
    folder = written(tmp_path, GOOD + "#" * 2_000_000)
    assert "larger than" in problems(folder)[0]


def test_a_table_that_links_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "secret.csv").write_text("area_id,number\n", encoding="utf-8")
    folder = written(tmp_path, GOOD)
    (folder / "stations.csv").symlink_to(tmp_path / "secret.csv")
    assert "must lie inside" in problems(folder)[0]


def test_a_time_as_of_without_zone_is_the_missions(tmp_path):
    made = build_snapshot.snapshot(written(tmp_path, GOOD + 'as_of = "2005-12-05T12:00"\n'))
    assert made.as_of.isoformat() == "2005-12-05T06:00:00+00:00"
