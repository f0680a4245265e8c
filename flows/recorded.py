"""What every flow does around its work: the lease, our record of the run, and the pointers between the two."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from prefect.runtime import flow_run
from sqlalchemy.orm import Session

from flows.showing import show_actions, show_record
from ranham.cycle import lease, service
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period, full_label


@dataclass(slots=True)
class Run:
    id: int
    lease: str
    fence: int
    rows: int = 0
    summary: dict[str, Any] = field(default_factory=dict)


@contextmanager
def recorded(step: Step, period: str) -> Iterator[Run]:
    """Hold the period's lease and keep a record of the run; `Busy` when another run is at the same period."""
    if step is not Step.FREEZE:  # a year, not a period
        # `2022-B08` and `RANHAM-V:2022-B08` are one period and must be one lease.
        with read_session() as session:
            period = full_label(find_period(session, period))
    flow_run_id = str(flow_run.id) if flow_run.id else None
    holder = f"{socket.gethostname()}:{os.getpid()}:{flow_run_id or 'by hand'}"
    name = service.LEASE_PREFIX + period
    with lease.held(name, holder, seconds=settings().lease_seconds) as fence:
        with _hurried() as session:
            run_id = service.begin_run(session, step, period, flow_run_id=flow_run_id, now=clock.now())
        run = Run(run_id, name, fence)
        try:
            show_record(run_id, step, period)
            yield run
        except BaseException as error:
            with _hurried() as session:
                said = f"{type(error).__name__}: {error}"[:2000]
                service.end_run(session, run_id, now=clock.now(), fence=fence, error=said)
            show_actions(step, period, error)
            raise
        with _hurried() as session:
            service.end_run(session, run_id, now=clock.now(), fence=fence, rows=run.rows, summary=run.summary)


@contextmanager
def _hurried() -> Iterator[Session]:
    """A run that is paused here keeps the record of it from nobody."""
    with unit_of_work() as session:
        lease.hurry(session)
        yield session


def hold_on(lease_name: str, fence: int) -> None:
    """Between the parts of a long work that needs no transaction: the whole time of a lease anew, or `Lost`."""
    with unit_of_work() as session:
        lease.renew(session, lease_name, fence, seconds=settings().lease_seconds)
