"""Verifiers decide: marks, scores, returns with a deadline, second readings, and what is accepted among others."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ranham.submission.states import Event, State
from ranham.verification import service
from ranham.verification.rules import Aspect, Decision, Mark, MeasureMark, ReasonCode, Verdict
from tests.submission.life_cycle_machine.book import MOST_RETURNS, READABLE, REQUIRED, Key, Task, score_of
from tests.submission.life_cycle_machine.queueing import VERIFIERS, Queueing
from tests.submission.life_cycle_machine.stage import DONE, TaskKey

CLOSE_AFTER = 30
RETURN_DAYS = timedelta(days=3)
FULL, LEAST = Mark.FULFILLED, Mark.NOT_FULFILLED
MARKS = st.lists(st.sampled_from([FULL, FULL, Mark.PARTLY, LEAST]), min_size=6, max_size=6)


def marked(marks: list[Mark], measures: tuple[int, ...]) -> list[MeasureMark]:
    each = [(number, aspect) for number in measures for aspect in Aspect]
    return [
        MeasureMark(number, aspect, mark, None if mark is FULL else ReasonCode.INCOMPLETE)
        for (number, aspect), mark in zip(each, marks, strict=False)
    ]


class Deciding(Queueing):
    @precondition(lambda self: self.in_hand())
    @rule(
        data=st.data(), marks=MARKS, measures=st.sampled_from([REQUIRED, REQUIRED, (1, 2, 3), (1,)]),
        verdict=st.sampled_from([Verdict.ACCEPT, Verdict.ACCEPT, Verdict.RETURN, Verdict.PASS_ON]),
    )  # fmt: skip
    def a_verifier_decides(
        self, data: st.DataObject, marks: list[Mark], measures: tuple[int, ...], verdict: Verdict
    ) -> None:
        key = self.one_of(data, self.in_hand())
        who = self.one_of(data, [*[self.tasks[key].verifier] * 3, *VERIFIERS])
        self.decide(key, who, marks, measures, verdict)

    def decide(self, key: TaskKey, who: str, marks: list[Mark], measures: tuple[int, ...], verdict: Verdict) -> None:
        decision = Decision(verdict, marked(marks, measures))
        possible = self.may_decide(key, who) and self.is_whole(key, decision) and self.may_return(key, verdict)
        kind = f"{verdict}, second" if key[4] else f"{verdict} in {key[2]}"
        outcome = self.attempt(
            lambda: service.decide(
                self.session, self.task_ids()[key], decision, by=who, now=self.now, close_after_days=CLOSE_AFTER
            ),
            possible=possible, kind=kind,
        )  # fmt: skip
        if outcome is None:
            return
        scored = verdict is Verdict.ACCEPT and key[2] == "central"
        assert outcome.score_bp == (score_of(decision.marks) if scored else None)
        deadline = self.deadline(key) if verdict is Verdict.RETURN and not key[4] else None
        assert outcome.new_deadline == deadline
        self.tasks[key].done = True
        if not key[4]:
            self.carry_out(key, verdict, outcome.score_bp, deadline)
        assert outcome.state is self.book[key[:2]].state

    @precondition(lambda self: self.in_hand())
    @rule(data=st.data())
    def a_verifier_is_content(self, data: st.DataObject) -> None:
        """Accepts in full: the way by which most reports get to their end."""
        self.a_verifier_decides(data, [FULL] * 6, REQUIRED, Verdict.ACCEPT)

    def in_hand(self) -> list[TaskKey]:
        return [key for key, task in self.tasks.items() if task.revision is not None and not task.done]

    def may_decide(self, key: TaskKey, who: str) -> bool:
        report = self.book[key[:2]]
        moved_on = report.state is not State.UNDER_VERIFICATION or self.tasks[key].revision != len(report.revisions)
        return self.may_have(key, who) and (key[4] or not moved_on)

    def is_whole(self, key: TaskKey, decision: Decision) -> bool:
        last = key[2] == "central"
        if decision.verdict is Verdict.RETURN:
            return any(mark.mark is not FULL for mark in decision.marks)
        numbers = {mark.measure_no for mark in decision.marks}
        return not last or (decision.verdict is Verdict.ACCEPT and numbers >= set(REQUIRED))

    def may_return(self, key: TaskKey, verdict: Verdict) -> bool:
        if verdict is not Verdict.RETURN or key[4]:
            return True
        report = self.book[key[:2]]
        return report.returns < MOST_RETURNS and self.deadline(key) > self.now

    def deadline(self, key: TaskKey) -> datetime:
        """Three days, and never past the close that binds the report."""
        report = self.book[key[:2]]
        if self.bound(report):
            return self.now
        if self.closed_at is not None:
            return self.now + RETURN_DAYS
        return min(self.now + RETURN_DAYS, max(DONE, self.opened_at or DONE) + timedelta(days=CLOSE_AFTER))

    def carry_out(self, key: TaskKey, verdict: Verdict, score: int | None, deadline: datetime | None) -> None:
        unit, action, tier, round_, _ = key
        report = self.book[unit, action]
        if tier == "central":
            self.tasks[(*key[:4], True)] = Task()
        if verdict is Verdict.RETURN:
            report.returns, report.return_due_at = report.returns + 1, deadline
            self.moved((unit, action), Event.RETURN)
        elif tier == "pre_check":
            verdict = Verdict.PASS_ON
            self.tasks[unit, action, "central", round_, False] = Task()
        else:
            report.score = score
            self.moved((unit, action), Event.VERIFY)
        report.last = (verdict, tier, round_)

    @rule(tier=st.sampled_from(["pre_check", "central"]), who=st.sampled_from(VERIFIERS))
    def a_verifier_accepts_what_is_flawless(self, tier: str, who: str) -> None:
        office = self.office if tier == "pre_check" else None
        made = self.attempt(
            lambda: service.batch_accept(self.session, self.period, office_id=office, by=who, now=self.now),
            possible=True, kind="accept in batch",
        )  # fmt: skip
        keys = {id_: key for key, id_ in self.task_ids().items()}
        open_ = {key for key, task in self.tasks.items() if key[2] == tier and not task.done and not key[4]}
        flawless = {key for key in open_ if self.may_have(key, who) and self.is_flawless(key)}
        accepted = [keys[id_] for id_ in made.task_ids]
        assert set(accepted) == flawless
        assert {keys[id_] for id_ in made.left} == open_ - flawless
        for key in accepted:
            self.acknowledged["accepted in batch"] += 1
            report = self.book[key[:2]]
            self.tasks[key] = Task(who, len(report.revisions), done=True)
            self.begin_reading(key[:2])
            self.carry_out(key, Verdict.ACCEPT, score_of(marked([FULL] * 6, REQUIRED)), None)

    def is_flawless(self, key: TaskKey) -> bool:
        report = self.book[key[:2]]
        readable = report.state in READABLE | {State.UNDER_VERIFICATION}
        return readable and key[3] == 1 and report.timeliness != "late" and report.achieved and not self.weak(key[:2])

    def weak(self, key: Key) -> bool:
        """Some of its evidence is said to be unsigned."""
        sent = self.book[key].revisions[-1]
        return any(self.files[key[0], sha][1] for *_, files in sent for sha in files)
