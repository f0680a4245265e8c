"""Asks Prefect over HTTP to run a step again. Nothing else of the engine depends on its answer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx

from ranham.cycle.models import Step
from ranham.kernel.addresses import shown
from ranham.kernel.errors import Conflict, NotFound, RanhamError
from ranham.kernel.settings import settings
from ranham.plan.queries import split_label

SECONDS = 10.0
FLOWS: Mapping[Step, str] = {
    Step.FREEZE: "freeze-year",
    Step.OPEN: "open-period",
    Step.IMPORT: "import-inbox",
    Step.VERIFY: "fill-queue",
    Step.CLOSE: "close-period",
    Step.PROPOSE: "propose-release",
    Step.PUBLISH: "publish-release",
    Step.DISTRIBUTE: "distribute-release",
}
"""Those whose flow is not called as the step is."""


def flow_of(step: Step) -> str:
    return FLOWS.get(step, step.value.replace("_", "-"))


def parameters_of(step: Step, period: str) -> dict[str, Any]:
    """`period` is a full label."""
    if step is not Step.FREEZE:
        return {"period": period}
    regulation, year, _ = split_label(period)
    return {"year": year, "regulation": regulation}


def rerun(api_url: str, step: Step, period: str) -> str:
    """Id of the flow run that a worker takes next. The step itself decides whether there is anything to do."""
    if step is Step.TICK:
        raise Conflict("the tick is no step of a period; run it with: prefect deployment run tick/tick")
    name = flow_of(step)
    deployment = ask(api_url, "GET", f"/deployments/name/{name}/{name}")
    if deployment is None:
        raise NotFound(f"Prefect has no deployment {name}/{name}; make it with: prefect --no-prompt deploy --all")
    path = f"/deployments/{deployment['id']}/create_flow_run"
    made = ask(api_url, "POST", path, {"parameters": parameters_of(step, period)})
    if made is None:
        raise NotFound(f"the deployment {name}/{name} is gone")
    return str(made["id"])


def ask(api_url: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Prefect's answer; None where the thing is not there. What is raised shows no password of the address."""
    where = shown(api_url)
    try:
        auth = settings().prefect_auth
        answered = httpx.request(method, api_url + path, json=body, auth=auth, timeout=SECONDS, trust_env=False)
        if answered.status_code == HTTPStatus.NOT_FOUND:
            return None
        if answered.status_code == HTTPStatus.UNAUTHORIZED:
            raise RanhamError(f"Prefect's API at {where} asks for another password: set PREFECT_API_AUTH_STRING")
        answered.raise_for_status()
        return answered.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise RanhamError(f"Prefect's API at {where} does not answer ({type(error).__name__})") from None
