"""Those who govern a period: more time, excuses, reopenings, and the engine that opens, closes and makes final."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ranham.cycle import service as cycle
from ranham.obligation import service as obligation
from ranham.obligation.models import ExcuseKind
from ranham.submission import extensions, reports
from ranham.submission.reports import Cause
from ranham.submission.states import Event, State
from tests.submission.life_cycle_machine.book import Asked, Key, figures_of
from tests.submission.life_cycle_machine.stage import DONE, KEYS, OPENS, REPORTS, Stage

CAP = timedelta(days=14)
PEOPLE = st.sampled_from(["ministry", "ministry", "operator"])
"""Who decides; the operator is who asks, and must not."""


class Governing(Stage):
    @precondition(lambda self: len(self.extensions) < 3)
    @rule(unit=st.sampled_from(["31", "91", None]), days=st.integers(0, 15))
    def more_time_is_asked_for(self, unit: str | None, days: int) -> None:
        until = DONE + timedelta(days=days)
        asked = self.attempt(
            lambda: extensions.request(
                self.session, self.period, unit_id=self.units[unit] if unit else None, until=until, reason="banjir",
                by="operator", now=self.now, cap=CAP,
            ),
            possible=self.closed_at is None and 0 < days <= CAP.days, kind="ask for time",
        )  # fmt: skip
        if asked:
            self.extensions.append(Asked(asked.id, "operator", unit=unit, until=until))

    @precondition(lambda self: self.extensions)
    @rule(data=st.data(), approve=st.sampled_from([True, True, False]), who=PEOPLE)
    def more_time_is_decided_on(self, data: st.DataObject, approve: bool, who: str) -> None:
        asked: Asked = self.one_of(data, self.extensions)
        open_ = asked.approved is None and self.closed_at is None
        outcome = self.attempt(
            lambda: extensions.decide(self.session, asked.id, approve=approve, by=who, now=self.now),
            possible=who != asked.by and (open_ or asked.approved is approve), kind="time" if approve else "no time",
        )  # fmt: skip
        if outcome is None:
            return
        covered = self.covered(asked) if approve and asked.approved is None else []
        assert outcome.reports_now_extended == len(covered)
        asked.approved = approve
        for key in covered:
            self.acknowledged["covered"] += 1
            kept = self.book[key]
            kept.timeliness = "extended"
            kept.revisions.append(kept.revisions[-1])

    def covered(self, asked: Asked) -> list[Key]:
        return [
            key for key, kept in self.book.items()
            if asked.unit in (None, key[0]) and kept.timeliness == "late" and kept.moment and asked.until
            and kept.moment < asked.until
        ]  # fmt: skip

    @precondition(lambda self: len(self.excuses) < 3)
    @rule(key=REPORTS, kind=st.sampled_from(ExcuseKind))
    def an_excuse_is_asked_for(self, key: Key, kind: ExcuseKind) -> None:
        stands = any(each.key == key and each.approved is not False for each in self.excuses)
        asked = self.attempt(
            lambda: obligation.request_excuse(
                self.session, self.obligations[key], self.period.id, kind=kind, justification="bukan kewenangan",
                by="operator", now=self.now,
            ),
            possible=self.closed_at is None and not stands, kind="ask for an excuse",
        )  # fmt: skip
        if asked:
            self.excuses.append(Asked(asked.id, "operator", key=key))

    @precondition(lambda self: self.excuses)
    @rule(data=st.data(), approve=st.booleans(), who=PEOPLE)
    def an_excuse_is_decided_on(self, data: st.DataObject, approve: bool, who: str) -> None:
        asked: Asked = self.one_of(data, self.excuses)

        def work() -> Any:
            if approve:
                return obligation.approve_excuse(self.session, asked.id, by=who, now=self.now)
            return obligation.decline_excuse(self.session, asked.id, reason="wajib", by=who, now=self.now)

        word = "approved" if approve else "declined"
        possible = self.closed_at is None and who != asked.by and asked.approved in (None, approve)
        if self.attempt(work, possible=possible, kind=f"excuse {word}") and asked.approved is None:
            asked.approved = approve
            self.chain.append((f"excuse.{word}", asked.id))
            self.outbox.append((f"excuse.{word}", asked.id))

    @rule(key=REPORTS, remark=st.sampled_from(["salah", "salah", " "]))
    def the_ministry_reopens(self, key: Key, remark: str) -> None:
        kept = self.book[key]
        heard = kept.state in (State.VERIFIED, State.FINAL)
        late = self.bound(kept) and kept.state not in (State.UNDER_VERIFICATION, State.REOPENED)
        reopened = self.attempt(
            lambda: reports.reopen(
                self.session, self.obligations[key], self.period.id, Cause("ministry", self.now, "error", remark)
            ),
            possible=bool(remark.strip()) and (heard or late), kind="reopen",
        )  # fmt: skip
        if reopened:
            self.acknowledged["reopen after the close"] += self.closed_at is not None
            kept.score, kept.reopened_at = None, self.now
            self.moved(key, Event.REOPEN)

    @rule()
    def the_engine_opens(self) -> None:
        opened = self.attempt(
            lambda: (cycle.open_period(self.session, self.period, now=self.now),),
            possible=self.now >= OPENS, kind="open",
        )  # fmt: skip
        if opened:
            assert opened == (self.opened_at is None,)
            self.opened_at = self.opened_at or self.now

    @precondition(lambda self: self.opened_at is not None)
    @rule()
    def the_engine_closes(self) -> None:
        closed = self.attempt(
            lambda: (cycle.close_period(self.session, self.period, now=self.now),),
            possible=self.closed_at is not None or self.now >= DONE, kind="close",
        )  # fmt: skip
        if not closed:
            return
        assert closed == (self.closed_at is None,)
        self.session.expire_all()
        self.make_final()
        if self.closed_at is None:
            self.closed_at, self.closed_figures = self.now, figures_of(self.book, self.excused)

    def make_final(self) -> None:
        """All that is verified, told once for all of them."""
        final = [key for key in KEYS if self.book[key].state is State.VERIFIED]
        for key in final:
            self.book[key].move(Event.FINALIZE)
            self.acknowledged["final after the close" if self.closed_at else "final"] += 1
        if final:
            self.chain.append(("reports.finalize", self.period.id))
            self.outbox.append(("reports.finalize", self.period.id))
