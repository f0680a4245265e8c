"""A national period on two hosts, of which one or the other is killed or paused in every flow: as if nothing had happened."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from ranham.kernel import migrations
from ranham.plan import service as plan
from ranham.plan.queries import find_period
from ranham.plan.source import plan_path
from ranham.release.signing import new_key
from ranham.simulation.service import write_reports
from ranham.territory import service as territory
from tests.operations.farm import ROOT, Farm, farm, until
from tests.operations.nation import CLOSED, LABEL, OPENING, WINDOW, Nation
from tests.outbox.conftest import MailServer, mail_server  # noqa: F401 - a fixture

pytestmark = pytest.mark.faults
LEASE_SECONDS = 20
CLAIM_SECONDS = 20
SEED = int(os.environ.get("RANHAM_TEST_SEED", "27"))
FLOWS = {
    "freeze": "freeze-year", "open": "open-period", "import": "import-inbox", "verify": "fill-queue",
    "roll_up": "roll-up", "remind": "remind", "close": "close-period", "propose": "propose-release",
    "publish": "publish-release", "distribute": "distribute-release",
}  # fmt: skip
COURSE: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (OPENING, (("freeze", "flow"), ("open", "host"), ("roll_up", "pause"), ("remind", "flow"))),
    (WINDOW, (("import", "slot"), ("verify", "pause"), ("roll_up", "host"), ("remind", "pause"))),
    (CLOSED, (("close", "host"), ("propose", "pause"))),
    (CLOSED, (("publish", "flow"), ("distribute", "host"))),
)
"""At each moment which steps are disturbed, and how: the flow's process killed; its whole host killed; the process
paused for longer than its lease, while the other host works; the host killed in the tick, whose slot stays taken."""


@pytest.fixture(scope="module")
def before(
    new_database: Callable[..., str], address: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Territory, the plan of 2022 alone, nobody's obligations frozen yet, and people in every office."""
    name = new_database()
    engine = create_engine(address(name))
    migrations.upgrade(engine)
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
        plan.load(session, plan_path("ranham-v-2022"), now=datetime(2022, 8, 1, tzinfo=UTC))
    engine.dispose()
    return name


@pytest.fixture
def national(new_database: Callable[..., str], address: Callable[[str], str], before: str) -> Iterator[Engine]:
    engine = create_engine(address(new_database(before)))
    yield engine
    engine.dispose()


@dataclass(slots=True)
class Storm:
    farm: Farm
    nation: Nation
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    hit: list[str] = field(default_factory=list)
    """Steps that were running when they were hit."""
    missed: list[str] = field(default_factory=list)
    """Steps that were done before they could be hit."""
    names: int = 2

    def strike(self, at: str, step: str, how: str) -> None:
        """Start the step, disturb it at some moment of its work, and let the cycle mend it."""
        flow = self._flow(step) if how in ("host", "pause") else ("tick", {})
        run = self.farm.ask(flow[0], at=at, **flow[1])
        self._until_running(step, run)
        if how == "slot":
            # The silence of a run that was never heard means nothing to Prefect; the next tick would bury it.
            until(lambda: self.farm.heard_of(run), "its first heartbeat", every=0.3)
        time.sleep(self.chance.uniform(0, 0.8))
        if self.nation.ask("SELECT FROM cycle_run WHERE id > :seen AND step = :step AND state = 'running'", seen=self.nation.seen, step=step):  # fmt: skip
            self.hit.append(f"{step} {how}")
        place = next(((host, process) for host, process in self.farm.at_work(run)), None)
        if place is None:
            self.missed.append(f"{step} {how}")  # it was faster than we
            return
        host, process = place
        if how == "flow":
            with suppress(psutil.NoSuchProcess):
                process.kill()
            self.farm.ended(run)
            self._until_free()
        elif how == "pause":
            self._pause(process, at, flow, run)
        else:
            host.kill()
            self.farm.start(self._name())
            self._until_free()
            if how == "slot":
                # Nobody is left who could say that the tick is over; Prefect hears no heartbeat and says so itself.
                assert self.farm.ended(run) == "CRASHED"
        if how in ("host", "flow"):
            # As `ranham cycle rerun` does. The tick would do the later steps too, which are to be disturbed first.
            name, parameters = self._flow(step)
            self._completes(name, at, **parameters)
        if how == "slot":
            self._completes("tick", at)
        self.nation.seen = self.nation.ask("SELECT coalesce(max(id), 0) AS id FROM cycle_run")[0].id

    def calm_down(self, at: str) -> None:
        """Ticks until nothing is due any more."""
        for _ in range(2):
            self._completes("tick", at)
        self.nation.seen = self.nation.ask("SELECT coalesce(max(id), 0) AS id FROM cycle_run")[0].id

    def _completes(self, flow: str, at: str, **parameters: Any) -> None:
        run = self.farm.ask(flow, at=at, **parameters)
        assert self.farm.ended(run) == "COMPLETED", self.farm.state(run)["message"]

    def _pause(self, process: psutil.Process, at: str, flow: tuple[str, dict[str, Any]], run: str) -> None:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
        try:
            self._until_free()
            self._completes(flow[0], at, **flow[1])
        finally:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)
        self.farm.ended(run)

    def _flow(self, step: str) -> tuple[str, dict[str, Any]]:
        parameters = {"year": 2022, "regulation": "RANHAM-V"} if step == "freeze" else {"period": LABEL}
        return FLOWS[step], parameters

    def _until_running(self, step: str, run: str) -> None:
        until(
            lambda: self.nation.ask("SELECT FROM cycle_run WHERE id > :seen AND step = :step", seen=self.nation.seen, step=step)
            or self.farm.state(run)["type"] in ("COMPLETED", "FAILED", "CRASHED"),
            f"{step} to run", every=0.02,
        )  # fmt: skip

    def _until_free(self) -> None:
        until(lambda: not self.nation.held(), "the lease to run out", every=0.2)

    def _name(self) -> str:
        self.names += 1
        return f"host-{self.names}"


def test_a_period_on_two_hosts_ends_as_if_nobody_had_been_killed_or_paused(
    application: Engine,
    new_database: Callable[..., str],
    address: Callable[[str], str],
    before: str,
    mail_server: Callable[..., MailServer],  # noqa: F811
    tmp_path: Path,
) -> None:
    mail, calm_mail = mail_server(), mail_server(log="calm-taken")
    new_key(tmp_path / "signing.pem")
    settings = {
        "RANHAM_LEASE_SECONDS": str(LEASE_SECONDS),
        "RANHAM_SIGNING_KEY_FILE": str(tmp_path / "signing.pem"),
        "RANHAM_SMTP_HOST": "127.0.0.1",
        "RANHAM_SMTP_SECURITY": "none",
        "RANHAM_SMTP_FROM": "RANHAM <ranham@example.go.id>",
        "RANHAM_OUTBOX_CLAIM_SECONDS": str(CLAIM_SECONDS),
    }
    with (
        farm(tmp_path / "prefect", **settings, RANHAM_SMTP_PORT=str(mail.port)) as made,
        _calm(made, new_database(before), address, tmp_path / "calm", calm_mail.port) as calm,
    ):
        made.deploy()
        made.automate()
        storm = Storm(made, Nation(application, tmp_path, made.surroundings))

        for nation in (calm, storm.nation):
            nation.folder.mkdir(exist_ok=True)
        for name in ("host-1", "host-2"):
            made.start(name)
        files: list[Path] = []
        for number, (at, strikes) in enumerate(COURSE):
            if number == 1:
                calm.enrol()
                storm.nation.enrol()
                with Session(calm.engine) as session:
                    files = write_reports(session, find_period(session, LABEL), tmp_path / "files", seed=2022)
                for nation in (calm, storm.nation):
                    nation.receive(files)
            if number == len(COURSE) - 1:
                calm.sign_off()
                storm.nation.sign_off()
            calm.ticks(at, 3)
            for step, how in strikes:
                storm.strike(at, step, how)
            storm.calm_down(at)
            _deliver(storm, calm, at)

        assert storm.nation.figures() == calm.figures()
        assert storm.nation.answers() == calm.answers()
        assert storm.nation.reminders() == calm.reminders()
        assert set(Counter(mail.taken()).values()) == {1}
        assert _reached(storm.nation, mail) == _reached(calm, calm_mail)
        assert storm.nation.held() == []
        assert len(storm.hit) >= 6, (storm.hit, storm.missed)
        _assert_told(storm)


def _reached(nation: Nation, mail: MailServer) -> Counter[tuple[str, str]]:
    """Kinds and addresses of what the server took, and of what nobody knows of whether it did."""
    sent = {
        (row.kind, row.address, row.key): row.state
        for row in nation.ask("SELECT kind, address, key, state FROM delivery")
    }
    taken = set(mail.taken())
    return Counter((kind, to) for (kind, to, key), state in sent.items() if key in taken or state == "unknown")


def _assert_told(storm: Storm) -> None:
    """The operators' view shows every step done and nobody at work, and the record which runs were lost."""
    shown = {row["step"]: row for row in json.loads(storm.nation.command("status", LABEL, "--format", "json"))}
    assert {step: shown[step]["last"] for step in FLOWS} == dict.fromkeys(FLOWS, "done")
    assert not [row for row in shown.values() if row["lease_holder"] or row["late"]]
    broken = storm.nation.ask("SELECT step FROM cycle_run WHERE state IN ('lost', 'failed')")
    assert len(broken) >= 3, storm.hit
    assert not storm.nation.ask("SELECT FROM cycle_run WHERE state = 'running'")
    listed = json.loads(storm.farm.stock("flow-run", "ls", "--limit", "200", "--state-type", "CRASHED", "-o", "json"))
    assert listed, "Prefect's own list shows the crashes too"


@contextmanager
def _calm(made: Farm, name: str, address: Callable[[str], str], folder: Path, port: int) -> Iterator[Nation]:
    surroundings = {
        **made.surroundings,
        "RANHAM_DATABASE_URL": address(name),
        "RANHAM_DATA_DIR": str(folder),
        "RANHAM_SMTP_PORT": str(port),
        "RANHAM_LEASE_SECONDS": "300",
    }
    engine = create_engine(address(name))
    yield Nation(engine, folder, surroundings)
    engine.dispose()


def _deliver(storm: Storm, calm: Nation, at: str) -> None:
    """A sender is killed in the middle; the next one does the rest."""
    script = "from flows.deliver import deliver; import json; print(json.dumps(deliver()))"
    subprocess.run([sys.executable, "-c", script], env={**calm.surroundings, "RANHAM_NOW": at, "PREFECT_LOGGING_LEVEL": "ERROR"}, cwd=ROOT, check=True)  # fmt: skip
    run = storm.farm.ask("deliver", at=at)
    until(lambda: storm.farm.state(run)["type"] in ("RUNNING", "COMPLETED"), "the sender")
    time.sleep(storm.chance.uniform(0.5, 3))
    for _, process in storm.farm.at_work(run):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    storm.farm.ended(run)
    time.sleep(CLAIM_SECONDS + 0.5)
    storm._completes("deliver", at)
