"""Which failures of a task are worth another try: the database went away, or ended what lay idle; nothing else."""

from typing import Any

from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task
from psycopg.errors import IdleInTransactionSessionTimeout
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError


def database_went_away(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    try:
        state.result()
    except (OperationalError, InterfaceError):
        return True
    except InternalError as error:
        # We were paused; tried again, the fence says whether somebody took over meanwhile.
        return isinstance(error.orig, IdleInTransactionSessionTimeout)
    except Exception:  # noqa: BLE001 - whatever else it was, trying again does not mend it
        return False
    return False


DATABASE: dict[str, Any] = {
    "retries": 5,
    "retry_delay_seconds": [1, 5, 15, 30, 60],
    "retry_condition_fn": database_went_away,
    "cache_policy": NO_CACHE,
    "persist_result": False,
}
"""Options of every task that touches the database."""
