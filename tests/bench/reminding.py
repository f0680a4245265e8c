"""Whether a tick has anybody to remind, over 100,000 units, against the bare question in SQL written by hand."""

from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.plan.queries import find_period
from ranham.reminder.planning import anything_due, plan
from tests.bench import timing
from tests.bench.synthetic import build

UNITS, ACTIONS = 100_000, 2
NOW = datetime(2090, 9, 4, 3, tzinfo=UTC)
"""A working morning, one day before the end of the window: five rungs are due."""

CONTACTS = """
INSERT INTO contact (unit_id, function, name, channel, address, language, courtesy, valid_from, added_by, added_at)
SELECT id, 'operator', key, 'email', key || '@contoh.go.id', 'id', false, '2022-01-01', 'bench', now()
FROM reporting_unit WHERE key LIKE 'bench-%'
"""
ANNOUNCED = "UPDATE plan_version SET loaded_at = '2090-08-25 03:00+00' WHERE digest = 'bench'"
BARE = text("""
SELECT EXISTS (
    SELECT FROM (
        SELECT DISTINCT unit_id, 'always' AS condition FROM obligation WHERE plan_year_id = :plan_year
        UNION ALL
        SELECT DISTINCT o.unit_id, 'unsubmitted' FROM obligation o
        WHERE o.plan_year_id = :plan_year
          AND NOT EXISTS (SELECT FROM submission s
                          WHERE s.obligation_id = o.id AND s.period_id = :period AND s.is_current)
          AND NOT EXISTS (SELECT FROM excuse x WHERE x.obligation_id = o.id AND x.period_id = :period
                          AND x.approved_at IS NOT NULL)) u
    JOIN unit_version v ON v.unit_id = u.unit_id AND v.valid_from <= :day AND coalesce(v.valid_to, 'infinity') > :day
    LEFT JOIN (SELECT unit_id, max(until) AS until FROM extension WHERE period_id = :period AND approved GROUP BY 1) x
         ON x.unit_id = u.unit_id
    JOIN (VALUES ('announced', 'always', 'window', -11), ('before_opening', 'always', 'window', -11),
                 ('opening', 'unsubmitted', 'window', -8), ('t_minus_7', 'unsubmitted', 'deadline', -7),
                 ('t_minus_3', 'unsubmitted', 'deadline', -3), ('t_minus_1', 'unsubmitted', 'deadline', -1))
         AS d (rung, condition, kind, days) ON d.condition = u.condition
    CROSS JOIN LATERAL (SELECT greatest((cast(:day AS date) + 1)::timestamp AT TIME ZONE 'Asia/Jakarta', x.until)
                               - interval '1 microsecond' AS last) l
    WHERE ((l.last AT TIME ZONE 'Asia/Jakarta')::date + d.days + time '09:00') AT TIME ZONE v.time_zone <= :now
      AND NOT EXISTS (
          SELECT FROM reminder r WHERE r.period_id = :period AND r.unit_id = u.unit_id AND r.rung = d.rung
            AND r.occasion = CASE d.kind WHEN 'window' THEN 'window'
                                         ELSE 'deadline ' || (l.last AT TIME ZONE 'Asia/Jakarta')::date END))
""")


def bench(engine: Engine, *, units: int = UNITS) -> list[dict[str, object]]:
    build(engine, units=units, actions=ACTIONS)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(ANNOUNCED))
        connection.execute(text(CONTACTS))
    _analyse(engine)
    with Session(engine) as session, session.begin():
        period = find_period(session, "BENCH:2090-B08")
        took = timing.seconds(lambda: plan(session, period, now=NOW))
    _analyse(engine)
    with Session(engine) as session:
        key = {"plan_year": period.plan_year_id, "period": period.id, "day": period.closes_on, "now": NOW}

        def ours() -> None:
            assert not anything_due(session, period, now=NOW)

        def bare() -> None:
            assert not session.scalar(BARE, key)

        rows = session.scalar(text("SELECT count(*) FROM reminder"))
        tick, by_hand = timing.pair(ours, bare, runs=7)
    print(f"planned {rows} rows of the ledger for {units} units in {took:.1f} s")
    return [
        timing.row(f"tick, nobody to remind, {units} units", tick, "the bare question in SQL", by_hand, "at most 3"),
    ]


def _analyse(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE reminder, delivery, contact, unit_version, obligation, submission"))
