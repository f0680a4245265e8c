"""People who answer: drafts of operators and local agencies, and reports that are sent."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ranham.submission import drafts
from ranham.submission.drafts import DraftContent
from ranham.submission.facts import AnswerInput
from ranham.submission.locating import locate
from ranham.submission.models import Answer, DraftAnswer
from ranham.submission.receiving import Receipt, Sender
from ranham.submission.states import Event, State
from tests.submission.life_cycle_machine.book import Kept, Key, Said, Sent, whole
from tests.submission.life_cycle_machine.stage import REPORTS, WINDOW, Stage

NUMBERS = st.sampled_from([1, 2, 3])
VALUES = st.integers(0, 100).map(Decimal)
SAID = st.one_of(
    st.tuples(st.sampled_from([Answer.ACHIEVED, Answer.PARTLY]), VALUES, st.sampled_from([None, "catatan"])),
    st.tuples(st.just(Answer.NIL), st.none(), st.just("tidak ada")),
)
AGENCY = "dinkes"


class Answering(Stage):
    def edited(self, key: Key) -> Kept:
        kept = self.book[key]
        kept.begin_draft()
        self.moved(key, Event.EDIT)
        return kept

    @rule(key=REPORTS, number=NUMBERS, said=SAID, stale=st.booleans(), agency=st.booleans())
    def somebody_writes(self, key: Key, number: int, said: Said, stale: bool, agency: bool) -> None:
        measure = self.measures[key[1], number]

        def work() -> bool:
            report = drafts.begin_edit(self.session, self.obligations[key], self.period.id, self.by("opd"))
            known = self.session.get(DraftAnswer, (report.id, measure))
            drafts.save_answer(
                self.session, report, measure, DraftContent(*said), self.by("opd"),
                seen_version=(known.version if known else 0) + stale, own_opds={AGENCY} if agency else None,
            )  # fmt: skip
            return True

        asked = not agency or self.book[key].asked.get(number) == AGENCY
        if self.attempt(work, possible=self.may_answer(key) and asked and not stale, kind="write"):
            self.edited(key).draft[number] = said

    @rule(key=REPORTS, number=NUMBERS, agency=st.sampled_from([AGENCY, AGENCY, "disdik", None]))
    def the_operator_asks_an_agency(self, key: Key, number: int, agency: str | None) -> None:
        def work() -> bool:
            report = drafts.begin_edit(self.session, self.obligations[key], self.period.id, self.by("operator"))
            drafts.ask(self.session, report, self.measures[key[1], number], agency, self.by("operator"))
            return True

        if self.attempt(work, possible=self.may_answer(key), kind="ask"):
            kept = self.edited(key)
            kept.draft.setdefault(number, None)
            kept.asked[number] = agency or ""

    @rule(key=REPORTS)
    def the_operator_sends_the_draft(self, key: Key) -> None:
        def work() -> Receipt:
            return drafts.submit(
                self.session, self.obligations[key], self.period.id, self.by("operator"), sender=Sender("web")
            )

        self.send(key, self.book[key].drafted(), work)

    @precondition(lambda self: any(self.sendable(key) for key in self.book))
    @rule(data=st.data())
    def the_operator_sends_a_draft_that_is_whole(self, data: st.DataObject) -> None:
        self.the_operator_sends_the_draft(self.one_of(data, filter(self.sendable, self.book)))

    def sendable(self, key: Key) -> bool:
        return self.may_answer(key) and whole(self.book[key].drafted())

    @rule(key=REPORTS, first=SAID, second=SAID, with_evidence=st.booleans(), twice=st.booleans())
    def a_whole_report_arrives(self, key: Key, first: Said, second: Said, with_evidence: bool, twice: bool) -> None:
        unit, action = key
        files = [(sha, id_) for (owner, sha), (id_, _) in self.files.items() if owner == unit and with_evidence]
        given: Sent = ((1, *first, tuple(sorted(sha for sha, _ in files))), (2, *second, ()))
        answers = [
            AnswerInput(self.measures[action, 1], *first, evidence_ids=tuple(id_ for _, id_ in files)),
            AnswerInput(self.measures[action, 2], *second),
        ]

        def arrive() -> Receipt:
            place = locate(self.session, "RANHAM-T:2022-B08", self.obligations[key], today=self.now.date())
            return drafts.receive_whole(self.session, place, answers, self.by("operator"), sender=Sender("api"))

        def work() -> Receipt:
            receipt = arrive()
            if twice:
                again = arrive()
                assert (again.submission_id, again.unchanged) == (receipt.submission_id, True)
            return receipt

        if self.send(key, given, work):
            self.book[key].replace_draft(given)

    def send(self, key: Key, given: Sent, work: Callable[[], Receipt]) -> Any:
        kept = self.book[key]
        same = bool(kept.revisions) and kept.revisions[-1] == given
        repeated = same and kept.state is not State.RETURNED  # what counts already is received again in any state
        fresh = self.may_answer(key) and self.now >= WINDOW[key[0]][0] and whole(given) and not same
        receipt = self.attempt(work, possible=repeated or fresh, kind="repeat" if repeated else "send")
        if receipt is None:
            return None
        assert receipt.unchanged is repeated
        if not repeated:
            self.judge(kept, key[0])
            kept.revisions.append(given)
            self.moved(key, Event.SUBMIT)
            kept.return_due_at = None
        assert (receipt.timeliness, receipt.revision) == (kept.timeliness, len(kept.revisions))
        return receipt

    def judge(self, kept: Kept, unit: str) -> None:
        """An answer to a return in time or to a reopening keeps what the report had; else its own moment counts."""
        in_time = kept.state is State.RETURNED and kept.return_due_at is not None and self.now < kept.return_due_at
        if kept.revisions and (in_time or kept.state is State.REOPENED):
            return
        ends, kept.moment = WINDOW[unit][1], self.now
        kept.timeliness = (
            "on_time" if self.now < ends else "extended" if self.now < self.extended_until(unit) else "late"
        )
