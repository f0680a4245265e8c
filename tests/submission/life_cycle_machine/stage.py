"""The stage of the life-cycle machine: a database to itself, a clock, and the book of what was acknowledged."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.compliance import queries as figures
from ranham.kernel.errors import RanhamError
from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission.reports import Cause, lock_report
from ranham.submission.states import Event
from tests.submission import desk
from tests.submission.life_cycle_machine.book import ANSWERABLE, Asked, Kept, Key, Task

START = datetime(2022, 8, 30, tzinfo=UTC)
WINDOW = {"31": (datetime(2022, 8, 31, 17, tzinfo=UTC), datetime(2022, 9, 6, 17, tzinfo=UTC)),
          "91": (datetime(2022, 8, 31, 15, tzinfo=UTC), datetime(2022, 9, 6, 15, tzinfo=UTC))}  # fmt: skip
"""First instant of the window and first after it, in UTC: of Jakarta, and of Papua two hours ahead."""
OPENS, DONE = WINDOW["91"][0], WINDOW["31"][1]
"""First instant of the window for anybody, and first after it for everybody."""
KEYS: tuple[Key, ...] = (("31", "D1"), ("31", "D2"), ("91", "D1"))
REPORTS = st.sampled_from(KEYS)
TaskKey = tuple[str, str, str, int, bool]
"""Unit, action, tier, round, and whether it is a second reading."""

_TASKS = """
SELECT t.id, v.code, a.code AS action, t.tier, t.round, t.second_reading, t.verifier, t.taken_at IS NOT NULL AS taken,
       t.done_at IS NOT NULL AS done
FROM verification_task t JOIN report r ON r.id = t.report_id JOIN action a ON a.id = r.action_id
JOIN unit_version v ON v.unit_id = r.unit_id WHERE t.period_id = :period ORDER BY t.id
"""


class Stage(RuleBasedStateMachine):
    engine: ClassVar[Engine]
    acknowledged: ClassVar[Counter[str]] = Counter()
    """How often each kind of thing was done, over all runs: what is never reached is not tested."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.period: PeriodInfo = find_period(self.session, "RANHAM-T:2022-B08")
        self.now = START
        self.opened_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.closed_figures: dict[str, tuple[int, int]] | None = None
        self.book: dict[Key, Kept] = {key: Kept() for key in KEYS}
        self.tasks: dict[TaskKey, Task] = {}
        self.interests: set[tuple[str, str]] = set()
        """Verifier and unit, once it was declared."""
        self.files: dict[tuple[str, str], tuple[int, bool]] = {}
        """By unit and hash: the id, and whether it is said to be unsigned."""
        self.extensions: list[Asked] = []
        self.excuses: list[Asked] = []
        self.chain: list[tuple[str, int]] = []
        """Kind and subject of every event that must be in the audit chain, in order."""
        self.outbox: list[tuple[str, int]] = []
        self.units = dict(self.session.execute(text("SELECT code, unit_id FROM unit_version")).tuples().all())
        self.obligations = {key: desk.obligation(self.session, *key) for key in KEYS}
        self.measures = {
            (action, number): desk.measure(self.session, self.period, number, action)
            for action in ("D1", "D2") for number in (1, 2, 3)
        }  # fmt: skip
        self.office = self.session.scalar(text("SELECT id FROM verifying_office"))
        self.before = self.last_ids()

    def teardown(self) -> None:
        self.session.close()
        self.transaction.rollback()
        self.connection.close()

    @initialize(days=st.integers(0, 4))
    def some_days_into_it(self, days: int) -> None:
        self.now += timedelta(days=1 + days)

    @rule(hours=st.integers(1, 30) | st.integers(72, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def attempt(self, work: Callable[[], Any], *, possible: bool, kind: str) -> Any:
        """Done where the book says that it is possible; else refused, and then all is as before, as at any door."""
        if not possible:
            self.refuse(work)
            self.session.expire_all()
            self.acknowledged[f"{kind}: refused"] += 1
            return None
        with self.session.begin_nested():
            done = work()
        self.acknowledged[kind] += 1
        return done

    def refuse(self, work: Callable[[], Any]) -> None:
        with pytest.raises(RanhamError), self.session.begin_nested():
            work()

    def moved(self, key: Key, event: Event) -> None:
        """Into the book, and what has to be told of it."""
        kept = self.book[key]
        if kept.move(event):
            about = self.report_id(key)
            self.chain.append((f"report.{event}", about))
            if event is not Event.EDIT:
                self.outbox.append((f"report.{event}", about))

    def bound(self, kept: Kept) -> bool:
        """By the close, unless it was reopened since."""
        return self.closed_at is not None and (kept.reopened_at is None or kept.reopened_at < self.closed_at)

    def may_answer(self, key: Key) -> bool:
        kept = self.book[key]
        return kept.state in ANSWERABLE and not self.bound(kept)

    def report_id(self, key: Key) -> int:
        return lock_report(self.session, self.obligations[key], self.period.id, now=self.now).id

    def by(self, who: str) -> Cause:
        return Cause(who, self.now)

    def extended_until(self, unit: str) -> datetime:
        given = [e.until for e in self.extensions if e.approved and e.unit in (None, unit) and e.until]
        return max(given, default=WINDOW[unit][1])

    @property
    def excused(self) -> set[Key]:
        return {each.key for each in self.excuses if each.approved and each.key}

    def task_ids(self) -> dict[TaskKey, int]:
        rows = self.session.execute(text(_TASKS), {"period": self.period.id})
        return {(r.code, r.action, r.tier, r.round, r.second_reading): r.id for r in rows}

    def told_tasks(self) -> dict[TaskKey, tuple[str | None, bool, bool]]:
        rows = self.session.execute(text(_TASKS), {"period": self.period.id})
        return {
            (r.code, r.action, r.tier, r.round, r.second_reading): (r.verifier, r.taken, r.done) for r in rows
        }  # fmt: skip

    def last_ids(self) -> dict[str, int]:
        of = ("audit_event", "outbox_message", "report_event")
        return {name: self.session.scalar(text(f"SELECT coalesce(max(id), 0) FROM {name}")) or 0 for name in of}

    def figures(self) -> dict[str, tuple[int, int]]:
        rows = figures.figures(self.session, self.period, levels=["national"])
        return {row.figure: (row.numerator, row.denominator) for row in rows if row.scope == "pooled"}

    @staticmethod
    def one_of(data: st.DataObject, these: Iterable[Any]) -> Any:
        """In the order of the book, never by ids: they differ from run to run."""
        return data.draw(st.sampled_from(list(these)))
