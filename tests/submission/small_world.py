"""Five units, two actions, three measures in a period with a window and one in a period without.

DKI Jakarta has a regional office that reads first; whatever the last tier decides is read a second time.
"""

from datetime import UTC, date, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ranham.obligation.models import Obligation, YearFreeze
from ranham.plan.models import Action, Measure, Period, PlanVersion, PlanYear, Regulation, ZoneRule
from ranham.plan.policy import STARTING_VALUES
from ranham.territory.models import Level, OfficeAssignment, OfficeKind, ReportingUnit, UnitVersion, VerifyingOffice

START = date(2020, 1, 1)
OPENS, CLOSES = date(2022, 9, 1), date(2022, 9, 6)
UNITS = (
    ("dki", Level.PROVINCE, "31", "DKI Jakarta", "province", "Asia/Jakarta"),
    ("papua", Level.PROVINCE, "91", "Papua", "province", "Asia/Jayapura"),
    ("kab-bogor", Level.REGENCY, "32.01", "Bogor", "kabupaten", "Asia/Jakarta"),
    ("kota-bogor", Level.REGENCY, "32.71", "Bogor", "kota", "Asia/Jakarta"),
    ("kl-01", Level.MINISTRY, "KL-01", "Kementerian Hukum dan HAM", "ministry", "Asia/Jakarta"),
)

SCORING = {
    "administrative_weight_bp": 3000, "substantive_weight_bp": 7000, "missing_scores_zero": True,
    "green_from_bp": 7000, "red_below_bp": 1, "annual_rule": "mean_of_periods",
}  # fmt: skip
VERIFICATION = STARTING_VALUES.model_dump(mode="json") | {"second_reading_share_bp": 10_000}
DOCUMENT = {"years": [{"year": 2022, "scoring": SCORING, "verification": VERIFICATION, "periods": [{"code": "B08"}]}]}


def build_world(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        regulation = Regulation(code="RANHAM-T", title="T", instrument="T")
        session.add(regulation)
        session.flush()
        version = PlanVersion(
            regulation_id=regulation.id, version=1, digest="d", document=DOCUMENT, loaded_at=datetime.now(UTC)
        )
        session.add(version)
        session.flush()
        year = PlanYear(plan_version_id=version.id, year=2022, territory_as_of=date(2022, 1, 1), annual_periods=1)
        session.add(year)
        session.flush()
        periods = [
            Period(plan_year_id=year.id, code="B08", closing_month=8, opens_on=OPENS, closes_on=CLOSES,
                   zone_rule=ZoneRule.UNIT, window_verified=True),
            Period(plan_year_id=year.id, code="J08", closing_month=8, opens_on=OPENS, closes_on=CLOSES,
                   zone_rule=ZoneRule.JAKARTA, window_verified=True),
            Period(plan_year_id=year.id, code="B12", closing_month=12, zone_rule=ZoneRule.UNIT, window_verified=False),
        ]  # fmt: skip
        actions = [
            Action(plan_year_id=year.id, code=code, title_id=code, text_in_sources=False) for code in ("D1", "D2", "K1")
        ]
        session.add_all([*periods, *actions])
        session.flush()
        for period in periods:
            for action in actions:
                session.add_all(
                    Measure(action_id=action.id, period_id=period.id, number=number, text_id="u", required=number < 3,
                            value_min=0, value_max=100, evidence_kinds=["letter"] if number == 1 else [])
                    for number in (1, 2, 3)
                )  # fmt: skip
        session.add(
            YearFreeze(regulation_id=regulation.id, year=2022, plan_year_id=year.id, territory_as_of=date(2022, 1, 1),
                       frozen_at=datetime.now(UTC))
        )  # fmt: skip
        session.flush()
        for key, level, code, name, type_, zone in UNITS:
            unit = ReportingUnit(key=key, level=level)
            session.add(unit)
            session.flush()
            session.add(UnitVersion(unit_id=unit.id, valid_from=START, code=code, name=name, type=type_, time_zone=zone,
                                    verified=True))  # fmt: skip
            if key == "dki":
                office = VerifyingOffice(key="kanwil-dki", name="Kanwil DKI Jakarta", kind=OfficeKind.KANWIL,
                                         valid_from=START, verified=False)  # fmt: skip
                session.add(office)
                session.flush()
                session.add(OfficeAssignment(unit_id=unit.id, office_id=office.id, valid_from=START, verified=False))
            owed = [actions[2]] if level is Level.MINISTRY else actions[:2]
            session.add_all(Obligation(plan_year_id=year.id, unit_id=unit.id, action_id=action.id) for action in owed)
        south = ReportingUnit(key="papua-selatan", level=Level.PROVINCE)
        session.add(south)
        session.flush()
        session.add(UnitVersion(unit_id=south.id, valid_from=date(2022, 11, 9), code="93", name="Papua Selatan",
                                type="province", time_zone="Asia/Jayapura", verified=True))  # fmt: skip
