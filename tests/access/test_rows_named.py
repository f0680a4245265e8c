"""What a row names has to belong with it: a foreign key alone is content with rows that the writer may not see."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from tests.access.guarded import METRO, SERANG, Guarded
from tests.access.test_rows import BATCH, WHO, submission

OTHER = "row-level security"
DRAFT = """
    INSERT INTO draft_evidence (report_id, measure_id, evidence_id)
    SELECT report_id, measure_id, %s FROM draft_answer
"""
SENT = """
    INSERT INTO answer_evidence (submission_id, measure_id, evidence_id)
    SELECT submission_id, measure_id, %s FROM measure_answer
"""
EVENT = f"""
    INSERT INTO report_event (report_id, obligation_id, unit_id, action_id, period_id, event, from_state, to_state, actor, at)
    SELECT %s, obligation_id, unit_id, action_id, period_id, 'edit', 'draft', 'draft', {WHO}, now() FROM report
"""
INTEREST = "INSERT INTO verifier_interest (verifier, unit_id, whole_province, declared_at) VALUES ('person:1', %s, false, now())"


@pytest.fixture
def operator(guarded: Guarded) -> Iterator[psycopg.Connection[Any]]:
    with guarded.connection("operator") as opened:
        yield opened


def of(guarded: Guarded, code: str, column: str, table: str) -> int:
    with guarded.owner.connect() as owner:
        statement = f"SELECT {column} FROM {table} WHERE unit_id = {guarded.unit_ids[code]} ORDER BY id LIMIT 1"
        return int(owner.exec_driver_sql(statement).scalar_one())


@pytest.mark.parametrize("statement", [DRAFT, SENT])
def test_a_file_of_another_unit_is_laid_beside_nothing(
    guarded: Guarded, operator: psycopg.Connection[Any], statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege, match=OTHER):
        operator.execute(statement, (of(guarded, METRO, "id", "evidence"),))


def test_an_event_is_written_beside_its_own_report_only(guarded: Guarded, operator: psycopg.Connection[Any]) -> None:
    assert operator.execute(EVENT, (of(guarded, SERANG, "id", "report"),)).rowcount == 1
    with pytest.raises(InsufficientPrivilege, match=OTHER):
        operator.execute(EVENT, (of(guarded, METRO, "id", "report"),))


def test_nobody_gets_at_a_batch_by_putting_a_report_into_it(
    guarded: Guarded, operator: psycopg.Connection[Any]
) -> None:
    def into(batch: int) -> str:
        return submission(guarded, SERANG).replace("digest,", "digest, batch_id,").replace("'x',", f"'x', {batch},")

    with operator.transaction(force_rollback=True):
        row = operator.execute(
            BATCH.format(column="", value="").replace("RETURNING imported_by", "RETURNING id")
        ).fetchone()
        assert row is not None
        assert operator.execute(into(row[0])).rowcount == 1
    with operator.transaction(force_rollback=True):
        assert operator.execute(into(of(guarded, SERANG, "batch_id", "submission"))).rowcount == 1
    with pytest.raises(InsufficientPrivilege, match=OTHER):
        operator.execute(into(of(guarded, METRO, "batch_id", "submission")))


def test_a_verifier_declares_interests_in_units_of_the_own_office(guarded: Guarded) -> None:
    with guarded.connection("verifier") as opened:
        assert opened.execute(INTEREST, (guarded.unit_ids[SERANG],)).rowcount == 1
        with pytest.raises(InsufficientPrivilege, match=OTHER):
            opened.execute(INTEREST, (guarded.unit_ids[METRO],))


MOVE = "UPDATE report SET version = version + 1, state = "


def test_only_verifiers_return_a_report_and_only_the_ministry_reopens_one(guarded: Guarded) -> None:
    with guarded.connection("ministry") as opened:
        assert opened.execute(f"{MOVE} 'reopened'").rowcount == len(guarded.obligations)
    with guarded.connection("verifier") as opened:
        for state in ("under_verification", "returned"):
            assert opened.execute(f"{MOVE} '{state}' WHERE unit_id = {guarded.unit_ids[SERANG]}").rowcount == 1
    for before in ("", "CREATE TEMP TABLE report AS SELECT 1;"):
        with guarded.connection("operator") as opened, pytest.raises(InsufficientPrivilege, match="your roles"):
            opened.execute(before + MOVE.replace("report", "public.report") + " 'reopened'")
