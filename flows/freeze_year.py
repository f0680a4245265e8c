"""Freeze a plan year's obligations; again changes nothing."""

from prefect import flow, task

from flows.busy import skipped_when_busy
from flows.recorded import recorded
from flows.retries import DATABASE
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.obligation import service
from ranham.plan.queries import find_plan_year


@task(name="freeze-obligations", **DATABASE)
def freeze_obligations(year: int, regulation: str | None, lease_name: str, fence: int) -> tuple[int, bool]:
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        result = service.freeze(session, find_plan_year(session, year, regulation), now=clock.now())
    return result.obligations, result.created


@flow(name="freeze-year", flow_run_name="freeze-{year}")
@skipped_when_busy
def freeze_year(year: int, regulation: str | None = None) -> int:
    """Obligations of the year, whether frozen now or before."""
    with recorded(Step.FREEZE, f"{regulation or ''}:{year}".strip(":")) as run:
        run.rows, created = freeze_obligations(year, regulation, run.lease, run.fence)
        run.summary = {"created": created}
    return run.rows
