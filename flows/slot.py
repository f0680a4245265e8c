"""The slot of a deployment is held by a lease of Prefect's; it must outlive the silence after which a run is over."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectException

LEASE_SECONDS = 300.0
"""As Prefect's own engine asks for."""
EVERY_SECONDS = 60.0


@contextmanager
def kept(lease: UUID | None) -> Iterator[None]:
    """Renew the lease every minute while the block runs; without a lease nothing is done.

    Prefect's engine does it every 225 seconds. The lease of a run that dies may so end before its silence is noticed,
    another run takes the slot, and the slot that is given back when the dead one shows as crashed is that other run's.
    """
    stopping = threading.Event()
    if lease is not None:
        ours = copy_context()  # in which Prefect keeps the server's address
        threading.Thread(target=ours.run, args=(_renew, lease, stopping), daemon=True, name=f"slot-{lease}").start()
    try:
        yield
    finally:
        stopping.set()


def _renew(lease: UUID, stopping: threading.Event) -> None:
    while not stopping.wait(EVERY_SECONDS):
        try:
            with get_client(sync_client=True) as client:
                client.renew_concurrency_lease(lease, LEASE_SECONDS)
        except (PrefectException, httpx.HTTPError):  # whether it is lost Prefect's engine finds out, and ends the run
            continue
