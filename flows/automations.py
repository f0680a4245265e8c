"""`python -m flows.automations apply`: Prefect's automations as code. Applied again, they are the same ones.

They call attention, and end runs whose process is gone. Nothing depends on them: the next tick heals what was missed,
and a lease runs out by itself.
"""

import argparse
import sys
from datetime import timedelta

from prefect.automations import AutomationCore, ChangeFlowRunState, DoNothing, EventTrigger, Posture, SendNotification
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes

from flows.busy import SKIPPED
from flows.predecessors import TAG
from flows.showing import DELIVERIES_FAILED, LEASE_HELD
from ranham.cycle.silence import HEARTBEAT, SILENCE
from ranham.kernel.settings import settings
from ranham.kernel.starting import ended

AGAIN = timedelta(hours=1)
"""An event that comes with every tick calls once in this time."""
RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
OURS = {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"}
NAMES = ("Completed", SKIPPED, "Cached", "Failed", "TimedOut", "Cancelled", "Crashed")
"""Of the states in which a run of ours may end; an event bears the name of the state, not its type."""
ENDED = {f"prefect.flow-run.{end}" for end in NAMES}


def wanted(notify: ActionTypes | None = None, *, silence: timedelta = SILENCE) -> list[AutomationCore]:
    """All of them; `notify` is done where otherwise only the feed of events shows what happened."""
    call = notify or DoNothing()
    return [
        _made(
            "ranham: a run without a heartbeat has crashed",
            "A run that is silent for five heartbeats shows as crashed, and its slot is free. Its lease runs out by itself.",
            EventTrigger(
                after={HEARTBEAT}, expect={HEARTBEAT, *ENDED}, match=RUNS, match_related=OURS,
                for_each={"prefect.resource.id"}, posture=Posture.Proactive, threshold=1, within=silence,
            ),
            ChangeFlowRunState(state=StateType.CRASHED, message="no heartbeat; the next tick does what it left"),
        ),
        _made(
            "ranham: a run has crashed",
            "See `ranham status`: the next tick takes the work up.",
            _reactive("prefect.flow-run.Crashed", RUNS, timedelta(0), related=True),
            call,
        ),
        _made(
            "ranham: runs are late",
            "No worker takes them: `ranham doctor`.",
            _reactive("prefect.flow-run.Late", RUNS, timedelta(minutes=15), related=True, threshold=3),
            call,
        ),
        _made(
            "ranham: deliveries wait for a person",
            "More than RANHAM_FAILED_DELIVERIES: `ranham outbox list --state technical_failure`.",
            _reactive(DELIVERIES_FAILED, {"prefect.resource.id": "ranham.outbox"}, AGAIN),
            call,
        ),
        _made(
            "ranham: a lease is held for long",
            "Longer than RANHAM_LEASE_LONG_MINUTES: `ranham status` says who has it.",
            _reactive(LEASE_HELD, {"prefect.resource.id": "ranham.lease.*"}, AGAIN),
            call,
        ),
    ]  # fmt: skip


def apply(client: SyncPrefectClient, automations: list[AutomationCore]) -> dict[str, str]:
    """Make each that is not there, and bring each that is to what the code says; what became of it, by name.

    What is the operators' stays as it is found: whether it is on, and whom it calls where the code names nobody. Of
    several with one name, which a person may have made, the first stays and the others go.
    """
    became = {}
    for automation in automations:
        found = client.read_automations_by_name(automation.name)
        if not found:
            client.create_automation(automation)
            became[automation.name] = "made"
            continue
        theirs: dict[str, object] = {"enabled": found[0].enabled}
        if isinstance(automation.actions[0], DoNothing):
            theirs["actions"] = found[0].actions
        client.update_automation(found[0].id, automation.model_copy(update=theirs))
        for double in found[1:]:
            client.delete_automation(double.id)
        became[automation.name] = "updated"
    return became


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m flows.automations", description=__doc__)
    parser.add_argument("what", choices=["apply"])
    parser.add_argument(
        "--notify",
        metavar="TYPE/NAME",
        help="notification block, such as slack-webhook/operators; else RANHAM_PREFECT_NOTIFY",
    )
    chosen = parser.parse_args()
    block = chosen.notify or settings().prefect_notify
    with get_client(sync_client=True) as client:
        notify = _notification(client, block) if block else None
        for name, became in apply(client, wanted(notify)).items():
            sys.stdout.write(f"{became}: {name}\n")
    return 0


def _notification(client: SyncPrefectClient, block: str) -> SendNotification:
    type_, _, name = block.partition("/")
    found = client.read_block_document_by_name(name, type_)
    words = "{{ event.event }}: {{ event.resource.name }}\n{{ automation.description }}"
    return SendNotification(block_document_id=found.id, subject="{{ automation.name }}", body=words)


def _reactive(
    event: str, match: dict[str, str], within: timedelta, *, related: bool = False, threshold: int = 1
) -> EventTrigger:
    return EventTrigger(
        expect={event}, match=match, match_related=OURS if related else {},
        posture=Posture.Reactive, threshold=threshold, within=within,
    )  # fmt: skip


def _made(name: str, description: str, trigger: EventTrigger, action: ActionTypes) -> AutomationCore:
    return AutomationCore(name=name, description=description, enabled=True, trigger=trigger, actions=[action])


if __name__ == "__main__":
    sys.exit(ended(main))
