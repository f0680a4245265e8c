"""Prefect: reachable, of our version, with the deployments that prefect.yaml says, and a worker that takes runs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import yaml

from ranham.cycle.doctor.commands import with_secrets
from ranham.cycle.doctor.verdicts import Verdict, failed, ok, warning
from ranham.cycle.scheduler import ask
from ranham.cycle.silence import HEARTBEAT, SILENCE
from ranham.kernel import clock
from ranham.kernel.addresses import shown
from ranham.kernel.migrations import ROOT
from ranham.kernel.settings import settings

FILE = ROOT / "prefect.yaml"
DEPLOY = "prefect --no-prompt deploy --all"
START = "prefect worker start --pool ranham --type process"
SILENT = timedelta(seconds=90)
"""Three heartbeats of a worker."""
APPLY = "python -m flows.automations apply"
CREATE = "prefect work-pool create ranham --type process"
AT_WORK = ["PENDING", "RUNNING", "CANCELLING"]
LATE = {"flow_runs": {"state": {"name": {"any_": ["Late"]}}}}


def server() -> list[Verdict]:
    url = settings().prefect_api_url
    theirs, ours = ask(url, "GET", "/admin/version"), version("prefect")
    if theirs != ours:
        mend = f"run a server of version {ours}, or install that version here"
        return [failed("prefect", f"the server is version {theirs}, we are {ours}", mend)]
    return [ok("prefect", f"{theirs} at {shown(url)}")]


def deployments() -> list[Verdict]:
    """Drift is what a person changed in the pages, or a `deploy` that was forgotten after an update."""
    url = settings().prefect_api_url
    wanted = yaml.safe_load(FILE.read_text("utf-8"))["deployments"]
    wrong = []
    for each in wanted:
        name = each["name"]
        found = ask(url, "GET", f"/deployments/name/{name}/{name}")
        drifted = ["missing"] if found is None else differences(each, found)
        wrong += [failed("deployments", f"{name}: {what}", with_secrets(DEPLOY)) for what in drifted]
    return wrong or [ok("deployments", f"{len(wanted)}, as in prefect.yaml")]


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """In what a deployment of the server differs from that of the file."""
    limit = (wanted.get("concurrency_limit") or {}).get("limit")
    strategy = (wanted.get("concurrency_limit") or {}).get("collision_strategy")
    concurrency = found.get("global_concurrency_limit") or {}
    options = found.get("concurrency_options") or {}
    compared = {
        "entrypoint": (wanted["entrypoint"], found.get("entrypoint")),
        "work pool": (wanted["work_pool"]["name"], found.get("work_pool_name")),
        "schedules": (_crons(wanted.get("schedules", [])), _crons(_flat(found.get("schedules", [])))),
        "concurrency limit": (limit, concurrency.get("limit")),
        "collision strategy": (strategy, options.get("collision_strategy")),
        "paused": (False, bool(found.get("paused"))),
    }
    return [f"{what} is {theirs}, not {ours}" for what, (ours, theirs) in compared.items() if ours != theirs]


def worker() -> list[Verdict]:
    url = settings().prefect_api_url
    if ask(url, "GET", "/work_pools/ranham") is None:
        return [failed("worker", "there is no work pool ranham", with_secrets(CREATE))]
    workers = ask(url, "POST", "/work_pools/ranham/workers/filter", {"limit": 50}) or []
    seen = [datetime.fromisoformat(each["last_heartbeat_time"]) for each in workers if each.get("last_heartbeat_time")]
    late = ask(url, "POST", "/flow_runs/count", LATE) or 0
    waiting = f"; {late} runs are late" if late else ""
    if not seen:
        return [failed("worker", f"no worker was ever seen{waiting}", with_secrets(START))]
    silent = clock.real_now() - max(seen)
    if silent > SILENT:
        return [
            failed(
                "worker", f"the last was seen {int(silent.total_seconds())} seconds ago{waiting}", with_secrets(START)
            )
        ]
    if late:
        runs = with_secrets("prefect flow-run ls --state-type RUNNING")
        mend = f"see what the worker is at: {runs}; start a second one"
        return [failed("worker", f"it lives{waiting}", mend)]
    return [ok("worker", f"{len(seen)} known, the last was seen {max(int(silent.total_seconds()), 0)} seconds ago")]


def slots() -> list[Verdict]:
    """A slot that is taken although no run is at work keeps its deployment from ever running again.

    It comes of a server that forgot who holds it, as one does that keeps leases in memory and starts again.
    """
    url = settings().prefect_api_url
    found = []
    for each in ask(url, "POST", "/deployments/filter", {"deployments": {"tags": {"all_": ["ranham"]}}}) or []:
        limit = each.get("global_concurrency_limit") or {}
        taken = limit.get("active_slots", 0)
        if not taken:
            continue
        asked = {"deployments": {"id": {"any_": [each["id"]]}}, "flow_runs": {"state": {"type": {"any_": AT_WORK}}}}
        runs = ask(url, "POST", "/flow_runs/filter", asked) or []
        if not any(_lives(run) for run in runs):
            mend = with_secrets(f"prefect global-concurrency-limit update {limit['name']} --active-slots 0")
            what = f"{each['name']}: {taken} taken, and no run is at work"
            if runs:  # its lease may still come to its end, and would then give the slot back a second time
                mend = f"if it is still so in ten minutes: {mend}"
                what += f"; {runs[0]['name']} shows so, and is silent"
            found.append(failed("slots", what, mend))
    return found or [ok("slots", "none is taken without a run")]


def _lives(run: Mapping[str, Any]) -> bool:
    """It has just come into its state, or was heard of lately."""
    since = clock.real_now() - SILENCE
    if datetime.fromisoformat(run["state"]["timestamp"]) > since:
        return True
    event = {"name": [HEARTBEAT]}
    resource = {"id": [f"prefect.flow-run.{run['id']}"]}
    asked = {"filter": {"event": event, "resource": resource, "occurred": {"since": since.isoformat()}}, "limit": 1}
    return bool((ask(settings().prefect_api_url, "POST", "/events/filter", asked) or {}).get("events"))


def automations() -> list[Verdict]:
    found = ask(settings().prefect_api_url, "POST", "/automations/filter", {}) or []
    ours = [each for each in found if each["name"].startswith("ranham: ")]
    if not ours:
        return [
            warning("automations", "none: a run whose host is gone shows as running for longer", with_secrets(APPLY))
        ]
    off = [each["name"] for each in ours if not each["enabled"]]
    quiet = [each["name"] for each in ours if all(action["type"] == "do-nothing" for action in each["actions"])]
    found = []
    if off:
        mend = with_secrets(f'prefect automation resume "{off[0]}"')
        found.append(warning("automations", f"off: {', '.join(off)}", mend))
    if quiet:
        mend = f"set RANHAM_PREFECT_NOTIFY to a notification block, TYPE/NAME; then {with_secrets(APPLY)}"
        found.append(warning("automations", f"call nobody: {', '.join(quiet)}", mend))
    return found or [ok("automations", f"{len(ours)}")]


def _flat(schedules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each["schedule"] | {"active": each["active"]} for each in schedules]


def _crons(schedules: list[dict[str, Any]]) -> list[str]:
    return sorted(
        f"{each.get('cron') or 'no cron'} {each.get('timezone')}{'' if each.get('active', True) else ' (off)'}"
        for each in schedules
    )
