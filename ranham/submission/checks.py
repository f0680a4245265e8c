"""Checks all rows in one pass: raw text joined to small maps, typed, with the faults of a row as one integer."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.models import ZoneRule
from ranham.plan.queries import PeriodInfo
from ranham.submission.models import Answer
from ranham.submission.rules import BIT, REASONS, SPREADSHEET_ERRORS, UnitFact, explain_action, explain_unit, reasons_of
from ranham.submission.schemas import COLUMNS, FINDINGS_SHOWN, RowFinding
from ranham.submission.states import TRANSITIONS, Event, State

_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
_DATE = "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_LOOSE_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_LOOSE_CLOCK = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
PATTERNS = {
    "instant": f"^{_DATE}[T ]{_CLOCK}(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)$",
    "naive": f"^{_LOOSE_DATE}([T ]{_LOOSE_CLOCK})?$",
    "looks_like_instant": f"^{_LOOSE_DATE}[T ]{_LOOSE_CLOCK}(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$",
    "number": "^-?[0-9]{1,15}([.][0-9]{1,4})?$",
    # Empty part, root, drive letter, address, a part '..', control characters.
    "no_evidence": r"(^|;)\s*(;|$|[/\\]|[A-Za-z]:)|://|(^|[;/\\])\s*[.][.]\s*([;/\\]|$)|[\u0001-\u001f]",
}
"""Character classes instead of backslash d, which also matches digits of other scripts."""

_ERRORS = ", ".join(f"'{error}'" for error in SPREADSHEET_ERRORS)
_ANSWERS = ", ".join(f"'{answer}'" for answer in Answer)
_LOCKED = ", ".join(f"'{state}'" for state in State if (state, Event.SUBMIT) not in TRANSITIONS)
CONDITIONS = {
    # LIKE first: comparing every cell with every error value would cost more than all the rest.
    "spreadsheet_error": " OR ".join(f"(raw_{c} LIKE '#%' AND raw_{c} IN ({_ERRORS}))" for c in COLUMNS),
    "unit_missing": "raw_unit_code IS NULL",
    "unit_unknown": "raw_unit_code IS NOT NULL AND unit_id IS NULL",
    "action_missing": "raw_action_code IS NULL",
    "action_unknown": "raw_action_code IS NOT NULL AND action_id IS NULL",
    "no_obligation": "unit_id IS NOT NULL AND action_id IS NOT NULL AND obligation_id IS NULL",
    "not_open": f"report_state IN ({_LOCKED})",
    "measure_missing": "raw_measure_no IS NULL",
    "measure_unknown": "raw_measure_no IS NOT NULL AND action_id IS NOT NULL AND measure_id IS NULL",
    "answer_missing": "raw_answer IS NULL",
    "answer_unknown": f"raw_answer NOT IN ({_ANSWERS})",
    "value_decimal_comma": "number IS NULL AND raw_value LIKE '%,%'",
    "value_not_a_number": "number IS NULL AND raw_value NOT LIKE '%,%'",
    "value_out_of_range": "number < value_min OR number > value_max",
    "note_missing": "raw_answer IN ('nil', 'not_applicable') AND raw_note IS NULL",
    "evidence_malformed": "raw_evidence ~ :no_evidence",
    "time_missing": "raw_submitted_at IS NULL",
    "time_naive": "instant IS NULL AND raw_submitted_at ~ :naive",
    "time_impossible": "instant IS NULL AND raw_submitted_at ~ :looks_like_instant",
    "time_malformed": "instant IS NULL AND raw_submitted_at !~ :naive AND raw_submitted_at !~ :looks_like_instant",
    "before_window": "instant < opens_at",
    "in_the_future": "instant > :now",
}

_UNITS = """
CREATE TEMP TABLE import_unit ON COMMIT DROP AS
SELECT unit_id, code, (cast(:opens_on AS date)::timestamp AT TIME ZONE zone) AS opens_at,
       ((cast(:closes_on AS date) + 1)::timestamp AT TIME ZONE zone) AS deadline,
       (SELECT max(e.until) FROM extension e WHERE e.period_id = :period AND e.approved
        AND (e.unit_id = v.unit_id OR e.unit_id IS NULL)) AS extended_until
FROM (SELECT unit_id, code, CASE WHEN :jakarta THEN 'Asia/Jakarta' ELSE time_zone END AS zone
      FROM unit_version WHERE valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)) v
"""
_MEASURES = """
CREATE TEMP TABLE import_measure ON COMMIT DROP AS
SELECT m.id AS measure_id, m.action_id, m.number::text AS measure_no, m.value_min, m.value_max, m.required,
       m.evidence_kinds <> '{}' AS wants_evidence,
       count(*) FILTER (WHERE m.required) OVER (PARTITION BY m.action_id) AS required_in_action
FROM measure m JOIN action a ON a.id = m.action_id AND a.plan_year_id = :plan_year WHERE m.period_id = :period
"""
_TRIMMED = ", ".join(f"nullif(btrim({column}), '') AS raw_{column}" for column in COLUMNS)
_DAYS = """CASE substr(raw_submitted_at, 6, 2) WHEN '02' THEN
    CASE WHEN left(raw_submitted_at, 4)::int % 400 = 0
           OR left(raw_submitted_at, 4)::int % 4 = 0 AND left(raw_submitted_at, 4)::int % 100 <> 0 THEN 29 ELSE 28 END
    WHEN '04' THEN 30 WHEN '06' THEN 30 WHEN '09' THEN 30 WHEN '11' THEN 30 ELSE 31 END"""
# The rows of a report share their time, so each is parsed once: the costliest check of all.
# CASE inside CASE, as only that promises that a cast is not tried on what would break it.
_TIMES = f"""
CREATE TEMP TABLE import_time ON COMMIT DROP AS
SELECT raw_submitted_at, instant,
       CASE WHEN instant IS NULL OR raw_submitted_at LIKE '%Z' THEN 0
            WHEN left(right(raw_submitted_at, 6), 1) IN ('+', '-')
            THEN (left(right(raw_submitted_at, 6), 1) || '1')::int
                 * (substr(right(raw_submitted_at, 6), 2, 2)::int * 60 + right(raw_submitted_at, 2)::int)
            WHEN left(right(raw_submitted_at, 5), 1) IN ('+', '-')
            THEN (left(right(raw_submitted_at, 5), 1) || '1')::int
                 * (substr(right(raw_submitted_at, 5), 2, 2)::int * 60 + right(raw_submitted_at, 2)::int)
            ELSE right(raw_submitted_at, 3)::int * 60 END AS offset_minutes
FROM (SELECT raw_submitted_at,
             CASE WHEN raw_submitted_at ~ :instant THEN CASE WHEN substr(raw_submitted_at, 9, 2)::int <= {_DAYS}
                  THEN raw_submitted_at::timestamptz END END AS instant
      FROM (SELECT DISTINCT nullif(btrim(submitted_at), '') AS raw_submitted_at FROM import_row) d OFFSET 0) t
"""
_TYPED = f"""
SELECT r.*, u.unit_id, u.opens_at, a.id AS action_id, m.measure_id, m.value_min, m.value_max, o.id AS obligation_id,
       t.instant, t.offset_minutes, p.state AS report_state,
       CASE WHEN raw_value ~ :number THEN raw_value::numeric(20, 4) END AS number
FROM (SELECT row_no, {_TRIMMED} FROM import_row WHERE num_nonnulls({", ".join(COLUMNS)}) > 0 OFFSET 0) r
LEFT JOIN import_time t ON t.raw_submitted_at = r.raw_submitted_at
LEFT JOIN import_unit u ON u.code = r.raw_unit_code
LEFT JOIN action a ON a.plan_year_id = :plan_year AND a.code = r.raw_action_code
LEFT JOIN import_measure m ON m.action_id = a.id AND m.measure_no = r.raw_measure_no
LEFT JOIN obligation o ON o.plan_year_id = :plan_year AND o.unit_id = u.unit_id AND o.action_id = a.id
LEFT JOIN report p ON p.obligation_id = o.id AND p.period_id = :period
OFFSET 0
"""
_FAULTS = " | ".join(
    f"(CASE WHEN {CONDITIONS[r.code]} THEN {BIT[r.code]} ELSE 0 END)" for r in REASONS[1:] if r.code in CONDITIONS
)
_CHECKED = f"""
CREATE TEMP TABLE import_answer ON COMMIT DROP AS
SELECT row_no, obligation_id, measure_id, raw_answer AS answer, number AS value, raw_note AS note,
       CASE WHEN raw_evidence IS NULL THEN '{{}}'::text[]
            WHEN raw_evidence ~ '\\s;|;\\s' THEN regexp_split_to_array(raw_evidence, '\\s*;\\s*')
            ELSE string_to_array(raw_evidence, ';') END AS evidence,
       instant AS submitted_at, offset_minutes,
       CASE WHEN {CONDITIONS["spreadsheet_error"]} THEN {BIT["spreadsheet_error"]} ELSE {_FAULTS} END AS faults,
       NULL::integer AS first_row
FROM ({_TYPED}) typed
"""
# Only keys that repeat are visited again: in a sound file there are none.
_DUPLICATES = f"""
UPDATE import_answer a SET faults = faults | {BIT["duplicate"]}, first_row = d.first_row
FROM (SELECT obligation_id, measure_id, min(row_no) FILTER (WHERE faults = 0) AS first_row FROM import_answer
      WHERE obligation_id IS NOT NULL AND measure_id IS NOT NULL
      GROUP BY obligation_id, measure_id HAVING count(*) > 1) d
WHERE a.obligation_id = d.obligation_id AND a.measure_id = d.measure_id AND a.row_no > d.first_row
"""


# A file that was taken in part and comes again must not bring back what was corrected since.
_SUPERSEDED = f"""
UPDATE import_answer a SET faults = faults | {BIT["superseded"]}
FROM submission s
WHERE s.obligation_id = a.obligation_id AND s.period_id = :period AND s.is_current
  AND s.batch_id IS DISTINCT FROM :batch AND s.received_at > :imported_at
"""


def check(
    session: Session, period: PeriodInfo, now: datetime, *, again: tuple[int, datetime] | None = None
) -> tuple[int, int, int]:
    """Fill `import_answer`; gives rows read, rows refused and the number of findings.

    `again` is the batch as which the file was taken in part before, and when.
    """
    scope = {
        "plan_year": period.plan_year_id,
        "period": period.id,
        "day": period.code_day(),
        "opens_on": period.opens_on,
        "closes_on": period.closes_on,
        "jakarta": period.zone_rule is ZoneRule.JAKARTA,
        "now": now,
    }
    session.execute(text("SET LOCAL work_mem = '256MB'"))
    for statement in (_UNITS, _MEASURES, _TIMES, "ANALYZE import_unit, import_measure, import_time", _CHECKED):
        session.execute(text(statement), scope | PATTERNS)
    session.execute(text("ANALYZE import_answer (obligation_id, measure_id, faults)"))
    session.execute(text(_DUPLICATES))
    if again is not None:
        session.execute(text(_SUPERSEDED), {"period": period.id, "batch": again[0], "imported_at": again[1]})
    read, refused, findings = session.execute(
        text(
            "SELECT count(*), count(*) FILTER (WHERE faults <> 0), "
            "coalesce(sum(bit_count(faults::bit(32))) FILTER (WHERE faults <> 0), 0) FROM import_answer"
        )
    ).one()
    return read, refused, int(findings)


def findings(session: Session, period: PeriodInfo) -> list[RowFinding]:
    """The first findings in words; the reference data is read once, for the few rows that need it."""
    rows = session.execute(
        text(
            "SELECT a.row_no, a.faults, a.first_row, r.* FROM import_answer a JOIN import_row r USING (row_no) "
            "WHERE a.faults <> 0 ORDER BY a.row_no LIMIT :shown"
        ),
        {"shown": FINDINGS_SHOWN},
    ).mappings()
    facts: list[UnitFact] = []
    actions: list[str] = []
    made: list[RowFinding] = []
    for row in rows:
        for reason in reasons_of(row["faults"]):
            column, code, words = reason.column, reason.code, reason.text.format(first_row=row["first_row"])
            if code == "spreadsheet_error":
                column = next(c for c in COLUMNS if (row[c] or "").strip() in SPREADSHEET_ERRORS)
            if code == "unit_unknown":
                facts = facts or _unit_facts(session)
                code, words = explain_unit(row[column].strip(), facts, period.code_day())
            if code == "action_unknown":
                actions = actions or _action_codes(session, period)
                code, words = explain_action(row[column].strip(), actions)
            made.append(RowFinding(row["row_no"], column, row[column] or "", code, words))
    return made[:FINDINGS_SHOWN]


def _unit_facts(session: Session) -> list[UnitFact]:
    rows = session.execute(text("SELECT unit_id, code, name, type, valid_from, valid_to FROM unit_version"))
    return [UnitFact(*row) for row in rows]


def _action_codes(session: Session, period: PeriodInfo) -> list[str]:
    found = session.scalars(text("SELECT code FROM action WHERE plan_year_id = :id"), {"id": period.plan_year_id})
    return list(found)
