"""The usual course of a report: the next thing that people would do with it, so that runs get far."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from ranham.submission.states import State
from ranham.verification.rules import Verdict
from tests.submission.life_cycle_machine.answering import SAID
from tests.submission.life_cycle_machine.book import REQUIRED, Key
from tests.submission.life_cycle_machine.deciding import FULL, LEAST, MARKS, Deciding
from tests.submission.life_cycle_machine.evidencing import CONTENTS, Evidencing
from tests.submission.life_cycle_machine.governing import Governing
from tests.submission.life_cycle_machine.stage import DONE, REPORTS, WINDOW, TaskKey


class Course(Evidencing, Deciding, Governing):
    @rule(key=REPORTS, steps=st.integers(1, 4), data=st.data())
    def things_take_their_course(self, key: Key, steps: int, data: st.DataObject) -> None:
        for _ in range(steps):
            self.next_step(key, data)

    @rule(key=REPORTS, steps=st.integers(1, 4), data=st.data())
    def things_go_on_their_course(self, key: Key, steps: int, data: st.DataObject) -> None:
        """The same again: most of what happens to reports is usual."""
        self.things_take_their_course(key, steps, data)

    def next_step(self, key: Key, data: st.DataObject) -> None:
        report = self.book[key]
        match report.state:
            case State.SUBMITTED | State.RESUBMITTED | State.UNDER_VERIFICATION:
                self.verify(key, data)
            case State.VERIFIED if self.now < DONE:
                self.now = DONE
            case State.VERIFIED if self.opened_at is None:
                self.the_engine_opens()
            case State.VERIFIED:
                self.the_engine_closes()
            case State.FINAL:
                self.the_ministry_reopens(key, "salah")
            case _ if self.bound(report):
                self.the_ministry_reopens(key, "salah")
            case _:
                self.answer(key, data)

    def answer(self, key: Key, data: st.DataObject) -> None:
        self.now = max(self.now, WINDOW[key[0]][0])
        if data.draw(st.booleans()):
            self.a_file_is_uploaded(key[0], data.draw(st.sampled_from(CONTENTS)), False, "letter")
            self.a_file_is_laid_beside(key, 1, self.one_of(data, [file for file in self.files if file[0] == key[0]]))
            for number in REQUIRED:
                self.somebody_writes(key, number, data.draw(SAID), False, False)
            self.the_operator_sends_the_draft(key)
        else:
            first, second = data.draw(SAID), data.draw(SAID)
            self.a_whole_report_arrives(key, first, second, data.draw(st.booleans()), False)

    def verify(self, key: Key, data: st.DataObject) -> None:
        if not self.is_read(key):
            self.the_engine_fills_the_queue()
        [task] = [of for of, each in self.tasks.items() if of[:2] == key and not of[4] and not each.done]
        if self.tasks[task].revision != len(self.book[key].revisions):
            self.take(task, data)
        else:
            self.judge_the_report(task, data)
        for second in [of for of in self.tasks if of[:2] == key and of[4] and not self.tasks[of].done]:
            self.take(second, data)

    def judge_the_report(self, task: TaskKey, data: st.DataObject) -> None:
        marks, verdict = data.draw(MARKS), data.draw(st.sampled_from([Verdict.ACCEPT, Verdict.ACCEPT, Verdict.RETURN]))
        # A return says at least one thing to mend.
        marks = [LEAST, *marks[1:]] if verdict is Verdict.RETURN else data.draw(st.sampled_from([marks, [FULL] * 6]))
        who = self.tasks[task].verifier
        assert who is not None
        self.decide(task, who, marks, REQUIRED, verdict)
