"""The verifiers' queue: filled by the engine, allocated, taken and given back."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ranham.submission.states import Event, State
from ranham.verification import service
from ranham.verification.rules import Interests
from tests.submission.life_cycle_machine.book import READABLE, Kept, Key, Task
from tests.submission.life_cycle_machine.stage import Stage, TaskKey

VERIFIERS = ("budi", "rini", "sari")
CONFLICTED = ("sari", "91")
"""A verifier and the unit that they must not judge, once they have said so."""


class Queueing(Stage):
    @rule()
    def the_engine_fills_the_queue(self) -> None:
        due = {key: kept for key, kept in self.book.items() if kept.state in READABLE and not self.is_read(key)}
        filled = self.attempt(
            lambda: service.fill_queue(self.session, self.period, now=self.now), possible=True, kind="fill"
        )
        assert (filled.tasks, filled.second_readings) == (len(due), 0)  # these are drawn with the decision
        for key, kept in due.items():
            self.tasks[self.next_reading(key, kept)] = Task()
            self.acknowledged["fill in"] += 1

    def is_read(self, key: Key) -> bool:
        return any(task[:2] == key and not task[4] and not each.done for task, each in self.tasks.items())

    def next_reading(self, key: Key, kept: Kept) -> TaskKey:
        """Again where it came back from; else first the regional office, where the unit has one."""
        begins = "pre_check" if key[0] == "31" else "central"
        if kept.last is None:
            return (*key, begins, 1, False)
        verdict, tier, round_ = kept.last
        return (*key, tier if verdict == "return" else begins, round_ + 1, False)

    def waiting(self, tier: str) -> list[TaskKey]:
        return [key for key, task in self.tasks.items() if key[2] == tier and not task.done and task.verifier is None]

    @rule(tier=st.sampled_from(["pre_check", "central"]), names=st.sets(st.sampled_from(VERIFIERS), min_size=1))
    def a_desk_is_allocated(self, tier: str, names: set[str]) -> None:
        who, unit = CONFLICTED
        verifiers = {
            name: Interests(units=frozenset({self.units[unit]} if name == who else ())) for name in sorted(names)
        }
        office = self.office if tier == "pre_check" else None
        made = self.attempt(
            lambda: service.allocate(self.session, self.period, verifiers, office_id=office, now=self.now),
            possible=True, kind="allocate",
        )  # fmt: skip
        self.interests |= {CONFLICTED} if who in names else set()
        keys = {id_: key for key, id_ in self.task_ids().items()}
        given = {keys[id_]: name for id_, name in made.given.items()}
        assert {*given, *(keys[id_] for id_ in made.nobody)} == set(self.waiting(tier))
        for key, name in given.items():
            assert name in names
            assert self.may_have(key, name)
            self.tasks[key].verifier = name
            self.acknowledged["allocated"] += 1
        for id_ in made.nobody:
            assert not any(self.may_have(keys[id_], name) for name in names)

    def may_have(self, key: TaskKey, who: str) -> bool:
        """Open, with nobody else, of no own interest, and no second reading by its first reader."""
        task = self.tasks[key]
        first = self.tasks[(*key[:4], False)]
        return (
            not task.done and task.verifier in (None, who) and (who, key[0]) not in self.interests
            and not (key[4] and first.verifier == who)
        )  # fmt: skip

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def a_verifier_takes(self, data: st.DataObject) -> None:
        open_ = [key for key, task in self.tasks.items() if not task.done]
        self.take(self.one_of(data, open_ or self.tasks), data)

    def take(self, key: TaskKey, data: st.DataObject) -> Any:
        task, report = self.tasks[key], self.book[key[:2]]
        who = self.one_of(data, [*([task.verifier] * 3 if task.verifier else []), *VERIFIERS])
        readable = key[4] or report.state in READABLE | {State.UNDER_VERIFICATION}
        taken = self.attempt(
            lambda: service.take(self.session, self.task_ids()[key], by=who, now=self.now),
            possible=self.may_have(key, who) and readable, kind="take a second" if key[4] else "take",
        )  # fmt: skip
        if taken is None:
            return
        task.verifier, task.revision = who, len(report.revisions)
        if not key[4]:
            self.begin_reading(key[:2])

    def begin_reading(self, key: Key) -> None:
        if self.book[key].state is not State.UNDER_VERIFICATION:
            self.moved(key, Event.TAKE)

    @precondition(lambda self: any(task.verifier for task in self.tasks.values()))
    @rule(data=st.data(), who=st.sampled_from(VERIFIERS))
    def a_task_is_handed_back(self, data: st.DataObject, who: str) -> None:
        key = self.one_of(data, [key for key, task in self.tasks.items() if task.verifier])
        task = self.tasks[key]

        def work() -> bool:
            service.hand_back(self.session, self.task_ids()[key], by=who, now=self.now)
            return True

        if self.attempt(work, possible=not task.done, kind="hand back"):
            task.verifier = task.revision = None
