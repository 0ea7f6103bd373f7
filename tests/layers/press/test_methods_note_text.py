"""The note in a file says what its page says, and the figures of the file it lies in."""

import html
import io
import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.counts import Choice
from geo.model.mission import Thresholds
from geo.model.tables import SEVERITIES, STAGES
from geo.publication.released import released_of
from layers.desk import choice_visits, export_file, unit_columns
from layers.map import choice_figures
from layers.map.press_view import view_of
from layers.press import downloads, methods_note_text, press_methods_note
from layers.words.language import NAMES, SHORT, language
from tests.examples import examples
from tests.geo.analysis.test_choice_analysis import made
from tests.geo.model.test_counts import incident
from tests.geo.model.test_counts import visit as seen
from tests.layers.press.test_press_figures import view  # noqa: F401 (a fixture)
from web.press_resources import PAGES

ENGLISH = language("en")


@pytest.fixture(scope="module")
def snapshot():
    stage = ("opening", "voting", "counting")
    return made(
        [
            seen(f"v{i}", number=str(1 + i % 2), team_id=f"T{i % 3}", stage=stage[i % 3],
                 verification="verified" if i % 4 else "unverified")
            for i in range(12)
        ],
        [
            incident(f"i{i}", ["sealed", "poster"][i % 2], visit_id=f"v{i}", stage=stage[i % 3])
            for i in range(9)
        ],
    )  # fmt: skip


def lines_of_page(of, code):
    """Every paragraph, heading and table cell of the methods page, as a reader sees it."""
    speaks = language(code)
    page = PAGES.get_template("methods.html").render(
        language=speaks, languages=("en", "ru", "kk"), names=NAMES, short=SHORT, say=speaks.say,
        count=speaks.count, static="", page={"title": "Test", "method": "", "simulated": True},
        sections=press_methods_note.sections(of, speaks), panel=press_methods_note.panel(of, speaks),
        choices=press_methods_note.choice_rows(of, speaks),
        assessments=press_methods_note.assessment_rows(of, speaks),
    )  # fmt: skip
    main = page[page.index("<h1") : page.index("</main>")]
    found = re.findall(r"<(p|h2|td|th|caption)\b[^>]*>(.*?)</\1>", main, re.S)
    texts = [re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).strip() for _, text in found]
    about_bars = speaks.say(
        "Each row has two bars: its share of the stations visited, and its share of all stations. Where the "
        "upper bar is shorter, observers were there less often than the number of stations asks for."
    )
    return [text for text in texts if text not in ("", about_bars, speaks.say("Back to the map"))]


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
def test_the_presss_note_says_everything_its_page_says(view, code):  # noqa: F811
    note = re.sub(r"\s+", " ", methods_note_text.of_press(view, language(code)))
    lines = lines_of_page(view, code)
    assert len(lines) > 40
    assert [line for line in lines if line not in note] == []


@pytest.mark.parametrize(("rate", "says"), [(0.05, "5.0 %"), (0.2, "20.0 %")])
def test_the_presss_note_tells_the_missions_own_rate_of_false_discoveries(snapshot, rate, says):
    about = replace(snapshot.mission, thresholds=Thresholds(false_discovery_rate=rate))
    note = methods_note_text.of_press(view_of(released_of(replace(snapshot, mission=about))), ENGLISH)
    assert f"False discoveries are held to {says} over all stages" in note
    assert "999 to 9,999 random maps" in note


def test_a_note_on_a_release_kept_before_that_rate_was_noted_tells_none(view):  # noqa: F811
    older = replace(view.release, about=replace(view.release.about, false_discovery_rate=None))
    note = methods_note_text.of_press(replace(view, release=older), ENGLISH)
    assert "random maps" in note and "False discoveries" not in note


@pytest.mark.parametrize("thing", ["areas", "patches", "country"])
def test_every_press_download_carries_the_note_that_is_offered_alone(view, thing):  # noqa: F811
    note, media_type = downloads.file(view, "methods", "txt", "all/medium", ENGLISH)
    body, _ = downloads.file(view, thing, "geojson", "all/medium", ENGLISH)
    assert media_type.startswith("text/plain")
    assert json.loads(body)["methods"] == note.decode()


@pytest.mark.parametrize("choice", choice_figures.choices())
def test_a_press_files_figures_are_those_of_the_note_in_it(view, choice):  # noqa: F811
    body, _ = downloads.file(view, "country", "geojson", choice, ENGLISH)
    made = json.loads(body)
    row = made["features"][0]["properties"]
    stage, severity = (choice.split("/")[0], choice.split("/")[1])
    said = next(
        line.split("\t")
        for line in made["methods"].splitlines()
        if line.split("\t")[:2] == [page_word(stage), severity]
    )
    nation = choice_figures.first_of(choice_figures.units(view.release.nation, choice))
    for place, key, column in ((2, "observed", "stations_observed"), (3, "asked", "stations_asked")):
        assert said[place] == press_methods_note.printed(nation[key], ENGLISH)
        assert row[column] == (nation[key] if nation[key] >= 0 else None)


def page_word(stage):
    return "all stages" if stage == "all" else stage


choices = st.builds(
    lambda stage, severity, verified, category: (stage, severity, verified, category),
    st.sampled_from(["", *STAGES[:-1]]),
    st.sampled_from(SEVERITIES),
    st.sampled_from(["0", "1"]),
    st.sampled_from(["", "sealed", "poster"]),
)


@given(choices, st.sampled_from(["area", "cell"]))
@examples(60)
def test_map_file_and_note_agree_on_every_stage_severity_and_kind(snapshot, asked, unit):
    choice = choice_visits.choice_of(*asked, known=snapshot.categories.category)
    columns = unit_columns.figures(snapshot, unit, choice)["columns"]
    rows = pd.read_csv(
        io.BytesIO(export_file.export_of_choice(snapshot, unit, choice, "csv")), encoding="utf-8-sig"
    )
    for name in ("visits_exposed", "visits_with_finding", "stations_observed", "stations"):
        assert rows[name].tolist() == columns[name], name
    assert [None if x != x else round(x, 6) for x in rows["rate"].tolist()] == columns["rate"]
    k, m = sum(columns["visits_with_finding"]), sum(columns["visits_exposed"])
    said = re.search(r"(\d+) of the (\d+) visits whose form asked", export_file.note(snapshot, choice))
    on_map = choice_visits.visits_of(snapshot, choice)["visits"]["flags"]
    if unit == "area":
        assert (said and (int(said[1]), int(said[2]))) == ((k, m) if m else None)
        assert sum(flag & choice_visits.EXPOSED > 0 for flag in on_map) == m
        assert sum(flag & choice_visits.WITH_FINDING > 0 for flag in on_map) == k


def test_a_coordinators_file_holds_the_whole_note_of_its_choice(snapshot):
    choice = Choice(stage="voting", categories=("sealed",))
    note = json.loads(export_file.export_of_choice(snapshot, "area", choice, "geojson"))["methods"]
    assert note == export_file.note(snapshot, choice)
    for heading in ("What was observed", "What was not observed", "Tests", "Formulas", "Version"):
        assert f"\n{heading}\n{'-' * len(heading)}\n" in note
    assert snapshot.version in note
    assert "Stage: voting. Counted: “sealed” only." in note
