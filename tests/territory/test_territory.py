from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.territory import queries, service


@pytest.mark.parametrize(
    ("day", "provinces", "regencies"),
    [
        (date(2020, 1, 1), 34, 514),
        (date(2022, 9, 1), 34, 514),
        (date(2022, 12, 1), 37, 514),
        (date(2025, 6, 1), 38, 514),
    ],
)
def test_counts_follow_the_decrees(session: Session, day: date, provinces: int, regencies: int) -> None:
    assert queries.count(session, day) == (provinces, regencies)


def test_there_are_26_recodes(session: Session) -> None:
    found = {(old, new) for _, old, new, _ in queries.recodes(session)}
    assert len(found) == 26
    assert {("91.01", "93.01"), ("92.71", "96.71"), ("91.12", "95.02")} <= found


def test_a_code_is_resolved_as_of_a_day(session: Session) -> None:
    old = queries.by_code(session, "91.01", date(2022, 9, 1))
    new = queries.by_code(session, "93.01", date(2022, 12, 1))
    assert old.unit_id == new.unit_id
    with pytest.raises(NotFound, match="Merauke"):
        queries.by_code(session, "91.01", date(2022, 12, 1))


def test_a_unit_keeps_its_identity_through_a_new_name(session: Session) -> None:
    unit = queries.by_code(session, "12.12", date(2025, 1, 1))
    assert [fact.name for fact in queries.history(session, unit.unit_id)] == ["Toba Samosir", "Toba"]


def test_papua_barat_daya_stands_by_law_before_it_has_a_code(session: Session) -> None:
    provinces = {u.name: u.code for u in queries.tree(session, date(2023, 6, 1)) if u.level == "province"}
    assert provinces["Papua Barat Daya"] is None
    assert len(provinces) == 38


def test_lineage_names_the_papua_provinces(session: Session) -> None:
    assert {(x.from_unit, x.to_unit) for x in queries.lineage(session)} == {
        ("Papua", "Papua Selatan"),
        ("Papua", "Papua Tengah"),
        ("Papua", "Papua Pegunungan"),
        ("Papua Barat", "Papua Barat Daya"),
    }


def test_verifying_offices_are_33_before_and_20_after(session: Session) -> None:
    for day, expected in ((date(2025, 2, 16), 33), (date(2025, 2, 17), 20)):
        offices = {u.office for u in queries.tree(session, day) if u.level == "province"}
        assert len(offices) == expected


def test_loading_the_reference_twice_changes_nothing(session: Session) -> None:
    assert service.load_reference(session).changed is False


@pytest.mark.parametrize("column", ["unit_id", "code"])
def test_overlapping_facts_are_refused_by_the_database(session: Session, column: str) -> None:
    other = "(SELECT id FROM reporting_unit WHERE key = 'id-36.02')" if column == "code" else "unit_id"
    code = "code" if column == "code" else "'99.99'"
    with pytest.raises(IntegrityError, match="overlaps"), session.begin_nested():
        session.execute(
            text(f"""INSERT INTO unit_version (unit_id, valid_from, code, name, type, parent_id, time_zone, verified)
                SELECT {other}, '2024-01-01', {code}, name, type, parent_id, time_zone, verified
                FROM unit_version WHERE code = '36.01' AND valid_to IS NULL""")
        )
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
