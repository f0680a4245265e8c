"""The messages of a batch, one after the other over one connection; each outcome is committed before the next begins."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ranham.outbox.deliveries.claiming import Batch, Claimed
from ranham.outbox.deliveries.composing import ClaimLost
from ranham.outbox.deliveries.recording import Attempt, Record
from ranham.outbox.providers import Answer, Letter, Line, Provider
from ranham.outbox.routes import Routes
from ranham.outbox.rules import Backoff, Settled, settle
from ranham.outbox.shapes import Tally
from ranham.outbox.states import Event, Outcome

UNMADE = Answer(Outcome.UNMADE, "its content could not be made")
COUNTED: Mapping[Event, Tally] = {
    Event.ACCEPT: Tally(accepted=1),
    Event.DEFER: Tally(deferred=1),
    Event.REFUSE: Tally(refused=1),
    Event.FAIL: Tally(failed=1),
    Event.LOSE: Tally(unknown=1),
}


@dataclass(slots=True)
class Run:
    """What one thread holds: its connections to providers, and its own to the database."""

    record: Record
    routes: Routes
    now: Callable[[], datetime]
    backoff: Backoff
    lines: dict[str, Line] = field(default_factory=dict)
    marked: int | None = None
    """The delivery that the database knows as the one that may be begun."""
    tally: Tally = field(default_factory=Tally)

    def send(self, batch: Batch, letters: Mapping[int, Letter], left_out: Collection[int]) -> Tally:
        """Send what there is a letter for; what comes back with no outcome was not begun."""
        self.marked = None
        self.tally = Tally()
        rows = [row for row in batch.rows if row.due.id not in left_out]
        sendable = [row for row in rows if row.due.id in letters]
        try:
            for row in rows:
                if row.due.id not in letters:
                    now = self.now()
                    self._write(batch.claim, row, Attempt(row.due.id, row.attempts + 1, None, now, now, UNMADE))
            for place, row in enumerate(sendable):
                provider = self.routes.choose(row.due.channel)
                if provider is None:
                    break
                if row.expires_at is None or row.expires_at > self.now():
                    attempt = self._attempt(batch.claim, row, letters[row.due.id], provider)
                    self._write(batch.claim, row, attempt, sendable[place + 1 :])
        except ClaimLost:
            pass  # whoever took it sends the rest
        return self.tally

    def close(self) -> None:
        for line in self.lines.values():
            line.close()
        self.record.close()

    def _attempt(self, claim: int, row: Claimed, letter: Letter, provider: Provider) -> Attempt:
        began = self.now()
        answer = self._hand_over(claim, letter, provider)
        match answer.outcome:
            case _ if answer.alone:
                self.routes.worked(provider)
            case Outcome.UNREACHABLE | Outcome.UNKNOWN:
                self.routes.failed(provider, for_good=False)
            case Outcome.MISCONFIGURED:
                self.routes.failed(provider, for_good=True)
            case _:
                self.routes.worked(provider)
        return Attempt(letter.id, row.attempts + 1, provider, began, self.now(), answer)

    def _hand_over(self, claim: int, letter: Letter, provider: Provider) -> Answer:
        line = self.lines.get(provider.name)
        if line is None:
            line = self.lines[provider.name] = provider.line()
        if not line.open:
            self._mark(claim, None, None)
            failed = line.connect()
            if failed is not None:
                return failed
        while wait := self.routes.wait_seconds(provider):
            self._mark(claim, None, None, beat=True)
            time.sleep(min(wait, self.record.life_seconds / 3))
        if not provider.repeatable:
            self._mark(claim, letter.id, provider)
        return line.send(letter)

    def _mark(self, claim: int, reached: int | None, provider: Provider | None, *, beat: bool = False) -> None:
        """Nothing may go before the database knows that it may go."""
        if reached != self.marked or beat:
            if not self.record.mark(claim, reached, provider):
                raise ClaimLost
            self.marked = reached

    def _write(self, claim: int, row: Claimed, attempt: Attempt, rest: Sequence[Claimed] = ()) -> None:
        settled = self._settle(row, attempt)
        following = self._following(attempt.provider, rest)
        held = self.record.write(claim, attempt, settled, following)
        self.marked = following[0]
        self.tally += COUNTED[settled.event]
        if not held:
            raise ClaimLost

    def _settle(self, row: Claimed, attempt: Attempt) -> Settled:
        answer, number = attempt.answer, attempt.number
        ours = answer.outcome is Outcome.MISCONFIGURED and not answer.alone
        if ours and self.routes.choose(row.due.channel) is not None:
            return Settled(Event.DEFER, answer.reply, attempt.ended)  # the next provider may do better, at once
        again = attempt.provider is not None and attempt.provider.repeatable
        return settle(
            answer.outcome, answer.reply, number, backoff=self.backoff, now=attempt.ended, repeatable=again,
            asked_seconds=answer.wait_seconds,
        )  # fmt: skip

    def _following(self, provider: Provider | None, rest: Sequence[Claimed]) -> tuple[int | None, Provider | None]:
        """The one that is begun at once, if any: saying so with the outcome of the last saves a commit."""
        if not rest or provider is None or provider.repeatable or provider.per_minute is not None:
            return None, None
        return (rest[0].due.id, provider) if self.lines[provider.name].open else (None, None)
