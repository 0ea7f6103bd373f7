"""A file of reports taken on the desk: looked at without a trace, its good rows sent, the others told."""

import io
import zipfile
from urllib.parse import quote

import pytest
from werkzeug.test import Client

from geo.journal.event import EventError
from geo.serving.missions import Missions
from tests.web import missions
from tests.web.accounts.signing_in import OURS, application, person, signed_in
from tests.web.test_work_views import SAME, Desk, day
from web.job_process import JobProcess
from web.request_limits import UPLOADS

VISITS = """ID визита,Область,Номер участка,Группа,Время прибытия,Наблюдения
f1,A,0,T1,09:30,тихо
f2,A,1,T1,2005-12-04 10:00,очередь
"""
FINDINGS = "id,visit_id,station_id,category,text\nn1,f1,A/0,sealed,<script>alert(1)</script>\n"


@pytest.fixture
def desk(tmp_path):
    opened = Desk(day(tmp_path / "m"), tmp_path / "state")
    yield opened
    opened.door.close()


def sent(desk, content, name="visits.csv", about="visit", headers=SAME, **asked):
    body = content.encode() if isinstance(content, str) else content
    return desk.client.post(
        f"{desk.base}file.json", query_string={"about": about, "name": name, **asked}, data=body,
        content_type="application/octet-stream", headers=headers,
    )  # fmt: skip


def look(desk, content, **asked):
    answer = sent(desk, content, **asked)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def take(desk, seen, about="visit", by="Bea"):
    body = {"by": by, "about": about, "source": seen["source"], "rows": seen["fresh"]}
    return desk.post("take", body)


def taken(desk, content, **asked):
    seen = look(desk, content, **asked)
    assert take(desk, seen, asked.get("about", "visit")).status_code == 200
    return seen


def counts(seen):
    return len(seen["fresh"]), seen["known"], seen["wrong"]


def told(seen):
    return [(one["row"], one["column"], one["value"], one["says"]) for one in seen["defects"]]


def places(seen):
    return {one["name"]: one["place"] for one in seen["columns"] if one["place"] >= 0}


def test_columns_are_guessed_in_russian_and_what_is_left_over_is_said(desk):
    seen = look(desk, VISITS)
    assert places(seen) == {"visit_id": 0, "area_id": 1, "number": 2, "team_id": 3, "arrived": 4}
    assert seen["unused"] == ["Наблюдения"]


def test_a_look_writes_nothing(desk, tmp_path):
    assert counts(look(desk, VISITS)) == (2, 0, 0)
    assert desk.door.reader.head()[0] == 0
    kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert not [path for path in kept if b"f1,A,0" in path.read_bytes()]


@pytest.mark.capability("Files of visits or findings taken as reports, each row told", page="desk")
def test_good_rows_become_reports_that_wait_to_be_verified(desk):
    before = len(desk.snapshot().visits)
    taken(desk, VISITS)
    assert len(desk.snapshot().visits) == before + 2
    rows = desk.inbox(about="visit")["rows"]
    assert {row["id"] for row in rows} == {"file:visits/f1", "file:visits/f2"}


@pytest.mark.parametrize("name", ["visits.csv", "visits (1).csv"])
def test_the_same_file_again_changes_nothing(desk, name):
    taken(desk, VISITS)
    head = desk.door.reader.head()
    again = look(desk, VISITS, name=name)
    assert (counts(again), again["source"]) == ((0, 2, 0), "file:visits")
    assert desk.door.reader.head() == head


def test_the_same_rows_sent_twice_are_counted_once(desk):
    seen = look(desk, VISITS)
    assert [take(desk, seen).get_json()["done"] for _ in range(2)] == [2, 2]
    assert desk.door.reader.head()[0] == 2


def test_a_changed_row_under_the_same_id_is_told_and_not_taken(desk):
    taken(desk, VISITS)
    seen = look(desk, VISITS.replace("09:30", "09:40"))
    assert counts(seen) == (0, 1, 1)
    assert told(seen) == [
        (2, "ID визита", "f1", "came before and said something else; what came first stays")
    ]


def test_what_came_under_an_id_after_the_look_is_told_with_409(desk):
    seen = look(desk, VISITS)
    taken(desk, VISITS.replace("09:30", "09:40"))
    answer = take(desk, seen)
    assert (answer.status_code, answer.get_json()["stale"]) == (409, ["f1"])


def test_a_defect_names_row_column_and_what_stands_there(desk):
    seen = look(desk, VISITS.replace("09:30", "at ten").replace("A,1,T1", "A,1,T9") + "f3,A,77,T1,11:00,\n")
    assert counts(seen) == (0, 0, 3)
    assert told(seen) == [
        (2, "Время прибытия", "at ten", "cannot be read"),
        (3, "Группа", "T9", "is not known in this mission"),
        (4, "Station (area/number)", "A/77", "is not known in this mission"),
    ]


def test_good_rows_can_be_taken_without_the_bad_ones(desk):
    seen = taken(desk, VISITS.replace("09:30", "at ten"))
    assert counts(seen) == (1, 0, 1)
    assert desk.door.reader.head()[0] == 1
    assert counts(look(desk, VISITS)) == (1, 1, 0)  # the mended row, in the mended file


def test_every_row_of_a_file_is_new_known_or_told(desk):
    taken(desk, VISITS)
    odd = "f3,A,77,T1,11:00,\nf3,A,1,T1,11:00,\nf4,A\n,A,1,T1,12:00,\nf5,,,T1,13:00,\nf6,A,2,T1,,x\n"
    seen = look(desk, VISITS + odd)
    assert (counts(seen), seen["n"]) == ((1, 2, 5), 8)
    assert [row[0] for row in seen["rejects"]["rows"]] == [4, 5, 6, 7, 8]


def test_rows_not_taken_are_kept_whole_for_a_file(desk):
    rejects = look(desk, VISITS.replace("09:30", "at ten") + "f3,A\n")["rejects"]
    assert rejects["names"] == ["row", "column", "value", "reason", *VISITS.splitlines()[0].split(",")]
    assert rejects["rows"][0][0] == 2
    assert rejects["rows"][0][4:] == ["f1", "A", "0", "T1", "at ten", "тихо"]
    assert (rejects["rows"][1][0], "f3" in str(rejects["rows"][1][4])) == (4, True)


def test_rows_without_an_id_are_known_again_and_one_that_stands_twice_is_told(desk):
    rows = "station_id,team_id,arrived\nA/0,T1,09:30\nA/1,T1,10:00\nA/0,T1,09:30\n"
    assert counts(taken(desk, rows)) == (2, 0, 1)
    seen = look(desk, "team_id,arrived,station_id\nT1,10:00,A/1\nT1,9:30,A/0\nT1,12:00,A/2\n", name="x.csv")
    assert (counts(seen), seen["source"]) == ((1, 2, 0), "file:visits")


def test_an_id_of_ours_tells_nothing_of_a_person(desk):
    rows = "station_id,category,text\nA/0,sealed,one\nA/0,sealed,two\n"
    ids = [row["id"] for row in look(desk, rows, about="incident", name="f.csv")["fresh"]]
    other = rows.replace("one", "somebody was seen")
    assert ids == [row["id"] for row in look(desk, other, about="incident", name="f.csv")["fresh"]]
    assert len(set(ids)) == 2


def test_a_column_is_read_from_where_a_person_says(desk):
    rows = "k,wo,wer,wann\nf1,A/0,T1,09:30\n"
    assert counts(look(desk, rows)) == (0, 0, 1)
    seen = look(desk, rows, columns="visit_id:0,station_id:1,team_id:2,arrived:-1,nonsense:3,left:99")
    assert places(seen) == {"visit_id": 0, "station_id": 1, "team_id": 2}
    assert seen["fresh"][0]["station_id"] == "A/0"


def test_a_finding_is_of_the_visit_that_came_before_it(desk):
    assert told(look(desk, FINDINGS, about="incident", name="findings.csv"))[0][:3] == (2, "visit_id", "f1")
    taken(desk, VISITS)
    seen = taken(desk, FINDINGS, about="incident", name="findings.csv")
    assert seen["source"] == "file:visits"
    (row,) = [row for row in desk.inbox(about="incident")["rows"] if row["id"] == "file:visits/n1"]
    assert row["text"] == "<script>alert(1)</script>"


CORRECTED = "id,station_id,verification,supersedes\na,A/0,,\nb,A/1,withdrawn,\nc,A/0,,a\nd,A/0,,c\n"


def test_of_a_report_and_its_corrections_in_a_file_the_last_is_taken(desk):
    seen = look(desk, CORRECTED)
    assert [(one[0], one[3]) for one in told(seen)] == [
        (2, "is corrected by another row of the file"),
        (3, "was taken back in the file"),
        (4, "is corrected by another row of the file"),
    ]
    assert [row["id"] for row in seen["fresh"]] == ["d"]


def test_a_correction_of_what_came_before_is_told_and_not_counted_beside_it(desk):
    taken(desk, "id,station_id\na,A/0\n", name="v.csv")
    seen = look(desk, CORRECTED, source="file:v")
    row, _, _, says = told(seen)[-1]
    assert (row, says, seen["fresh"]) == (5, "corrects a report that came before; a file does not", [])


def test_a_column_that_is_missing_is_named(desk):
    seen = look(desk, "id,station_id\n1,A/0\n", about="incident", name="f.csv")
    assert told(seen)[0] == (0, "Kind of finding", "", "The file has no such column")
    assert (counts(seen), [row[0] for row in seen["rejects"]["rows"]]) == ((0, 0, 1), [2])


def test_words_are_said_in_the_language_of_the_page(desk):
    desk.base = desk.base.replace("/en/", "/kk/")
    assert told(look(desk, VISITS.replace("09:30", "at ten")))[0][3] == "оқылмайды"


def zipped(content):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("visits.csv", content)
    return made.getvalue()


WIDE = ",".join(f"c{i}" for i in range(1_000)) + "\n"
HOSTILE = {
    "bomb.zip": zipped(b"0" * (70 << 20)),
    "wide.csv": WIDE + WIDE,
    "long.csv": "station_id\n" + "A/0\n" * 10_001,
    "database.csv": b"SQLite format 3\0" + b"\0" * 200,
    "broken.xlsx": b"PK\x03\x04" + b"\0" * 60,
    "broken.gpkg": b"SQLite format 3\0" + b"\xff" * 200,
    "vrt.json": "<OGRVRTDataSource></OGRVRTDataSource>",
    "deep.json": "[" * 100_000,
    "nothing.csv": "",
    "list.ods": "x",
    "no-ending": VISITS,
    "../../mission.toml": VISITS,
    f"{'x' * 200}.c\0sv": VISITS,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_nothing_of_it_stays(desk, name):
    answer = sent(desk, HOSTILE[name], name=name)
    assert answer.status_code == 422
    assert len(answer.get_json()["message"]) > 10
    assert desk.door.reader.head()[0] == 0


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251", "utf-8-sig"])
def test_letters_of_other_encodings_are_read(desk, encoding):
    assert counts(look(desk, VISITS.encode(encoding))) == (2, 0, 0)


def test_formulas_and_scripts_in_cells_stay_text(desk):
    rows = 'id,station_id,answers\n=cmd|\' /C calc\'!A0,A/0,"=HYPERLINK(""x"")"\n'
    seen = taken(desk, rows)
    assert seen["fresh"][0]["answers"] == '=HYPERLINK("x")'
    assert seen["fresh"][0]["id"].startswith("sha256:")


def test_a_spreadsheet_is_read_as_a_csv_is(desk):
    openpyxl = pytest.importorskip("openpyxl")
    book, made = openpyxl.Workbook(), io.BytesIO()
    for row in VISITS.splitlines():
        book.active.append(row.split(","))
    book.save(made)
    assert counts(look(desk, made.getvalue(), name="visits.xlsx")) == (2, 0, 0)


def test_a_form_of_another_page_cannot_send_a_file(desk):
    assert sent(desk, VISITS, headers={"Origin": "http://evil.example"}).status_code == 403
    answer = desk.client.post(f"{desk.base}file.json?about=visit&name=v.csv", data={"a": "b"}, headers=SAME)
    assert answer.status_code == 415


def test_a_file_may_be_larger_than_a_request_but_not_than_said(desk):
    (_, largest), path = UPLOADS[-1], f"{desk.base}file.json"
    assert counts(look(desk, VISITS + "#" * (2 << 20))) == (2, 0, 1)
    assert desk.client.post(path, data=b"x" * (largest + 1), headers=SAME).status_code == 413


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_a_file_that_comes_in_chunks_may_be_as_large_as_any(desk, more, status):
    (_, largest), file = UPLOADS[-1], VISITS.encode()
    in_chunks = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = desk.client.post(
        f"{desk.base}file.json?about=visit&name=visits.csv",
        input_stream=io.BytesIO(file + b"#" * (largest + more - len(file))),
        content_type="application/octet-stream", headers=SAME, environ_overrides=in_chunks,
    )  # fmt: skip
    assert answer.status_code == status


def test_another_process_is_handed_the_whole_file(tmp_path):
    def counting(environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(len(body)).encode()]

    leading, other = (Client(JobProcess(counting, tmp_path)) for _ in range(2))
    assert leading.get("/m/desk/en/work/start.json").status_code == 200
    answer = other.post("/m/desk/en/work/file.json", data=b"x" * (2 << 20))
    assert answer.get_data(as_text=True) == str(2 << 20)


@pytest.mark.parametrize(
    "given", [{}, {"rows": []}, {"source": "team-7"}, {"source": "@desk"}, {"about": "station"}]
)
def test_rows_are_taken_under_a_source_of_files_alone(desk, given):
    row = {"id": "f1", "station_id": "A/0"}
    whole = {"by": "Bea", "about": "visit", "source": "file:x", "rows": [row]}
    assert desk.post("take", {**whole, **given}).status_code == (200 if not given else 422)


def test_one_bad_row_and_none_of_a_request_is_taken(desk):
    rows = [{"id": "f1", "station_id": "A/0"}, {"id": "f2", "station_id": "nowhere"}]
    answer = desk.post("take", {"by": "Bea", "about": "visit", "source": "file:x", "rows": rows})
    assert (answer.status_code, desk.door.reader.head()[0]) == (422, 0)
    assert "nowhere" in answer.get_json()["message"]


@pytest.fixture
def peopled(tmp_path):
    """Give an application with a mission of two areas, a station in each."""
    folder = missions.write(
        tmp_path / "two",
        {
            "areas": [missions.square(i, area_id=a, level=1, name_en=a) for i, a in enumerate("AB")],
            "categories": [{"category": "sealed", "title_en": "Sealed", "severity": "high"}],
            "stations": [
                {"area_id": a, "number": "1", "lon": 60.5 + 2 * i, "lat": 46} for i, a in enumerate("AB")
            ],
            "teams": [{"team_id": "T1"}],
        },
        nature="live", frame="complete",
    )  # fmt: skip
    library = Missions(lambda: [folder])
    library.refresh()
    return application(library, tmp_path / "state")


def asked_by(app, role, areas):
    client = signed_in(app, person(app, f"a-{role}", [role], areas))
    query = f"about=visit&name={quote('v.csv')}"
    looked = client.post(
        f"/two/desk/en/work/file.json?{query}", data=b"id,station_id\nf1,A/1\nf2,B/1\n",
        content_type="application/octet-stream", headers=OURS,
    )  # fmt: skip
    rows = [{"id": "f2", "station_id": "B/1"}]
    body = {"about": "visit", "source": "file:v", "rows": rows}
    return looked, client.post("/two/desk/en/work/take.json", json=body, headers=OURS)


@pytest.mark.parametrize("role", ["observer", "analyst", "press", "security", "viewer", "admin"])
def test_who_may_not_take_files_gets_403(peopled, role):
    assert [answer.status_code for answer in asked_by(peopled, role, [("two", "")])] == [403, 403]


def test_who_enters_data_of_an_area_takes_rows_of_that_area_alone(peopled):
    looked, took = asked_by(peopled, "entry", [("two", "A")])
    assert [one["id"] for one in looked.get_json()["fresh"]] == ["f1"]
    assert [(one["row"], one["says"]) for one in looked.get_json()["defects"]] == [
        (3, "It lies outside your area.")
    ]
    assert took.status_code == 403


def test_a_coordinator_takes_rows_of_the_whole_mission(peopled):
    looked, took = asked_by(peopled, "coordinator", [("two", "")])
    assert (len(looked.get_json()["fresh"]), took.status_code) == (2, 200)


@pytest.mark.parametrize("change", [{"version": "w", "supersedes": "1", "withdrawn": True}, {"version": "2"}])
def test_a_row_of_a_file_changes_no_report_of_another_area(peopled, change):
    body = {"about": "visit", "source": "file:v", "rows": [{"id": "f2", "station_id": "B/1"}]}
    ann, bea = (
        signed_in(peopled, person(peopled, name, ["entry"], [("two", area)]))
        for name, area in (("ann", "A"), ("bea", "B"))
    )
    assert bea.post("/two/desk/en/work/take.json", json=body, headers=OURS).status_code == 200
    body["rows"] = [{"id": "f2", "station_id": "A/1", **change}]
    assert ann.post("/two/desk/en/work/take.json", json=body, headers=OURS).status_code == 422


def test_no_device_reads_or_changes_what_came_in_a_file(desk):
    seen = taken(desk, VISITS)
    with pytest.raises(EventError):
        desk.door.tokens.make("m", seen["source"])
