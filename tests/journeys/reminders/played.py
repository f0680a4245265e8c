"""`python -c "from tests.journeys.reminders.played import main; main('play.json')"`: the days go by, through the flows.

At each tick: what happened before it, then the flows `remind` and `deliver`. Prints for each tick the files that left.
"""

import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from flows.deliver import deliver
from flows.fill_queue import fill_queue
from flows.remind import remind
from ranham.kernel.database import unit_of_work
from ranham.kernel.settings import settings
from ranham.plan.queries import PeriodInfo, find_period
from ranham.reminder import contacts
from ranham.submission import extensions
from ranham.submission.reports import Cause, lock_report, move
from ranham.submission.service import import_file
from ranham.submission.states import Event
from ranham.territory.queries import by_code
from tests.compliance.reports import report
from tests.journeys.reminders.world import LAST_DAY
from tests.verification import desk

_TASK = """
SELECT t.id FROM verification_task t JOIN report r ON r.id = t.report_id JOIN obligation o ON o.id = r.obligation_id
JOIN action a ON a.id = o.action_id
WHERE o.unit_id = :unit AND a.code = :action AND t.period_id = :period AND t.done_at IS NULL AND NOT t.second_reading
"""


def main(script: str) -> None:
    play = json.loads(Path(script).read_text("utf-8"))
    label, left, seen = play["period"], [], set[str]()
    for tick in play["ticks"]:
        for event in tick["events"]:
            os.environ["RANHAM_NOW"] = event["at"]
            _happen(label, event)
        os.environ["RANHAM_NOW"] = tick["at"]
        remind(label)
        deliver()
        now_there = {file.name for file in settings().outbox.rglob("*.eml")}
        left.append([tick["at"], sorted(now_there - seen)])
        seen = now_there
    sys.stdout.write(json.dumps(left) + "\n")


def _happen(label: str, event: Mapping[str, Any]) -> None:
    if event["what"] == "fill":
        fill_queue(label)
        return
    at = datetime.fromisoformat(event["at"])
    with unit_of_work() as session:
        period = find_period(session, label)
        match event["what"]:
            case "reports":
                receipt = import_file(
                    session, Path(event["file"]), period=period, code_system="kemendagri", now=at, author="test",
                    simulated=True,
                )  # fmt: skip
                assert receipt.rows_refused == 0, receipt.findings[:3]
            case "extension":
                _extend(session, period, event, at)
            case "return":
                desk.give_back(session, _task(session, period, event), "verifier", now=at)
            case "again":
                owed = session.execute(
                    text("SELECT o.id FROM obligation o JOIN action a ON a.id = o.action_id WHERE o.unit_id = :unit"
                         " AND a.code = :action AND o.plan_year_id = :year ORDER BY o.action_id"),
                    {"unit": _unit(session, event), "action": event["action"],
                     "year": period.plan_year_id},
                ).scalar_one()  # fmt: skip
                report(session, owed, period.id)
                move(session, lock_report(session, owed, period.id, now=at), Event.SUBMIT,
                          Cause("operator", at))  # fmt: skip
            case "contact":
                contacts.add(session, contacts.NewContact(**{
                    **event["contact"], "valid_from": at.date(), "channel": "email", "name": "Penghubung baru",
                }), by="test", now=at)  # fmt: skip
            case unknown:
                raise AssertionError(unknown)


def _extend(session: Session, period: PeriodInfo, event: Mapping[str, Any], at: datetime) -> None:
    unit = None if event["unit"] is None else _unit(session, event)
    asked = extensions.request(
        session, period, unit_id=unit, until=datetime.fromisoformat(event["until"]), reason="gangguan", by="a",
        now=at - timedelta(minutes=30), cap=timedelta(days=14),
    )  # fmt: skip
    extensions.decide(session, asked.id, approve=event["approve"], by="b", now=at)


def _task(session: Session, period: PeriodInfo, event: Mapping[str, Any]) -> int:
    key = {"unit": _unit(session, event), "action": event["action"], "period": period.id}
    return int(session.execute(text(_TASK), key).scalar_one())


def _unit(session: Session, event: Mapping[str, Any]) -> int:
    return by_code(session, event["unit"], LAST_DAY).unit_id
