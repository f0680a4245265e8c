"""Forget what is kept for a time only: contents of old messages, and links that have expired. Again finds nothing."""

from datetime import timedelta

from prefect import flow, get_run_logger, task

from flows.retries import DATABASE
from flows.scheduled import scheduled
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import purge as purge_deliveries
from ranham.reminder.links.addresses import purge_links


@task(name="forget", **DATABASE)
def forget() -> dict[str, int]:
    now = clock.now()
    with unit_of_work() as session:
        contents = purge_deliveries(session, now - timedelta(days=settings().outbox_retention_days), now=now)
        return {"contents": contents, "links": purge_links(session, now=now)}


@flow(name="purge")
@scheduled
def purge() -> dict[str, int]:
    """Number of contents that were emptied, and of links that were deleted."""
    done = forget()
    get_run_logger().info("%s contents emptied, %s links deleted", done["contents"], done["links"])
    return done
