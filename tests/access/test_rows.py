"""Which rows each role reads and writes, with raw SQL as the application's role."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege, RestrictViolation

from tests.access.guarded import BANTEN, GUARDED_TABLES, LAMPUNG, METRO, SERANG, UNITS, Guarded

SEES = {
    "operator": {SERANG},
    "contributor": {SERANG},
    "coordinator": {BANTEN, SERANG},
    "verifier": {BANTEN, SERANG},
    "central": set(UNITS),
    "ministry": set(UNITS),
    "auditor": set(UNITS),
    "engine": set(UNITS),
    "nobody": set(),
    "lampung": {METRO},
}
WRITES = {"operator": SERANG, "contributor": SERANG, "coordinator": BANTEN, "lampung": METRO}

WHO = "coalesce('person:' || ranham_person(), 'nobody')"


def submission(guarded: Guarded, code: str) -> str:
    """An insert of a report of a unit, as short as the table allows."""
    return f"""
        INSERT INTO submission (obligation_id, unit_id, action_id, period_id, revision, is_current, submitted_at,
            submitted_offset_minutes, received_at, channel, author, digest, timeliness, complete, achieved,
            not_applicable, simulated)
        SELECT id, unit_id, action_id, {guarded.period_id}, 1, true, now(), 420, now(), 'sql', {WHO}, 'x', 'on_time',
            true, true, false, true
        FROM obligation WHERE id = {guarded.free[code]}
    """


def evidence(guarded: Guarded, code: str) -> str:
    return f"""
        INSERT INTO evidence (unit_id, sha256, size_bytes, media_type, file_name, kind, scan, uploaded_by, uploaded_at)
        VALUES ({guarded.unit_ids[code]}, repeat('a', 64), 1, 'x', 'x', 'x', 'clean', {WHO}, now())
    """


def extension(guarded: Guarded, code: str) -> str:
    return f"""
        INSERT INTO extension (period_id, unit_id, until, reason, requested_by, requested_at)
        VALUES ({guarded.period_id}, {guarded.unit_ids[code]}, now(), 'x', {WHO}, now())
    """


def draft(guarded: Guarded, code: str) -> str:
    return f"""
        INSERT INTO draft_answer (report_id, measure_id, version, written_by, written_at)
        VALUES ({_report(guarded, code)}, (SELECT max(id) FROM measure), 1, 'x', now())
    """


def _report(guarded: Guarded, code: str) -> int:
    statement = f"SELECT id FROM report WHERE obligation_id = {guarded.obligations[code]}"
    with guarded.owner.connect() as owner:
        return int(owner.exec_driver_sql(statement).scalar_one())


def excuse(guarded: Guarded, code: str, *, approved: str = "NULL, NULL") -> str:
    return f"""
        INSERT INTO excuse (obligation_id, period_id, kind, justification, requested_by, requested_at, approved_by, approved_at)
        VALUES ({guarded.obligations[code]}, {guarded.period_id}, 'excused', 'x', {WHO}, now(), {approved})
    """


@pytest.mark.parametrize("table", GUARDED_TABLES)
@pytest.mark.parametrize("role", SEES)
def test_a_role_reads_its_units_and_no_others(guarded: Guarded, role: str, table: str) -> None:
    assert guarded.seen(role, table) == SEES[role]


@pytest.mark.parametrize("code", UNITS)
@pytest.mark.parametrize("role", SEES)
def test_a_role_writes_its_own_unit_and_no_other(guarded: Guarded, role: str, code: str) -> None:
    for write in (submission, excuse, evidence, extension, draft):
        statement = write(guarded, code)
        with guarded.connection(role) as opened:
            if WRITES.get(role) == code:
                assert opened.execute(statement).rowcount == 1
            else:
                with pytest.raises(InsufficientPrivilege, match="row-level security"):
                    opened.execute(statement)


def test_the_current_mark_moves_in_the_own_unit_only(guarded: Guarded) -> None:
    with guarded.connection("operator") as opened:
        assert opened.execute("UPDATE submission SET is_current = false").rowcount == 1
    with guarded.connection("ministry") as opened:
        assert opened.execute("UPDATE submission SET is_current = false").rowcount == 0


def test_an_answer_goes_to_a_report_of_the_own_unit_only(guarded: Guarded) -> None:
    with guarded.owner.connect() as owner:
        reports = dict(owner.exec_driver_sql("SELECT unit_id, id FROM submission").all())
    statement = """INSERT INTO measure_answer (submission_id, measure_id, answer, evidence)
                   SELECT %s, max(id), 'achieved', '{}' FROM measure"""
    with guarded.connection("operator") as opened:
        opened.execute(statement, (reports[guarded.unit_ids[SERANG]],))
    for role, code in (("operator", METRO), ("coordinator", SERANG), ("ministry", SERANG)):
        with guarded.connection(role) as opened, pytest.raises(InsufficientPrivilege, match="row-level security"):
            opened.execute(statement, (reports[guarded.unit_ids[code]],))


@pytest.mark.parametrize("write", [submission, evidence, extension, excuse])
def test_nobody_writes_in_another_one_s_name(guarded: Guarded, write: Callable[[Guarded, str], str]) -> None:
    forged = write(guarded, SERANG).replace(WHO, f"'person:{guarded.person_ids['contributor']}'")
    with guarded.connection("operator") as opened, pytest.raises(InsufficientPrivilege, match="row-level security"):
        opened.execute(forged)


def test_nobody_approves_an_excuse_by_the_way_they_ask(guarded: Guarded) -> None:
    with guarded.connection("operator") as opened, pytest.raises(InsufficientPrivilege, match="row-level security"):
        opened.execute(excuse(guarded, SERANG, approved=f"{WHO}, now()"))


APPROVE = "UPDATE excuse SET approved_at = now(), approved_by = "


@pytest.mark.parametrize(
    ("role", "approves"),
    [("operator", 0), ("coordinator", 0), ("auditor", 0), ("verifier", 2), ("central", 4), ("ministry", 4)],
)
def test_an_excuse_is_approved_by_those_who_decide_and_in_their_own_name(
    guarded: Guarded, role: str, approves: int
) -> None:
    with guarded.connection(role) as opened:
        assert opened.execute(APPROVE + WHO).rowcount == approves
    if approves:
        with guarded.connection(role) as opened, pytest.raises(InsufficientPrivilege, match="row-level security"):
            opened.execute(APPROVE + "'person:0'")


DECLINE = "UPDATE excuse SET declined_at = now(), decline_reason = 'x', declined_by = "


@pytest.mark.parametrize(("role", "declines"), [("operator", 0), ("auditor", 0), ("verifier", 2), ("ministry", 4)])
def test_an_excuse_is_declined_by_those_who_decide_once_and_in_their_own_name(
    guarded: Guarded, role: str, declines: int
) -> None:
    with guarded.connection(role) as opened:
        assert opened.execute(DECLINE + WHO).rowcount == declines
        if declines:
            with pytest.raises(RestrictViolation):
                opened.execute(f"UPDATE excuse SET declined_at = NULL, declined_by = NULL, decline_reason = NULL, "
                               f"approved_at = now(), approved_by = {WHO}")  # fmt: skip
    if declines:
        with guarded.connection(role) as opened, pytest.raises(InsufficientPrivilege, match="row-level security"):
            opened.execute(DECLINE + "'person:0'")


BATCH = """
    INSERT INTO import_batch (period_id, file_name, digest, code_system, imported_at, rows_read, rows_refused, simulated{column})
    SELECT id, 'x', 'x', 'kemendagri', now(), 1, 0, true{value} FROM period LIMIT 1 RETURNING imported_by
"""


def test_a_batch_is_of_whoever_imports_it(guarded: Guarded) -> None:
    with guarded.connection("operator") as opened:
        row = opened.execute(BATCH.format(column="", value="")).fetchone()
    assert row == (guarded.person_ids["operator"],)
    other = BATCH.format(column=", imported_by", value=f", {guarded.person_ids['lampung']}")
    for role, statement in (("operator", other), ("ministry", BATCH.format(column="", value=""))):
        with guarded.connection(role) as opened, pytest.raises(InsufficientPrivilege, match="row-level security"):
            opened.execute(statement)


def test_roles_and_people_of_ones_own_units_can_be_seen(guarded: Guarded) -> None:
    def people(role: str) -> set[str]:
        with guarded.connection(role) as opened:
            # Other tests add people of their own to the shared database.
            return {row[0].split("@")[0] for row in opened.execute("SELECT email FROM person")} & set(SEES)

    assert people("operator") == {"operator", "contributor"}
    assert people("coordinator") == {"operator", "contributor", "coordinator"}
    assert people("nobody") == {"nobody"}
    assert people("auditor") == set(SEES)


@pytest.mark.parametrize("table", ["unit_version", "obligation", "measure", "plan_version", "office_assignment"])
def test_what_everybody_knows_is_for_everybody_who_is_signed_in(guarded: Guarded, table: str) -> None:
    def rows(token: str | None) -> int:
        with guarded.connection(token) as opened:
            return _count(opened, table)

    assert rows("nobody") > 0
    assert rows(None) == rows("") == rows("rnh_forged") == 0
    with guarded.connection("engine") as opened, pytest.raises(InsufficientPrivilege):
        opened.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "table",
    [
        "api_token",
        "local_account",
        "lease",
        "alembic_version",
        "outbox_message",
        "contact_link",
        "calendar_feed",
        "delivery_content",
    ],
)
def test_secrets_and_the_engine_s_own_tables_are_closed(guarded: Guarded, table: str) -> None:
    with guarded.connection("engine") as opened, pytest.raises(InsufficientPrivilege, match="permission denied"):
        opened.execute(f"SELECT 1 FROM {table}")


@pytest.mark.parametrize("table", ["submission", "measure_answer", "report", "excuse", "import_batch", "audit_event"])
def test_nobody_deletes(guarded: Guarded, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with guarded.connection("engine") as opened, pytest.raises(InsufficientPrivilege, match="permission denied"):
            opened.execute(statement)


@pytest.mark.parametrize(("role", "code"), [("operator", SERANG), ("coordinator", BANTEN)])
def test_what_is_not_sent_yet_can_be_taken_back_in_the_own_unit(guarded: Guarded, role: str, code: str) -> None:
    with guarded.connection(role) as opened:
        opened.execute(evidence(guarded, code))
        for statement in ("draft_evidence", "draft_answer", "evidence WHERE file_name = 'x'"):
            assert opened.execute(f"DELETE FROM {statement}").rowcount == 1
        with pytest.raises(ForeignKeyViolation):
            opened.execute("DELETE FROM evidence")


def test_the_ministry_takes_nothing_back(guarded: Guarded) -> None:
    with guarded.connection("ministry") as opened:
        for table in ("draft_evidence", "draft_answer", "evidence"):
            assert opened.execute(f"DELETE FROM {table}").rowcount == 0


def test_of_a_report_nothing_but_the_mark_is_changed(guarded: Guarded) -> None:
    with guarded.connection("operator") as opened, pytest.raises(InsufficientPrivilege, match="permission denied"):
        opened.execute(f"UPDATE submission SET unit_id = {guarded.unit_ids[METRO]}")
    with guarded.owner.connect() as owner, pytest.raises(Exception, match="never changed") as refused:
        owner.exec_driver_sql(f"UPDATE submission SET unit_id = {guarded.unit_ids[LAMPUNG]}")
    assert isinstance(refused.value.__cause__, RestrictViolation)


def test_the_units_are_worked_out_once_for_a_statement(guarded: Guarded) -> None:
    with guarded.connection("ministry") as opened:
        plan = "\n".join(row[0] for row in opened.execute("EXPLAIN SELECT * FROM submission"))
    assert "hashed SubPlan" in plan


def _count(opened: psycopg.Connection[Any], table: str) -> int:
    row = opened.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])
