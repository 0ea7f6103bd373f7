"""What is somebody's phone number or address in a text, and what only looks like one."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.contact_details import MASK, _masked_closely, has_contact, masked
from geo.reading import parse_values


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("#5 Example Street, Sampletown 555-0100-0199", "#5 Example Street, Sampletown •••"),
        ("ask jane.doe@example.org, 12 Sample Road", "ask •••, 12 Sample Road"),
        ("ул. Абая 5, +7 (701) 123-45-67", "ул. Абая 5, •••"),
        ("8 701 123 45 67 or 87011234567", "••• or •••"),
        ("тел. 23-45-67, школа № 5", "тел. •••, школа № 5"),
        ("Tel: 550102", "Tel: •••"),
        ("+996 312 62 62 62", "•••"),
        ("(7172) 55-01-02", "•••"),
        ("ИИН 850101300123", "ИИН •••"),
        ("почта: иван@почта.рф", "почта: •••"),
    ],
)
def test_a_contact_is_masked_and_the_rest_stays(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "polling stations 0378 0380 0249 0486",
        "KZ-AKM/0378, KZ-AKM/0380",
        "1 200 000 000 tenge, 12.500.000 ballots",
        "Abai 12-13, 010000 Astana",
        "https://example.org/2005120412345678",
        "2005-12-04 06:45 to 04.12.2005 12.30",
        "51.16672 71.43356",
        "1991–2005–2010",
        "precinct No. 3201010001001",
        "5–7 December, statement of 5 December 2005, p. 12-14",
        "two @ signs @ large",
    ],
)
def test_what_is_no_contact_stays_as_it_stands(text):
    assert masked(text) == text


@given(st.text(alphabet="0123456789 ()-+.@aтел:/", max_size=60))
def test_a_masked_text_holds_no_contact(text):
    assert not has_contact(masked(text).replace(MASK, "x"))


@pytest.mark.parametrize("part", ["1", "1 ", "a.", "(", "tel ", "1-", "@a."])
def test_long_texts_cost_no_more_than_their_length(part):
    masked(part * 20_000)


@given(st.text(alphabet="0123٣۵९ \u00a0()-–+.@aтел:№/\n", max_size=60))
def test_what_a_close_look_would_mask_is_looked_at_closely(text):
    is_one = _masked_closely(text) != text
    assert has_contact(text) == is_one
    issues = parse_values.read_text(pa.array([text], pa.large_string()), is_public=True).issues
    assert any(issue.code == "contact_detail" for issue in issues) == is_one
