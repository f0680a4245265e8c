"""Releases made by hand for the formats: small, and with names that are hard to write."""

from dataclasses import replace
from datetime import UTC, date, datetime

from ranham.compliance.rules import Counts, figures
from ranham.release.content import ActionRow, Figure, Header, ReleaseContent, UnitRow

FORMULA = "=1+1"
QUOTED = 'Kabupaten "Ujung, Kulon"\nbaris kedua; é 漢 \U0001f30b & <b>'
HEADER = Header(
    number="RANHAM-V:2022-B08/1",
    regulation="RANHAM-V",
    label="2022-B08",
    kind="period",
    version=1,
    state="published",
    sandbox=False,
    reason=None,
    territory_as_of=date(2022, 1, 1),
    rules={"scoring": {"green_from_bp": 8000, "annual_rule": "mean", "unverified": ["green_from_bp"]}},
    rules_digest="d" * 64,
    simulated=True,
    made_at=datetime(2022, 9, 10, 3, 4, 5, tzinfo=UTC),
    published_at=datetime(2022, 9, 12, tzinfo=UTC),
    content_hash="c" * 64,
    signature="s",
    key_id="k",
    supersedes=None,
    superseded_by=None,
    closing_month=8,
    year=2022,
)
UNITS = (
    UnitRow("KL-01", "Badan Satu", "ministry", "ministry", None, None),
    UnitRow("01", "Satu", "provinsi", "province", None, "kanwil-01"),
    UnitRow("01.10", FORMULA, "kabupaten", "regency", "01", None),
    UnitRow("01.71", QUOTED, "kota", "regency", "01", None),
    UnitRow(None, "Yang Tiada", "kabupaten", "regency", None, None),
)


ACTIONS = (ActionRow("D1", FORMULA, "perempuan"), ActionRow("D2", QUOTED, "(none)"))
"""The figures name the first one only."""


def header(**changed: object) -> Header:
    return replace(HEADER, **changed)  # type: ignore[arg-type]


def of(
    counts: Counts, place: tuple[str, str | None, str, str], *, group: str | None = None, action: str | None = None
) -> list[Figure]:
    level, code, name, scope = place
    return [
        Figure(level, code, name, scope, group, action, f.figure, f.numerator, f.denominator, f.denominator_name)
        for f in figures(counts)
    ]


def content(**changed: object) -> ReleaseContent:
    """A nation of one ministry, one province and three regencies, by target group and action; one figure impossible."""
    places = (
        ("national", None, "Indonesia", "pooled"),
        ("national", None, "Indonesia", "regencies"),
        ("ministry", "KL-01", "Badan Satu", "own"),
        ("province", "01", "Satu", "own"),
        ("province", "01", "Satu", "regencies"),
        ("province", None, "(no province on this day)", "regencies"),
        ("regency", "01.10", FORMULA, "own"),
        ("regency", "01.71", QUOTED, "own"),
        ("regency", None, "Kabupaten Yang Tiada", "own"),
        ("office", "kanwil-01", "Kanwil Satu", "regencies"),
    )
    made: list[Figure] = []
    for at, place in enumerate(places, 3):
        made += of(
            Counts(units=3, reporters=2, obligations=3 * at, reported=2 * at, on_time=at, late=at, score_bp=9125 + at),
            place,
        )
        made += of(Counts(units=3, obligations=at), place, group="perempuan")
        made += of(Counts(units=3, obligations=at), place, group="(none)")
        made += of(Counts(units=2, obligations=at + 1, reported=1), place, action="D1")
    made += of(Counts(), ("office", "kanwil-02", "Kanwil Dua", "provinces"))
    made[5] = replace(made[5], numerator=made[5].denominator + 1)
    return ReleaseContent(header(**changed), UNITS, tuple(made), ACTIONS)
