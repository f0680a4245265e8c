"""Fills the queue: set-based, so that one call finds every reading that is due and not there yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.clock import JAKARTA
from ranham.plan.policy import Policy, policy_of
from ranham.plan.queries import PeriodInfo
from ranham.submission import reports
from ranham.verification.rules import Tier

# A report without an open reading gets the next one: the tier after one that passed it on, the same tier again when it
# came back from there, else the first. Whom no regional office looks after (K/L) the central secretariat reads at once.
_FIRST_READINGS = """
WITH place AS (
    SELECT r.id AS unit_id, CASE WHEN r.level <> 'ministry' THEN coalesce(v.parent_id, r.id) END AS province_id,
           a.office_id
    FROM reporting_unit r
    LEFT JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
    LEFT JOIN office_assignment a ON a.unit_id = coalesce(v.parent_id, r.id)
         AND a.valid_from <= :day AND (a.valid_to IS NULL OR a.valid_to > :day)
), due AS (
    SELECT r.id AS report_id, p.province_id, p.office_id,
           CASE WHEN passed THEN (cast(:tiers AS text[]))[array_position(cast(:tiers AS text[]), last.tier) + 1]
                WHEN last.verdict = 'return' THEN last.tier
                WHEN p.office_id IS NULL THEN (cast(:tiers AS text[]))[cardinality(cast(:tiers AS text[]))]
                ELSE (cast(:tiers AS text[]))[1] END AS tier,
           CASE WHEN passed THEN last.round ELSE coalesce(last.round, 0) + 1 END AS round
    FROM report r
    JOIN place p ON p.unit_id = r.unit_id
    LEFT JOIN LATERAL (
        SELECT d.verdict, t.tier::text AS tier, t.round
        FROM verification_task t JOIN verification_decision d ON d.task_id = t.id
        WHERE t.report_id = r.id AND NOT t.second_reading ORDER BY d.id DESC LIMIT 1) last ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(r.state = 'under_verification' AND last.verdict = 'pass_on', false) AS passed) x
    WHERE r.period_id = :period AND r.state IN ('submitted', 'resubmitted', 'under_verification')
      AND NOT EXISTS (SELECT FROM verification_task t
                      WHERE t.report_id = r.id AND t.done_at IS NULL AND NOT t.second_reading)
)
INSERT INTO verification_task (report_id, period_id, province_id, tier, round, office_id, second_reading, created_at,
                               due_at)
SELECT d.report_id, :period, d.province_id, d.tier, d.round, CASE WHEN d.tier = 'pre_check' THEN d.office_id END,
       false, :now, l.due_at
FROM due d
JOIN unnest(cast(:tiers AS text[]), cast(:due AS timestamptz[])) AS l(tier, due_at) ON l.tier = d.tier
ORDER BY d.report_id
ON CONFLICT (report_id, tier, round, second_reading) DO NOTHING
RETURNING id
"""
# The draw is that of `rules.drawn`: both are compared in the tests.
_SECOND_READINGS = """
INSERT INTO verification_task (report_id, period_id, province_id, tier, round, office_id, second_reading,
                               submission_id, created_at, due_at)
SELECT t.report_id, t.period_id, t.province_id, t.tier, t.round, t.office_id, true, d.submission_id, :now, :due
FROM verification_task t
JOIN verification_decision d ON d.task_id = t.id
CROSS JOIN LATERAL (SELECT sha256(convert_to(t.period_id || ':' || d.submission_id, 'UTF8')) AS h) x
WHERE t.period_id = :period AND t.tier = :tier AND NOT t.second_reading
  AND (get_byte(h, 0) * 65536 + get_byte(h, 1) * 256 + get_byte(h, 2)) % 10000 < :share
  AND NOT EXISTS (SELECT FROM verification_task s WHERE s.report_id = t.report_id AND s.tier = t.tier
                  AND s.round = t.round AND s.second_reading)
  AND {of}
ORDER BY t.report_id
ON CONFLICT (report_id, tier, round, second_reading) DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Filled:
    reports_begun: int
    """Reports that came as files and got their row."""
    tasks: int
    second_readings: int


def fill_queue(session: Session, period: PeriodInfo, *, now: datetime) -> Filled:
    """Make the tasks that are due and missing. Calling it again changes nothing."""
    # Two at once: the second waits and then finds the first one's work.
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"fill:{period.id}"})
    policy = policy_of(session, period)
    begun = reports.begin_sent(session, period.id, now=now)
    due = due_dates(policy, now)
    made = session.execute(
        text(_FIRST_READINGS),
        {
            "period": period.id,
            "day": day_of(period),
            "tiers": [tier.value for tier in due],
            "due": list(due.values()),
            "now": now,
        },
    ).all()
    return Filled(begun, len(made), draw_second_readings(session, period, policy, now=now))


def draw_second_readings(
    session: Session, period: PeriodInfo, policy: Policy, *, now: datetime, of_task: int | None = None
) -> int:
    """Make the second readings of what was decided in the last tier and is drawn; how many."""
    tier, due = list(due_dates(policy, now).items())[-1]
    made = session.execute(
        text(_SECOND_READINGS.format(of="true" if of_task is None else "t.id = :of_task")),
        {
            "period": period.id,
            "tier": tier.value,
            "due": due,
            "share": policy.verification.second_reading_share_bp,
            "now": now,
        }
        | ({} if of_task is None else {"of_task": of_task}),
    )
    return len(made.all())


def due_dates(policy: Policy, now: datetime) -> Mapping[Tier, datetime]:
    """Tiers in their order, and when a reading that is made now is past its limit.

    Central verification begins no earlier than on its published days, so its limit does not run before.
    """
    begins = dict.fromkeys(Tier, now)
    if policy.central_days is not None:
        begins[Tier.CENTRAL] = max(now, datetime.combine(policy.central_days.starts_on, time(), JAKARTA))
    return {Tier(tier.name): begins[Tier(tier.name)] + timedelta(days=tier.days) for tier in policy.verification.tiers}


def day_of(period: PeriodInfo) -> date:
    """The day on which provinces and offices are read: the last of the window, as for unit codes."""
    return period.closes_on or period.territory_as_of
