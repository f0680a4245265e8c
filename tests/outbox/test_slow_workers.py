"""A worker that was taken for dead and lives: what it may still do, and what it may not."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from ranham.outbox.deliveries import Tally
from ranham.outbox.deliveries.claiming import recover
from ranham.outbox.providers import Answer, Letter
from ranham.outbox.routes import Routes
from ranham.outbox.states import Outcome
from tests.outbox.deliveries import NOW, attempts, by_email, make, new, send, states


@dataclass
class Obedient:
    """A provider that takes everything and does something meanwhile."""

    meanwhile: Callable[[Letter], Answer | None]
    name: str = "obedient"
    repeatable: bool = False
    per_minute: int | None = None
    open: bool = False
    got: list[str] = field(default_factory=list)

    def line(self) -> "Obedient":
        return self

    def connect(self) -> None:
        self.open = True

    def send(self, letter: Letter) -> Answer:
        self.got.append(letter.key)
        return self.meanwhile(letter) or Answer(Outcome.ACCEPTED)

    def close(self) -> None:
        self.open = False


def _take_for_dead(engine: Engine) -> tuple[int, int]:
    with Session(engine) as session, session.begin():
        session.execute(text("UPDATE delivery_claim SET until = now() - interval '1 second'"))
        return recover(session, now=NOW)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ACCEPTED, "delivered_to_provider"),
        (Outcome.REFUSED, "permanent_failure"),
        (Outcome.DEFERRED, "temporary_failure"),
    ],
)
def test_what_a_slow_worker_hears_after_all_is_written_and_it_begins_nothing_more(
    application: Engine, outcome: Outcome, state: str
) -> None:
    make(application, new("a"), new("b"), new("c"))
    found: list[tuple[int, int]] = []

    def meanwhile(letter: Letter) -> Answer:
        if letter.key == "b":
            found.append(_take_for_dead(application))
            assert states(application) == {"a": "delivered_to_provider", "b": "unknown", "c": "created"}
            return Answer(outcome, "at last")
        return Answer(Outcome.ACCEPTED)

    slow = Obedient(meanwhile)
    send(by_email(slow), limit=3)  # as many as there are: no second claim
    assert found == [(1, 1)]
    assert slow.got == ["a", "b"]
    assert states(application) == {"a": "delivered_to_provider", "b": state, "c": "created"}
    assert attempts(application, "b") == [(1, outcome.value, "at last")]
    assert send(by_email(Obedient(lambda _: None))) == Tally(accepted=1)


def test_a_claim_that_was_lost_before_anything_went_sends_nothing(
    application: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(application, new("a"))

    class Slow(Obedient):
        def connect(self) -> None:
            super().connect()
            if not self.got:
                self.got.append("connected")
                assert _take_for_dead(application) == (0, 1)

    slow = Slow(lambda _: None)
    # The first claim is lost; the second one, of the same worker, sends.
    assert send(by_email(slow)) == Tally(accepted=1)
    assert slow.got == ["connected", "a"]
    assert attempts(application, "a") == [(1, "accepted", None)]


def test_a_limit_per_minute_counts_what_other_processes_sent(
    application: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(application, *(new(f"m{n}") for n in range(4)))
    limited = Obedient(lambda _: None, per_minute=3)
    assert send(by_email(limited), limit=2) == Tally(accepted=2)
    routes: Routes = by_email(limited)
    send(routes, limit=1)
    assert routes.wait_seconds(limited) > 0
    assert limited.got == ["m0", "m1", "m2"]


def test_each_outcome_is_written_before_the_next_message_begins(
    application: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_OUTBOX_BATCH", "3")
    settings.cache_clear()
    make(application, *(new(key) for key in "abcde"))
    order = "abcde"

    def meanwhile(letter: Letter) -> None:
        seen = states(application)
        at = order.index(letter.key)
        assert {seen[key] for key in order[:at]} <= {"delivered_to_provider"}
        assert seen[letter.key] == "sending"
        with application.connect() as connection:
            reached = connection.scalar(text("SELECT d.key FROM delivery_claim c JOIN delivery d ON d.id = c.reached"))
        assert reached == letter.key

    monkeypatch.setenv("RANHAM_OUTBOX_CONNECTIONS", "1")
    settings.cache_clear()
    assert send(by_email(Obedient(meanwhile))) == Tally(accepted=5)
