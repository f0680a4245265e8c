"""Bring reports that came into the verifiers' queues; again changes nothing."""

from dataclasses import asdict

from prefect import flow, task

from flows.busy import skipped_when_busy
from flows.recorded import recorded
from flows.retries import DATABASE
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.plan.queries import find_period
from ranham.verification import service


@task(name="fill-queue", **DATABASE)
def fill(period: str, lease_name: str, fence: int) -> dict[str, int]:
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        return asdict(service.fill_queue(session, find_period(session, period), now=clock.now()))


@flow(name="fill-queue", flow_run_name="fill-queue-{period}")
@skipped_when_busy
def fill_queue(period: str) -> int:
    """Readings that were made: first ones, and blind second ones."""
    with recorded(Step.VERIFY, period) as run:
        run.summary = fill(period, run.lease, run.fence)
        run.rows = run.summary["tasks"] + run.summary["second_readings"]
    return run.rows
