"""A client of DHIS2 reads what we wrote and sends it on: nothing is lost or changed between its models and our file."""

import json
import subprocess
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ranham.release import formats, service
from ranham.release.content import load
from tests.clients.dhis2_server import dhis2
from tests.patience import PATIENCE_SECONDS
from tests.release.world import NOW, closed_period

pytestmark = pytest.mark.clients
ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".clients" / "bin" / "python"


def test_a_client_pulls_a_release_of_all_units_and_pushes_it_on(session: Session, tmp_path: Path) -> None:
    assert PYTHON.exists(), "the client has an environment of its own: make test-clients"
    release = service.make(session, closed_period(session), by="siti", now=NOW)
    values, _, metadata = formats.write("dhis2", load(session, release.number), tmp_path)
    written = json.loads(values.read_text("utf-8"))["dataValues"]
    with dhis2(values.read_bytes()) as server:
        done = subprocess.run(
            [PYTHON, ROOT / "tests" / "clients" / "dhis2_client.py", server.address, metadata],
            capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, cwd=tmp_path,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "values": len(written),
        "sum": sum(int(each["value"]) for each in written),
        "units": len({each["orgUnit"] for each in written}),
        "elements": len({each["dataElement"] for each in written}),
        "periods": ["202208"],
        "imported": len(written),
    }
    names = ("dataElement", "period", "orgUnit", "categoryOptionCombo", "value", "comment")
    sent, received = (
        sorted(tuple(each.get(n, "") for n in names) for each in got) for got in (written, server.received)
    )
    assert received == sent
