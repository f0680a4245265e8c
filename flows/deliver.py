"""Send what waits in the outbox; again, or beside another worker, sends nothing twice."""

from dataclasses import asdict

from prefect import flow, get_run_logger, task

from flows.retries import DATABASE
from flows.scheduled import scheduled
from flows.showing import Progress, show_table
from ranham.cycle.composers import COMPOSERS, HOLDS
from ranham.kernel import clock
from ranham.kernel.database import read_session
from ranham.outbox.deliveries import Tally, queries
from ranham.release.webhooks.sending import send_rounds


@task(name="send-due", **DATABASE)
def send() -> dict[str, int]:
    """Round after round, until nothing is due that a provider would take."""
    total = Tally()
    with read_session() as session:
        due, _ = queries.count_due(session, now=clock.now())
    progress = Progress("progress-deliver", due)
    for tally in send_rounds(COMPOSERS, HOLDS, now=clock.now):
        total += tally
        progress.reached(total.sent)
    return asdict(total)


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
