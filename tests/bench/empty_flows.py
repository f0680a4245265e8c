"""A flow whose tasks do nothing: what Prefect itself costs."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE


@task(name="nothing", cache_policy=NO_CACHE)
def nothing() -> None:
    return None


@flow(name="empty")
def empty(tasks: int) -> None:
    for _ in range(tasks):
        nothing()
