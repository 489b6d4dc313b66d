"""Identity numbers are masked however they are written; what only looks like one is left."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.publish.identity_numbers import (
    CANDIDATE_BYTES,
    RULES,
    RULES_FILE,
    SIGN,
    finds,
    masked,
)
from tests.conftest import SHARED

PROSE = st.sampled_from(
    (
        "Nämnden beslutade att {} ska få bistånd enligt ansökan.",
        "({})",
        "Sökande: Anna Exempel, {}, Storgatan 1",
        "Ärendet rör {}.",
        "{}",
        "Beslutet den 2020-05-18 § 12 gäller\n{}\noch vann laga kraft.",
    )
)


def check_digit(digits: str) -> str:
    doubled = (int(d) * (2 - place % 2) for place, d in enumerate(digits))
    return str(-sum(n - 9 * (n > 9) for n in doubled) % 10)


@st.composite
def numbers(draw) -> tuple[str, str, str]:
    """Return century, date and the last four of a valid number."""
    born = draw(st.dates(date(1900, 1, 1), date(2026, 1, 1)))
    day = born.day + 60 * draw(st.booleans())
    short = f"{born:%y%m}{day:02}"
    serial = f"{draw(st.integers(0, 999)):03}"
    return f"{born:%Y}"[:2], short, serial + check_digit(short + serial)


HYPHENS = [sign for sign in RULES.hyphens if not sign.startswith("%")]
GAPS = st.one_of(
    st.sampled_from(HYPHENS),
    st.sampled_from(
        [f"{a}{sign}{b}" for sign in "-+–" for a in (" ", "") for b in (" ", "\n", "")]
    ),
    st.sampled_from(["\u200b-", "-\u2060", "\u00a0-\u00a0", "\u00ad-"]),
)


@settings(max_examples=300)
@given(numbers(), GAPS, st.booleans(), PROSE)
def test_a_number_with_a_hyphen_is_masked_however_it_is_written(number, gap, is_long, prose):
    century, day, serial = number
    text = prose.format(f"{century * is_long}{day}{gap}{serial}")

    assert masked(text) == prose.format(SIGN)
    assert CANDIDATE_BYTES.search(text.encode())


@settings(max_examples=200)
@given(
    numbers(), st.sampled_from([" ", "\n", "\u00a0", "", "\u200b", "\u202f"]), st.booleans(), PROSE
)
def test_one_without_is_masked_unless_it_may_be_something_else(number, gap, is_long, prose):
    century, day, serial = number
    text = prose.format(f"{century * is_long}{day}{gap}{serial}")
    is_telephone = not is_long and day.startswith("0")
    is_clock = is_long and serial[:2] < "24" and serial[2:] < "60"

    if is_telephone or is_clock:
        assert [found.is_doubtful for found in finds(text)] == [True]
    else:
        assert masked(text) == prose.format(SIGN)


@pytest.mark.parametrize(
    "label", ["Personnummer: {}", "pnr {}", "pers.nr. {}", "Samordningsnr: {}", "{} (personnummer)"]
)
@pytest.mark.parametrize(
    "number",
    ["850709-9806", "8507099806", "0701234567", "19850709 9806", "850799-1234", "850709T123"],
)
def test_beside_a_label_a_number_is_masked_though_something_is_wrong_with_it(label, number):
    assert masked(label.format(number)) == label.format(SIGN)


@pytest.mark.parametrize(
    "text",
    [
        "Född 1985-07-09-9806",
        "född 850709 9806",
        "850709-T123",
        "19850709-TF12",
        "850709-9805 och 850769-9802",
        "Dnr KS/2020:1, sökande 850709-9805",
        "1985-07-09-9805",
        "85 07 09-9805",
        "https://a.se/beslut_850709-9805.pdf",
        "https://a.se/?pnr=8507099806",
        "https://a.se/850709%2D9805",
        "personnummer 850709-9805, 850710-9803, 850711-9801",
        "2 850709-9805 3",
        "Ruta för ruta: 8 5 0 7 0 9 - 9 8 0 5.",
        "1\u00a09\u00a08\u00a05\u00a00\u00a07\u00a00\u00a09\u00a09\u00a08\u00a00\u00a05",
        "８５０７０９－９８０５",
        "𝟾𝟻𝟶𝟽𝟶𝟿-𝟿𝟾𝟶𝟻 och ٨٥٠٧٠٩-٩٨٠٥",
        "850709\x969805",
        "850709\ufffd9805",
        "850709&ndash;9805",
        "850709\0-9805",
        "https://a.se/850709%252D9805",
    ],
)
def test_what_is_somebodys_number(text):
    assert SIGN in masked(text)
    assert not any(finds(masked(text)))


@pytest.mark.parametrize(
    "text",
    [
        "Tfn 070-123 45 67, 0322-61 60 00, +46 70 123 45 67, 0701234567",
        "organisationsnummer 556012-5790, 212000-1355, 165560125790",
        "Personnummer/organisationsnummer: 556012-5790",
        "Dnr KS 2020-000123, BN/2021:1400, 2021.1234, 2020-05-18-12",
        "Bankgiro 5050-1055, plusgiro 1234567-8, OCR 8507099805",
        "konto 8327-9, 850 709 980-5, faktura 198507099805",
        "2020-05-18T05:00:00Z 2020-05-18 14.00 20200518140000 2020-05-18 1400",
        "N 6412345.85, E 319850.7, 57.8507099805, 12.5382",
        "20200518-20200612, 2020-05-18--2020-06-12",
        "19850709-9805-4abc-8def-0123456789ab urn:uuid:550e8400-e29b-41d4-a716-446655440000",
        "a8507099805f 8507099805abcdef",
        "meetingplus:file:8507099805 https://a.se/8507099805/198507099805",
        "/moten/mote-2021-08-27-4271",
        "850709 9805 120101 4500",
        "Röster: 0 8 5 0 7 0 9 9 8 0 5 0",
        "390507-0998051 39850709-9805",
        "8507099806 850709-9806 859909-1234",
        "personnummer lämnas inte ut. Ring 0322616000",
        "[personnummer], 0701234567",
        "",
    ],
)
def test_what_is_not(text):
    assert masked(text) == text


def test_what_is_doubtful_is_left_and_told():
    text = "Tel 8507099805, mobil 0507099804"

    assert masked(text) == text
    assert any(found.is_doubtful for found in finds(text))


@settings(max_examples=200)
@given(st.text(alphabet="0123456789-+ \n.:/pnrfödTF[]_", max_size=80))
def test_masking_twice_is_masking_once(text):
    assert masked(masked(text)) == masked(text)


def test_a_long_row_of_digits_takes_no_longer_than_its_length():
    for text in ("1" * 500_000, "19" * 250_000, "1-" * 250_000):
        assert masked(text) == text
    assert masked("12\u200b" * 150_000)


def test_the_version_counts_what_the_rules_say():
    """Whoever changes the rules counts up `version`, and notes the new digest here."""
    digest = hashlib.sha256(RULES_FILE.read_bytes()).hexdigest()[:12]

    assert (RULES.version, digest) == (2, "aa9d1f376ecc")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared texts are not here")
def test_real_texts_hold_none():
    for path in sorted((SHARED / "seeds").glob("*.txt")):
        text = path.read_text("utf-8", "replace")
        assert masked(text) == text, path.name
