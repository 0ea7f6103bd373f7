"""Exports of reporting platforms: their own columns kept, ours in front."""

from __future__ import annotations

import json

import pytest

from geo.model.errors import InputError, RefusedError

ROOT, EDIT, LATER = "0a11", "0b22", "0c33"


def kobo(instance=ROOT, root=ROOT, deprecated="", **answers):
    body = {
        "_id": 7,
        "_uuid": instance,
        "meta/instanceID": f"uuid:{instance}",
        "meta/rootUuid": f"uuid:{root}",
        "_submission_time": "2005-12-04T03:41:19",
        "_geolocation": [43.25, 76.95],
        "_validation_status": {},
        "_tags": [],
        **answers,
    }
    return body | ({"meta/deprecatedID": f"uuid:{deprecated}"} if deprecated else {})


def ours(raw, *names):
    return raw.cells[list(names)].to_numpy().tolist()


@pytest.mark.capability("KoboToolbox exports", page="files")
def test_kobo_page_is_one_row_per_submission_with_utc_and_lon_lat(load):
    page = {"count": 2, "next": None, "results": [kobo(), kobo(EDIT, ROOT, ROOT)]}
    raw = load("a.json", json.dumps(page))
    assert ours(raw, "visit_id", "supersedes", "received", "lon", "lat") == [
        [ROOT, "", "2005-12-04T03:41:19Z", "76.95", "43.25"],
        [EDIT, ROOT, "2005-12-04T03:41:19Z", "76.95", "43.25"],
    ]
    assert raw.row_numbers.tolist() == [1, 2]
    assert not len(raw.defects)


def test_kobo_chain_of_edits_names_the_one_before(load):
    raw = load("a.json", json.dumps([kobo(), kobo(EDIT, ROOT, ROOT), kobo(LATER, ROOT, EDIT)]))
    assert raw.cells["supersedes"].tolist() == ["", ROOT, EDIT]


def test_kobo_edit_without_deprecated_id_supersedes_its_root(load):
    raw = load("a.json", json.dumps(kobo(EDIT, ROOT)))
    assert raw.cells["supersedes"].tolist() == [ROOT]


def test_kobo_submission_without_a_point_has_none(load):
    raw = load("a.json", json.dumps(kobo(_geolocation=[None, None])))
    assert ours(raw, "lon", "lat") == [["", ""]]


def test_kobo_page_with_more_behind_it_is_reported(load):
    raw = load("a.json", json.dumps({"count": 9, "next": "https://x/", "results": [kobo()]}))
    assert raw.defects[["code", "expected"]].to_numpy().tolist() == [["page_incomplete", "all 9 submissions"]]


def test_kobo_repeats_become_lists_in_order_beside_their_json(load):
    items = [{"found/item/kind": "a", "found/item/note": "x"}, {"found/item/kind": "b"}]
    raw = load("a.json", json.dumps(kobo(**{"found/item": items})))
    assert raw.cells["found/item/kind"].tolist() == ["a;b"]
    assert raw.cells["found/item/note"].tolist() == ["x;"]
    assert json.loads(raw.cells["found/item"][0]) == items


def test_kobo_review_becomes_verification(load):
    status = {"uid": "validation_status_approved", "label": "Approved"}
    raw = load("a.json", json.dumps([kobo(_validation_status=status), kobo(EDIT)]))
    assert raw.cells["verification"].tolist() == ["verified", ""]


def test_kobo_ids_name_incidents_in_the_table_of_incidents(load):
    raw = load("a.json", json.dumps(kobo()), table="incidents")
    assert raw.cells["incident_id"].tolist() == [ROOT]
    assert "visit_id" not in raw.cells.columns


def test_question_called_like_a_column_of_ours_is_kept(load):
    raw = load("a.json", json.dumps(kobo(lon="own")))
    assert raw.cells["lon"].tolist() == ["own"]


def test_kobo_csv_is_read_with_semicolons_quotes_and_its_point(load):
    header = '"start";"GPS";"_GPS_latitude";"_GPS_longitude";"_uuid";"_submission_time";"meta/rootUuid"'
    row = f'"x";"43.2 76.8 0 4";"43.2";"76.8";"{EDIT}";"2005-12-04T03:41:19";"{ROOT}"'
    raw = load("a.csv", f"{header}\n{row}\n")
    assert ours(raw, "visit_id", "supersedes", "received", "lon", "lat") == [
        [EDIT, ROOT, "2005-12-04T03:41:19Z", "76.8", "43.2"]
    ]
    assert raw.cells["GPS"].tolist() == ["43.2 76.8 0 4"]


def test_json_that_only_claims_to_be_kobo_is_an_input_error(load):
    with pytest.raises(InputError, match=r"a\.json: .*KoboToolbox"):
        load("a.json", '[{"_xform_id_string": 1}, 5]')


def odk(**answers):
    system = {"submissionDate": "2005-12-04T03:41:19.123Z", "reviewState": None, "deletedAt": None}
    return {"__id": f"uuid:{ROOT}", "__system": system, "meta": {"instanceID": f"uuid:{ROOT}"}, **answers}


def odata(*submissions, **members):
    return json.dumps({"@odata.context": "x", "value": list(submissions), **members})


@pytest.mark.capability("ODK Central exports", page="files")
def test_odata_points_and_groups_get_the_names_of_the_csv_export(load):
    point = {"type": "Point", "coordinates": [76.95, 43.25, 850], "properties": {"accuracy": 4.8}}
    raw = load("a.json", odata(odk(visit={"gps": point, "code": "186"})))
    assert ours(raw, "visit_id", "received", "lon", "lat") == [
        [ROOT, "2005-12-04T03:41:19.123Z", "76.95", "43.25"]
    ]
    assert ours(raw, "visit-gps-Altitude", "visit-gps-Accuracy", "visit-code") == [["850", "4.8", "186"]]


def test_odata_edit_names_what_it_corrects(load):
    meta = {"instanceID": f"uuid:{EDIT}", "deprecatedID": f"uuid:{ROOT}"}
    raw = load("a.json", odata(odk(meta=meta), odk(meta={"instanceID": f"uuid:{LATER}"})))
    assert ours(raw, "visit_id", "supersedes") == [[EDIT, ROOT], [LATER, ROOT]]


def test_odata_review_and_deletion_become_verification(load):
    approved = odk(__system={"reviewState": "approved"})
    deleted = odk(__system={"reviewState": None, "deletedAt": "2005-12-05T00:00:00Z"})
    raw = load("a.json", odata(approved, deleted, odk()))
    assert raw.cells["verification"].tolist() == ["verified", "withdrawn", ""]


def test_odata_linked_repeats_and_further_pages_are_reported(load):
    linked = odk(found={"item@odata.navigationLink": "Submissions('x')/found/item"})
    raw = load("a.json", odata(linked, **{"@odata.nextLink": "https://x/", "@odata.count": 310}))
    assert raw.defects[["code", "row", "value"]].to_numpy().tolist() == [
        ["repeat_left_out", 1, "found-item"],
        ["page_incomplete", 0, "1 submissions"],
    ]


def test_odk_csv_gives_ids_points_and_times(load):
    header = "SubmissionDate,gps-Latitude,gps-Longitude,meta-instanceID,KEY,ReviewState"
    row = f"2005-12-04T03:41:19.123Z,43.2,76.8,uuid:{ROOT},uuid:{ROOT},rejected"
    raw = load("a.csv", f"{header}\n{row}\n")
    assert ours(raw, "visit_id", "supersedes", "lon", "lat", "verification") == [
        [ROOT, "", "76.8", "43.2", "withdrawn"]
    ]


COLLECT = (
    '<data xmlns:orx="http://openrosa.org/xforms" id="visit" version="2"><code>186</code>'
    "<found><item><kind>a</kind></item><item><kind>b</kind></item></found><gps>43.2 76.8 0 4</gps>"
    f"<orx:meta><orx:instanceID>uuid:{EDIT}</orx:instanceID>"
    f"<orx:deprecatedID>uuid:{ROOT}</orx:deprecatedID></orx:meta></data>"
)


@pytest.mark.capability("ODK Collect submissions", page="files")
def test_collect_submission_is_one_row_with_its_groups_and_repeats(load):
    raw = load("a.xml", COLLECT)
    assert ours(raw, "visit_id", "supersedes", "lon", "lat") == [[EDIT, ROOT, "76.8", "43.2"]]
    assert ours(raw, "code", "found-item-kind", "FormID", "FormVersion") == [["186", "a;b", "visit", "2"]]


def test_collect_submission_with_a_document_type_is_refused(load):
    with pytest.raises(RefusedError, match="document type"):
        load("a.xml", '<!DOCTYPE data [<!ENTITY x "y">]>' + COLLECT)


@pytest.mark.parametrize("body", ["<data><code>instanceID</code></data>", COLLECT[:-20], "<instanceID"])
def test_xml_that_is_no_submission_is_an_input_error(load, body):
    with pytest.raises(InputError, match=r"^a\.xml: "):
        load("a.xml", body)


APOLLO = (
    "\ufeffParticipant ID,Location,Location Code,Latitude,Longitude,Registered Voters,"
    "Timestamp,Status,Description\n"
)


@pytest.mark.capability("Apollo exports", page="files")
def test_apollo_rows_get_an_id_of_participant_and_place(load):
    row = "7,PS 186,KZ-ALA-186,43.2,76.8,2450,2005-12-04 09:41:19,Confirmed,seen\n"
    raw = load("a.csv", APOLLO + row * 2)
    assert raw.cells["visit_id"].tolist() == ["7@KZ-ALA-186", "7@KZ-ALA-186#2"]
    assert ours(raw, "team_id", "received", "verification")[0] == ["7", "2005-12-04 09:41:19", "verified"]


def test_apollo_coordinates_are_the_stations_and_not_the_device(load):
    row = "7,PS 186,KZ-ALA-186,43.2,76.8,2450,2005-12-04 09:41:19,,\n"
    assert "lon" not in load("a.csv", APOLLO + row).cells.columns
    raw = load("a.csv", APOLLO + row, table="stations")
    assert ours(raw, "name", "voters", "lon", "lat") == [["PS 186", "2450", "76.8", "43.2"]]


USHAHIDI = '"Post ID",Survey,"Post Status","Created (UTC)","Post Date (UTC)","Where.lat","Where.lon"\n'
POST = '12,Form,published,"2005-12-04 03:41:19","2005-12-04 03:00:00",43.2,76.8\n'


@pytest.mark.capability("Ushahidi exports", page="files")
def test_ushahidi_times_are_utc_and_hxl_tags_are_left_out_with_a_note(load):
    raw = load("a.csv", USHAHIDI + '"#meta +id",,,#date,,"#geo +lat","#geo +lon"\n' + POST, table="incidents")
    assert ours(raw, "incident_id", "received", "occurred", "Where.lon") == [
        ["12", "2005-12-04T03:41:19Z", "2005-12-04T03:00:00Z", "76.8"]
    ]
    assert raw.row_numbers.tolist() == [3]
    assert raw.notes == ("row 2 holds HXL tags and was left out",)


def test_ushahidi_point_is_lon_lat_in_visits(load):
    assert ours(load("a.csv", USHAHIDI + POST), "visit_id", "lon", "lat") == [["12", "76.8", "43.2"]]


def test_declared_csv_format_leaves_an_export_as_it_is(load):
    assert load("a.csv", USHAHIDI + POST, format="csv").cells.columns[0] == "Post ID"
