"""Dates as Swedish pages write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.dates import Moment, is_moment, read_moment


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2020-05-18 07:00", "2020-05-18T05:00:00Z"),
        ("2016-10-31 kl 15:41", "2016-10-31T14:41:00Z"),
        ("2014-07-28 09:57 CEST", "2014-07-28T07:57:00Z"),
        ("2024-07-01T15:14:58.000Z", "2024-07-01T15:14:58Z"),
        ("29 maj 2024 kl. 10.24", "2024-05-29T08:24:00Z"),
        ("18 maj 2020 klockan 07.00", "2020-05-18T05:00:00Z"),
        ("3 sept 2020", "2020-09-03"),
        ("3 sept. 2020", "2020-09-03"),
        ("den 6 juli 2021", "2021-07-06"),
        ("1.4.2026 09:29:57 CEST", "2026-04-01T07:29:57Z"),
        ("Sep 24, 2019 17:44 CEST", "2019-09-24T15:44:00Z"),
        ("Jan 4, 2019 17:44 CET", "2019-01-04T16:44:00Z"),
        ("May 5, 2020", "2020-05-05"),
        ("October 5, 2020", "2020-10-05"),
        ("11/26/2014", "2014-11-26"),
        ("Kostade 14 miljoner 2019, betalt 3 maj 2020", "2020-05-03"),
        ("3 maj 2020, ändrad 2020-06-01", "2020-05-03"),
    ],
)
def test_a_date_is_read(text: str, utc: str):
    found = read_moment(text)

    assert found is not None
    assert utc == found.utc


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00",
        "9999-12-31T23:59-12:00",
        "1899-12-31",
        "2201-01-01",
        "2020-02-30",
        "2020-05-18T25:00",
        "11/06/2014",
        "13/26/2014",
        "14 miljoner 2020",
        "",
    ],
)
def test_what_is_no_date_or_may_be_two_is_none(text: str):
    """Systems write the ends of their calendar where they have no date."""
    assert read_moment(text) is None


def test_both_times_are_kept():
    assert read_moment("18 maj 2020 kl. 07.00") == Moment(
        "2020-05-18T05:00:00Z", "2020-05-18T07:00:00+02:00"
    )


@pytest.mark.parametrize(
    ("text", "is_date"),
    [
        ("2020-05-18 07:00", True),
        ("den 18 maj 2020 kl. 07.00", True),
        ("Sep 24, 2019 17:44 CEST", True),
        ("2020-02-30", False),
        ("18 maj 2020 öppnar bron", False),
        ("Mötet 18 maj 2020", False),
    ],
)
def test_a_date_alone_is_told_from_a_sentence(text: str, is_date: bool):
    assert is_date is is_moment(text)


@given(st.text(alphabet="0123456789-:.TZ+/ majsepkl,", max_size=40))
def test_no_text_is_an_error(text: str):
    """Hostile input is normal input."""
    read_moment(text)


@given(st.datetimes(), st.sampled_from(["", "Z", "+14:00", "-12:00", "+99:99"]))
def test_no_time_overflows(moment, zone: str):
    read_moment(moment.isoformat() + zone)
