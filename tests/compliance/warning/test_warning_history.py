"""The early warning on a simulated history of two years and six periods, read from a real database."""

import csv
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.compliance.warning import history, queries
from ranham.compliance.warning.falls import falls
from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo, find_period
from ranham.simulation.service import write_reports
from ranham.submission.service import import_file

LABELS = ("2019-B04", "2019-B06", "2019-B09", "2019-B12", "2022-B08", "2022-B12")
SEED = 2022


@pytest.fixture(scope="module")
def past(shared_past: Engine) -> Iterator[Session]:
    with Session(shared_past) as session:
        yield session


@pytest.fixture(scope="module")
def shared_past(
    new_database: Callable[..., str],
    address: Callable[[str], str],
    national_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Engine]:
    engine = create_engine(address(new_database(national_template)))
    folder = tmp_path_factory.mktemp("simulated")
    for label in LABELS:
        with Session(engine) as session, session.begin():
            period = find_period(session, label)
            for file in write_reports(session, period, folder / label, seed=SEED, habits=True):
                after = after_of(period) + timedelta(days=60)
                import_file(
                    session, file, period=period, code_system="kemendagri", now=after, author="test", simulated=True
                )
    yield engine
    engine.dispose()


def after_of(period: PeriodInfo) -> datetime:
    ends_at = period.ends_at()
    assert ends_at is not None
    return ends_at


def test_the_model_finds_more_than_the_base_rate_and_than_chance(past: Session) -> None:
    rows = queries.back_test(past)
    whole = {row.rule: row for row in rows if row.period == "all"}
    model, base = whole["model"], whole["everybody"]
    assert [row.period for row in rows if row.rule == "model"] == [*LABELS[1:], "all"]
    assert model.precision is not None
    assert base.precision is not None
    assert model.recall is not None
    assert model.precision > 2 * base.precision
    assert model.recall > 2 * 100 * model.flagged / model.units
    assert base.recall == 100


def test_nothing_that_was_sent_after_the_window_opened_is_looked_at(past: Session) -> None:
    period = find_period(past, "2022-B12")
    opens_at = period.opens_at()
    assert opens_at is not None
    before = queries.warnings(past, period, now=opens_at)
    assert before == queries.warnings(past, period, now=opens_at + timedelta(days=900))
    # As if the period's reports had never come; the triggers that keep reports for ever are off in this transaction.
    past.execute(text("SET LOCAL session_replication_role = replica"))
    assert past.execute(text("DELETE FROM submission WHERE period_id = :p"), {"p": period.id}).rowcount > 0
    assert queries.warnings(past, period, now=opens_at) == before
    past.rollback()
    assert history.known_from(period, opens_at + timedelta(days=1)) == opens_at


def test_who_sent_nothing_in_every_period_comes_before_who_always_was_on_time(past: Session) -> None:
    rows = queries.warnings(past, find_period(past, "2022-B12"), now=after_of(find_period(past, "2022-B12")))
    assert len(rows) == 34 + 508 + 28
    assert [row.risk for row in rows] == sorted((row.risk for row in rows), reverse=True)
    assert rows[0].flagged
    assert "sent nothing" in rows[0].reasons[0]
    always = next(row for row in rows if any("on time in all" in reason for reason in row.reasons))
    assert not always.flagged
    banten = queries.warnings(
        past, find_period(past, "2022-B12"), now=after_of(find_period(past, "2022-B12")), province="36"
    )
    assert len(banten) == 9


def test_falls_are_units_that_achieved_less_than_in_the_period_before(past: Session) -> None:
    rows = falls(past, find_period(past, "2019-B06"))
    assert rows
    assert all(row.achieved < row.achieved_before <= row.obligations for row in rows)
    assert {row.before for row in rows} == {"2019-B04"}
    with pytest.raises(NotFound, match="first period of its year"):
        falls(past, find_period(past, "2019-B04"))


def test_without_an_earlier_period_with_reports_there_is_nothing_to_learn_from(session: Session) -> None:
    period = find_period(session, "2022-B08")
    with pytest.raises(NotFound, match="nothing to learn from"):
        queries.warnings(session, period, now=after_of(period))


def test_the_simulation_with_habits_writes_what_the_history_reads(shared_past: Engine, tmp_path: Path) -> None:
    with Session(shared_past) as session:
        period = find_period(session, "2022-B08")
        files = write_reports(session, period, tmp_path, seed=SEED, habits=True)
        codes = {row["unit_code"] for file in files for row in csv.DictReader(file.read_text("utf-8").splitlines())}
        conduct = history.seen(session, [period], None)
    assert sum(each.conduct != "missing" for each in conduct) == len(codes)
