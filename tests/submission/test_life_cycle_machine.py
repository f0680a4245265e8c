"""Random people at random times drive reports through their life-cycle; what must always hold is checked at each step.

The machine keeps its own small book of what was acknowledged, by rules of its own, and compares the database with it.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text

from ranham.audit import queries as audit
from ranham.compliance import service as compliance
from ranham.cycle import service as cycle
from ranham.kernel.errors import BadInput, RanhamError
from ranham.obligation.models import ExcuseKind
from ranham.obligation.service import approve_excuse, request_excuse
from ranham.submission import drafts, extensions, receiving, reports
from ranham.submission.drafts import DraftContent
from ranham.submission.facts import AnswerInput
from ranham.submission.models import Answer, DraftAnswer
from ranham.submission.receiving import Receipt, Sender
from ranham.submission.reports import Cause, NotPossible, StaleVersion
from ranham.submission.states import Event
from tests.submission import desk
from tests.submission.life_cycle_stage import WINDOW, Stage

UNITS = st.sampled_from(["31", "91"])
ACTIONS = st.sampled_from(["D1", "D2"])
VALUES = st.integers(0, 100)
DONE = datetime(2022, 9, 6, 17, tzinfo=UTC)
"""First instant after the window for everybody."""


class LifeCycle(Stage):
    @initialize(days=st.integers(0, 4))
    def some_days_into_it(self, days: int) -> None:
        self.now += timedelta(days=1 + days)

    @rule(hours=st.integers(1, 30) | st.integers(72, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(unit=UNITS, action=ACTIONS, number=st.sampled_from([1, 2, 3]), value=VALUES, stale=st.booleans())
    def somebody_writes(self, unit: str, action: str, number: int, value: int, stale: bool) -> None:
        def work() -> None:
            report = drafts.begin_edit(self.session, self.key(unit, action), self.period.id, self.by("opd"))
            measure = desk.measure(self.session, self.period, number, action)
            known = self.session.get(DraftAnswer, (report.id, measure))
            seen = (known.version if known else 0) + stale
            content = DraftContent(Answer.PARTLY, Decimal(value), f"catatan {value}")
            drafts.save_answer(self.session, report, measure, content, self.by("opd"), seen_version=seen)
            assert not stale

        self.attempt(work, NotPossible, StaleVersion)

    @rule(unit=UNITS, action=ACTIONS)
    def the_operator_sends_the_draft(self, unit: str, action: str) -> None:
        def work() -> Receipt:
            report = reports.lock_report(self.session, self.key(unit, action), self.period.id, now=self.now)
            answers = drafts.answers_of(self.session, report.id)
            # Evidence is another test's matter: the measure that asks for it says that there is nothing to show.
            answers = [
                AnswerInput(a.measure_id, Answer.NIL, a.value, "tidak ada")
                if a.measure_id == desk.measure(self.session, self.period, 1, action) else a
                for a in answers
            ]  # fmt: skip
            return receiving.receive(self.session, report, answers, self.by("operator"), sender=Sender("web"))

        self.receive(unit, action, work)

    @rule(unit=UNITS, action=ACTIONS, value=VALUES, twice=st.booleans())
    def a_whole_report_arrives(self, unit: str, action: str, value: int, twice: bool) -> None:
        def work() -> Receipt:
            answers = [
                AnswerInput(desk.measure(self.session, self.period, 1, action), Answer.NIL, None, "tidak ada"),
                AnswerInput(desk.measure(self.session, self.period, 2, action), Answer.ACHIEVED, Decimal(value)),
            ]
            report = reports.lock_report(self.session, self.key(unit, action), self.period.id, now=self.now)
            receipt = receiving.receive(self.session, report, answers, self.by("operator"), sender=Sender("api"))
            if twice:
                again = receiving.receive(self.session, report, answers, self.by("operator"), sender=Sender("api"))
                assert (again.submission_id, again.unchanged) == (receipt.submission_id, True)
            return receipt

        self.receive(unit, action, work)

    def receive(self, unit: str, action: str, work: Any) -> None:
        opens, ends = WINDOW[unit]
        receipt = self.attempt(work, NotPossible, BadInput, RanhamError)
        if receipt is None:
            return
        assert self.now >= opens
        kept = self.kept(unit, action)
        if receipt.unchanged:  # what counts already is received again in any state
            return
        assert not kept.taken
        kept.revisions.append(self.answers(receipt.submission_id))
        until = max((t for u, t in self.extended.items() if u in (None, unit)), default=ends)
        own = "on_time" if self.now < ends else "extended" if self.now < until else "late"
        # An answer to a return or a reopening may keep what the report had; anything else is judged by its own moment.
        assert receipt.timeliness in {own, kept.timeliness}
        kept.timeliness, kept.score = receipt.timeliness, None

    @rule(unit=UNITS, action=ACTIONS)
    def a_verifier_takes(self, unit: str, action: str) -> None:
        if self.moved(unit, action, Event.TAKE):
            self.kept(unit, action).taken = True

    @precondition(lambda self: any(kept.revisions for kept in self.book.values()))
    @rule(data=st.data())
    def a_verifier_takes_what_was_sent(self, data: st.DataObject) -> None:
        self.a_verifier_takes(*self.one_of(data, lambda kept: bool(kept.revisions)))

    @rule(unit=UNITS, action=ACTIONS, score=st.integers(0, 10_000))
    def a_verifier_accepts(self, unit: str, action: str, score: int) -> None:
        if self.moved(unit, action, Event.VERIFY, score_bp=score):
            assert self.kept(unit, action).taken
            assert self.kept(unit, action).revisions
            self.kept(unit, action).score = score

    @precondition(lambda self: any(kept.taken for kept in self.book.values()))
    @rule(data=st.data(), accept=st.booleans(), score=st.integers(0, 10_000), hours=st.integers(1, 90))
    def a_verifier_decides_what_was_taken(self, data: st.DataObject, accept: bool, score: int, hours: int) -> None:
        key = self.one_of(data, lambda kept: kept.taken)
        if accept:
            self.a_verifier_accepts(*key, score)
        else:
            self.a_verifier_returns(*key, hours)

    @rule(unit=UNITS, action=ACTIONS, hours=st.integers(1, 90))
    def a_verifier_returns(self, unit: str, action: str, hours: int) -> None:
        def work() -> bool:
            report = reports.lock_report(self.session, self.key(unit, action), self.period.id, now=self.now)
            reports.move(
                self.session, report, Event.RETURN, Cause("verifier", self.now, "no_signature", "tanda tangan")
            )
            report.return_due_at = self.now + timedelta(hours=hours)
            return True

        if self.attempt(work, NotPossible):
            self.kept(unit, action).taken = False

    @rule(unit=UNITS, action=ACTIONS)
    def the_ministry_reopens(self, unit: str, action: str) -> None:
        def work() -> bool:
            cause = Cause("ministry", self.now, "error", "salah")
            reports.reopen(self.session, self.key(unit, action), self.period.id, cause)
            return True

        if self.attempt(work, NotPossible):
            kept = self.kept(unit, action)
            kept.taken, kept.score = False, None

    @precondition(lambda self: len(self.extended) < 2)
    @rule(unit=UNITS, everybody=st.booleans(), days=st.integers(1, 14))
    def more_time_is_given(self, unit: str, everybody: bool, days: int) -> None:
        ends = self.period.ends_at()
        assert ends is not None
        until = ends + timedelta(days=days)

        def work() -> bool:
            unit_id = self.session.scalar(text("SELECT unit_id FROM unit_version WHERE code = :c"), {"c": unit})
            asked = extensions.request(
                self.session, self.period, unit_id=None if everybody else unit_id, until=until, reason="banjir",
                by="operator", now=self.now, cap=timedelta(days=14),
            )  # fmt: skip
            extensions.decide(self.session, asked.id, approve=True, by="ministry", now=self.now)
            return True

        if not self.attempt(work, RanhamError):
            return
        scope = None if everybody else unit
        self.extended[scope] = max(until, self.extended.get(scope, until))
        for (owner, action), kept in self.book.items():
            if (everybody or owner == unit) and kept.timeliness == "late":
                sent_at, timeliness, answers = self.current(owner, action)
                if sent_at < until:
                    assert timeliness == "extended"
                    kept.timeliness = timeliness
                    kept.revisions.append(answers)

    @precondition(lambda self: not self.excused)
    @rule(unit=UNITS, action=ACTIONS)
    def an_obligation_is_excused(self, unit: str, action: str) -> None:
        def work() -> bool:
            asked = request_excuse(
                self.session, self.key(unit, action), self.period.id, kind=ExcuseKind.EXCUSED, justification="x",
                by="operator", now=self.now,
            )  # fmt: skip
            approve_excuse(self.session, asked.id, by="ministry", now=self.now)
            return True

        if self.attempt(work, RanhamError):
            self.excused.add((unit, action))

    @precondition(lambda self: self.now >= DONE and self.closed_figures is None)
    @rule()
    def the_engine_closes(self) -> None:
        cycle.open_period(self.session, self.period, now=self.now)
        assert cycle.close_period(self.session, self.period, now=self.now)
        self.session.expire_all()
        self.closed_figures = self.figures()

    @invariant()
    def no_answer_is_lost_or_changed(self) -> None:
        for (unit, action), kept in self.book.items():
            rows = self.session.scalars(
                text("SELECT id FROM submission WHERE obligation_id = :o AND period_id = :p ORDER BY revision"),
                {"o": self.key(unit, action), "p": self.period.id},
            )
            assert [self.answers(each) for each in rows] == kept.revisions

    @invariant()
    def figures_equal_the_book(self) -> None:
        if not self.period.has_begun(self.now):
            self.refused(lambda: compliance.roll_up(self.session, self.period, now=self.now))
            assert not any(kept.revisions for kept in self.book.values())
            return
        compliance.roll_up(self.session, self.period, now=self.now)
        found = self.figures()
        if self.closed_figures is not None:
            assert found == self.closed_figures
            return
        counted = {k: v for k, v in self.book.items() if k not in self.excused}
        total = 9 - len(self.excused)
        assert found["completeness"] == (sum(bool(v.revisions) for v in counted.values()), total)
        assert found["verified"] == (sum(v.score is not None for v in counted.values()), total)
        for figure, word in (("on_time", "on_time"), ("on_time_within_extension", "extended"), ("late", "late")):
            assert found[figure] == (sum(v.timeliness == word for v in counted.values()), total)

    @invariant()
    def the_audit_chain_is_whole(self) -> None:
        report = audit.verify(self.session)
        assert report.broken_at is None
        moved = self.session.scalar(text("SELECT count(*) FROM report_event WHERE actor <> 'engine'"))
        told = self.session.scalar(text("SELECT count(*) FROM audit_event WHERE subject = 'report'"))
        assert told == moved


@pytest.mark.usefixtures("small_database")
def test_the_life_cycle_holds_under_random_people_and_times(small_database: Engine) -> None:
    LifeCycle.engine = small_database
    run_state_machine_as_test(
        LifeCycle,
        settings=settings(
            max_examples=50, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
