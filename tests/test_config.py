"""Sources as data: errors name file, key and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config import ConfigError, known_slugs, load_kommun

GOOD = """
kommunkod = "1489"
slug = "x"
name = "Alingsås"
lan = "Västra Götalands län"
[[sources]]
slug = "moten"
product = "meetingplus"
kind = "meetings"
start_url = "https://example.se/committees"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KOMMUNARKIV_KOMMUNER", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("slug", known_slugs())
def test_every_shipped_kommun_loads(slug: str) -> None:
    """A slip in a shipped file is found before it reaches anybody."""
    assert load_kommun(slug).slug == slug


def test_the_shipped_kommuner_are_those_promised() -> None:
    assert {"alingsas", "hudiksvall", "lidkoping", "demo"} <= set(known_slugs())


def test_only_the_demo_may_visit_this_machine() -> None:
    """Law 11: a test town on loopback is named as such in its own config."""
    loopback = {s for s in known_slugs() if any(x.allow_loopback for x in load_kommun(s).sources)}

    assert loopback == {"demo"}


def test_a_good_file_has_polite_defaults(folder: Path) -> None:
    (folder / "x.toml").write_text(GOOD, "utf-8")
    [source] = load_kommun("x").sources

    assert source.delay_s >= 1
    assert source.concurrency == 1
    assert source.verify_certificates
    assert source.allowed_hosts == {"example.se"}
    assert load_kommun("x").site(source).publisher == "Alingsås kommun"


def test_rules_of_all_sorts_can_be_undone(folder: Path) -> None:
    """Shipped ones, the product's own, and the ways of a judge."""
    undone = ("share:row", "meetingplus:tab", "template:recurring")
    line = f'slug = "moten"\nundo_rules = {list(undone)}'
    (folder / "x.toml").write_text(GOOD.replace('slug = "moten"', line), "utf-8")
    kommun = load_kommun("x")

    assert kommun.site(kommun.sources[0]).undo_rules == undone


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("1489", "489"), ["x.toml", "kommunkod"]),
        (('kind = "meetings"', 'kind = "meeting"'), ["x.toml", "sources[0].kind", "meeting"]),
        (('kind = "meetings"\n', ""), ["x.toml", "sources[0]", "kind"]),
        (('"meetingplus"', '"meetingsplus"'), ["sources[0].product", "known: meetingplus"]),
        (("https://example.se", "example.se"), ["sources[0].start_url", "http"]),
        (('slug = "moten"', 'slug = "moten"\ndelay = 3'), ["sources[0]", "delay"]),
        (('slug = "moten"', 'slug = "moten"\ndelay_s = -1'), ["sources[0].delay_s", "0"]),
        (
            ('slug = "moten"', 'slug = "moten"\nundo_rules = ["share:rows"]'),
            ["x.toml", "sources[0].undo_rules", "share:rows"],
        ),
        (
            ('slug = "moten"', 'slug = "moten"\nundo_rules = ["notified:frame"]'),
            ["sources[0].undo_rules", "notified:frame"],
        ),
        (('slug = "x"', 'slug = "y"'), ["x.toml", "slug", "'x'", "'y'"]),
        (("[[sources]]", "[[sources]"), ["x.toml", "line"]),
    ],
)
def test_a_bad_file_is_refused_in_one_line(
    folder: Path, change: tuple[str, str], words: list[str]
) -> None:
    """What was expected, what was found, and where."""
    (folder / "x.toml").write_text(GOOD.replace(*change, 1), "utf-8")

    with pytest.raises(ConfigError) as refused:
        load_kommun("x")
    assert all(word in str(refused.value) for word in words), str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unknown_kommun_lists_the_known_ones(folder: Path) -> None:
    (folder / "x.toml").write_text(GOOD, "utf-8")

    with pytest.raises(ConfigError, match="unknown kommun 'y'; known: x"):
        load_kommun("y")


def test_a_slug_cannot_leave_the_folder(folder: Path) -> None:
    (folder.parent / "outside.toml").write_text(GOOD, "utf-8")

    with pytest.raises(ConfigError, match="unknown kommun"):
        load_kommun("../outside")


def test_two_sites_on_one_product_need_a_namespace(folder: Path) -> None:
    """Or two pages of one path would be one document that changes for ever."""
    second = GOOD.partition("[[sources]]\n")[2].replace("moten", "arkiv")
    other = second.replace("example.se", "other.example.se")
    path = folder / "x.toml"
    path.write_text(f"{GOOD}[[sources]]\n{other}", "utf-8")
    with pytest.raises(ConfigError, match=r"sources\[1\].namespace"):
        load_kommun("x")

    path.write_text(f'{GOOD}[[sources]]\nnamespace = "arkiv"\n{other}', "utf-8")
    assert load_kommun("x").site(load_kommun("x").sources[1]).key_prefix == "1489/arkiv"
    path.write_text(f"{GOOD}[[sources]]\n{second}", "utf-8")
    assert len(load_kommun("x").sources) == 2
