"""Send what waits in the outbox; again, or beside another worker, sends nothing twice."""

from dataclasses import asdict

from prefect import flow, get_run_logger, task

from flows.retries import DATABASE
from flows.scheduled import scheduled
from flows.showing import Progress, show_table
from ranham.cycle.composers import COMPOSERS, HOLDS
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.outbox.deliveries import Tally, queries, send_due
from ranham.outbox.routes import configured
from ranham.release.webhooks.service import settle


@task(name="send-due", **DATABASE)
def send() -> dict[str, int]:
    """Round after round, until nothing is due that a provider would take."""
    # One for all rounds: a provider that failed is left alone until the next run.
    routes, total = configured(), Tally()
    settle_webhooks()
    with read_session() as session:
        progress = Progress("progress-deliver", queries.count_due(session, now=clock.now()))
    while True:
        tally = send_due(COMPOSERS, holds=HOLDS, now=clock.now, routes=routes)
        total += tally
        progress.reached(total.sent)
        if tally.sent == 0:
            settle_webhooks()
            return asdict(total)


def settle_webhooks() -> None:
    """Those whose receiver is gone are withdrawn, and what waits for withdrawn ones is cancelled."""
    with unit_of_work() as session:
        settle(session, now=clock.now())


@flow(name="deliver")
@scheduled
def deliver() -> int:
    """Number of deliveries that a provider took."""
    total = send()
    with read_session() as session:
        counts = [{**asdict(count), "oldest": count.oldest.isoformat()} for count in queries.counts(session)]
    show_table(counts, key="outbox", description="Deliveries by state and channel")
    get_run_logger().info("%s", ", ".join(f"{name}: {n}" for name, n in total.items() if n) or "nothing due")
    return total["accepted"]
