"""Messages that left late, or are tried again, keep the working hours of their rung too."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.outbox.deliveries import Due
from ranham.plan.policy import ladder_of
from ranham.plan.queries import get_period
from ranham.reminder.days_off import calendar
from ranham.reminder.planning.statements import PARTS
from ranham.reminder.rules.working_time import Place, WorkingTime

_PERIODS = "SELECT id, period_id FROM reminder WHERE id = ANY(:ids)"
_PLACES = f"""
WITH {PARTS["home"]}, {PARTS["office"]}
SELECT m.id, coalesce(p.zone, o.zone, 'Asia/Jakarta') AS zone, nullif(coalesce(p.special, o.special, ''), '') AS province
FROM reminder m
LEFT JOIN ({PARTS["placed"]}) p ON p.unit_id = m.unit_id
LEFT JOIN office o ON o.office_id = m.office_id
WHERE m.id = ANY(:ids) AND m.rung = ANY(:keeping)
"""


def hold(session: Session, due: Sequence[Due], now: datetime) -> Mapping[int, datetime]:
    """Until when each has to wait because its recipient is not at work now; the others are not there."""
    deliveries = {each.ref: each.id for each in due}
    of_period: dict[int, list[int]] = defaultdict(list)
    for id_, period_id in session.execute(text(_PERIODS), {"ids": list(deliveries)}):
        of_period[period_id].append(id_)
    until: dict[int, datetime] = {}
    for period_id, ids in of_period.items():
        period = get_period(session, period_id)
        ladder, days = ladder_of(session, period), calendar()
        working = WorkingTime(days, ladder.working_from, ladder.working_to)
        key = {
            "ids": ids,
            "keeping": [rung.code for rung in ladder.rungs if rung.working_hours],
            "special": sorted(days.provinces()),
            "day": period.code_day(),
        }
        for row in session.execute(text(_PLACES), key):
            begins = working.at_or_after(now, Place(row.zone, row.province))
            if begins > now:
                until[deliveries[row.id]] = begins
    return until
