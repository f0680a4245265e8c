"""What must hold after every step, whoever did it: the database says what the book says, and nothing else."""

from typing import Any

import pytest
from hypothesis.stateful import invariant
from sqlalchemy import text

from ranham.audit import queries as audit
from ranham.compliance import service as compliance
from ranham.kernel.errors import Conflict
from ranham.submission.models import Answer
from ranham.submission.states import TRANSITIONS, Event, State
from tests.submission.life_cycle_machine.book import Sent, figures_of
from tests.submission.life_cycle_machine.stage import Stage

_REVISIONS = """
SELECT s.obligation_id, s.revision, m.number, a.answer, a.value, a.note, a.evidence, s.is_current,
       ARRAY(SELECT e.sha256 FROM answer_evidence l JOIN evidence e ON e.id = l.evidence_id
             WHERE l.submission_id = s.id AND l.measure_id = m.id ORDER BY 1) AS kept
FROM submission s JOIN measure_answer a ON a.submission_id = s.id JOIN measure m ON m.id = a.measure_id
WHERE s.period_id = :period ORDER BY s.obligation_id, s.revision, m.number
"""
_DRAFTS = """
SELECT r.obligation_id, m.number, d.answer, d.value, d.note,
       ARRAY(SELECT e.sha256 FROM draft_evidence l JOIN evidence e ON e.id = l.evidence_id
             WHERE l.report_id = r.id AND l.measure_id = m.id ORDER BY 1) AS files
FROM draft_answer d JOIN report r ON r.id = d.report_id JOIN measure m ON m.id = d.measure_id
WHERE r.period_id = :period AND d.answer IS NOT NULL ORDER BY r.obligation_id, m.number
"""
_EVENTS = """
SELECT obligation_id, event, from_state, to_state FROM report_event WHERE period_id = :period AND id > :since ORDER BY id
"""
_UNFOUNDED = """
SELECT r.id FROM report r WHERE r.period_id = :period AND r.score_bp IS NOT NULL AND r.score_bp IS DISTINCT FROM (
    SELECT d.score_bp FROM verification_decision d JOIN verification_task t ON t.id = d.task_id
    WHERE t.report_id = r.id AND t.tier = 'central' AND NOT t.second_reading ORDER BY d.id DESC LIMIT 1)
"""
_CHAIN = """
SELECT payload::jsonb ->> 'kind', (payload::jsonb ->> 'subject_id')::bigint FROM audit_event WHERE id > :since ORDER BY id
"""
_OUTBOX = """
SELECT topic, coalesce(payload -> 'report_id', payload -> 'excuse_id', payload -> 'period_id')::bigint
FROM outbox_message WHERE id > :since ORDER BY id
"""


class Holding(Stage):
    def rows(self, statement: str, since: str = "report_event") -> Any:
        return self.session.execute(text(statement), {"period": self.period.id, "since": self.before[since]}).all()

    @invariant()
    def no_answer_is_lost_or_changed(self) -> None:
        found: dict[tuple[int, int], Any] = {}
        current: dict[int, list[int]] = {}
        for row in self.rows(_REVISIONS):
            assert row.evidence == row.kept
            said = (row.number, Answer(row.answer), row.value, row.note, tuple(row.kept))
            found.setdefault((row.obligation_id, row.revision), []).append(said)
            if row.is_current and row.revision not in current.setdefault(row.obligation_id, []):
                current[row.obligation_id].append(row.revision)
        told: dict[tuple[int, int], Sent] = {
            (self.obligations[key], number): sent
            for key, kept in self.book.items() for number, sent in enumerate(kept.revisions, 1)
        }  # fmt: skip
        assert {key: tuple(sent) for key, sent in found.items()} == told
        # One revision of a report counts: the last.
        assert current == {self.obligations[k]: [len(v.revisions)] for k, v in self.book.items() if v.revisions}

    @invariant()
    def no_draft_is_lost(self) -> None:
        found: dict[int, Any] = {}
        for row in self.rows(_DRAFTS):
            said = (row.number, Answer(row.answer), row.value, row.note, tuple(row.files))
            found.setdefault(row.obligation_id, []).append(said)
        told = {self.obligations[key]: kept.drafted() for key, kept in self.book.items() if kept.drafted()}
        assert {key: tuple(sent) for key, sent in found.items()} == told

    @invariant()
    def every_transition_is_of_the_table_and_was_acknowledged_once(self) -> None:
        found: dict[int, list[tuple[str, str, str]]] = {}
        for owed, event, before, after in self.rows(_EVENTS):
            assert TRANSITIONS[State(before), Event(event)] is State(after)
            found.setdefault(owed, []).append((event, before, after))
        told = {self.obligations[key]: kept.moves for key, kept in self.book.items() if kept.moves}
        assert found == told
        states = self.rows("SELECT obligation_id, state, version FROM report WHERE period_id = :period")
        for owed, state, version in states:
            [kept] = [kept for key, kept in self.book.items() if self.obligations[key] == owed]
            assert (state, version) == (kept.state, 1 + len(kept.moves))

    @invariant()
    def the_queue_is_as_it_was_told(self) -> None:
        told = {key: (task.verifier, task.revision is not None, task.done) for key, task in self.tasks.items()}
        assert self.told_tasks() == told
        for key in self.book:
            firsts = [task for of, task in self.tasks.items() if of[:2] == key and not of[4] and not task.done]
            assert len(firsts) <= 1

    @invariant()
    def the_chain_is_whole_and_every_event_in_it_once(self) -> None:
        assert audit.verify(self.session).broken_at is None
        assert [tuple(row) for row in self.rows(_CHAIN, "audit_event")] == self.chain
        assert [tuple(row) for row in self.rows(_OUTBOX, "outbox_message")] == self.outbox

    @invariant()
    def figures_equal_the_book(self) -> None:
        if not self.period.has_begun(self.now):
            assert not any(kept.revisions for kept in self.book.values())
            with pytest.raises(Conflict), self.session.begin_nested():
                compliance.roll_up(self.session, self.period, now=self.now)
            return
        compliance.roll_up(self.session, self.period, now=self.now)
        assert self.figures() == (self.closed_figures or figures_of(self.book, self.excused))
        assert not self.rows(_UNFOUNDED)
