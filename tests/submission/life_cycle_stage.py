"""The stage of the life-cycle machine: a database to itself, a clock, and the book of what was acknowledged."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.compliance import queries as figures
from ranham.kernel.errors import Conflict
from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission import reports
from ranham.submission.reports import Cause, NotPossible
from ranham.submission.states import Event
from tests.submission import desk

START = datetime(2022, 8, 30, tzinfo=UTC)
WINDOW = {"31": (datetime(2022, 8, 31, 17, tzinfo=UTC), datetime(2022, 9, 6, 17, tzinfo=UTC)),
          "91": (datetime(2022, 8, 31, 15, tzinfo=UTC), datetime(2022, 9, 6, 15, tzinfo=UTC))}  # fmt: skip
"""First instant of the window and first after it, in UTC: of Jakarta, and of Papua two hours ahead."""


@dataclass
class Kept:
    """What the outside world was told of one report."""

    revisions: list[tuple[str, ...]] = field(default_factory=list)
    timeliness: str | None = None
    score: int | None = None
    taken: bool = False


class Stage(RuleBasedStateMachine):
    engine: ClassVar[Engine]

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.period: PeriodInfo = find_period(self.session, "RANHAM-T:2022-B08")
        self.now = START
        self.book: dict[tuple[str, str], Kept] = {}
        self.excused: set[tuple[str, str]] = set()
        self.extended: dict[str | None, datetime] = {}
        self.closed_figures: dict[str, tuple[int, int]] | None = None

    def teardown(self) -> None:
        self.session.close()
        self.transaction.rollback()
        self.connection.close()

    def attempt(self, work: Any, *expected: type[Exception]) -> Any:
        """Refusals leave nothing behind, as at any door: the work is undone to its beginning."""
        try:
            with self.session.begin_nested():
                return work()
        except expected:
            self.session.expire_all()
            return None

    def refused(self, work: Callable[[], Any]) -> None:
        with pytest.raises(Conflict), self.session.begin_nested():
            work()

    def key(self, unit: str, action: str) -> int:
        return desk.obligation(self.session, unit, action)

    def kept(self, unit: str, action: str) -> Kept:
        return self.book.setdefault((unit, action), Kept())

    def one_of(self, data: st.DataObject, wanted: Callable[[Kept], bool]) -> tuple[str, str]:
        return data.draw(st.sampled_from(sorted(key for key, kept in self.book.items() if wanted(kept))))

    def by(self, role: str) -> Cause:
        return Cause(role, self.now)

    def moved(self, unit: str, action: str, event: Event, **more: Any) -> bool:
        def work() -> bool:
            report = reports.lock_report(self.session, self.key(unit, action), self.period.id, now=self.now)
            reports.move(self.session, report, event, self.by("verifier"), **more)
            return True

        return bool(self.attempt(work, NotPossible))

    def answers(self, submission_id: int) -> tuple[str, ...]:
        rows = self.session.scalars(
            text("""SELECT ROW(measure_id, answer, value, note)::text FROM measure_answer
                    WHERE submission_id = :id ORDER BY measure_id"""),
            {"id": submission_id},
        )
        return tuple(rows)

    def current(self, unit: str, action: str) -> tuple[datetime, str, tuple[str, ...]]:
        row = self.session.execute(
            text("SELECT id, submitted_at, timeliness FROM submission WHERE obligation_id = :o AND is_current"),
            {"o": self.key(unit, action)},
        ).one()
        return row.submitted_at, row.timeliness, self.answers(row.id)

    def figures(self) -> dict[str, tuple[int, int]]:
        rows = figures.figures(self.session, self.period, levels=["national"])
        return {row.figure: (row.numerator, row.denominator) for row in rows if row.scope == "pooled"}
