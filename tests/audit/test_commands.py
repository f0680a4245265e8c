"""The commands, and the recipe of docs/audit.md on what they export."""

import resource
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.architecture.test_house import ROOT
from tests.audit.events import record, tamper
from tests.cli.command import ranham


@pytest.fixture
def written(application: Engine) -> Engine:
    with Session(application) as session, session.begin():
        for number in (1, 2, 3):
            record(session, number, detail={"note": "dua\nbaris\tdan \\n “kutip” 'satu' $HOME %s", "number": number})
    return application


@pytest.fixture
def exported(written: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "events.tsv"
    answer = ranham(capsys, "audit", "export", str(file))
    assert (answer.code, "Wrote 3 events" in answer.out) == (0, True)
    return file


def test_an_export_that_breaks_leaves_the_earlier_one_as_it_was(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, (_, most) = exported.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, most))
    try:
        answer = ranham(capsys, "audit", "export", str(exported))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert (answer.code, "could not be written: File too large" in answer.err) == (1, True)
    assert [path.read_bytes() for path in exported.parent.glob("*events*")] == [before]


def recipe(file: Path) -> tuple[int, str]:
    """Runs the recipe exactly as the document has it."""
    document = (ROOT / "docs" / "audit.md").read_text("utf-8")
    script = document.split("```bash\n")[1].split("```")[0]
    ran = subprocess.run(["bash", "-c", script, "check.sh", str(file)], capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


def test_the_recipe_of_the_document_accepts_what_was_exported(exported: Path) -> None:
    last = exported.read_text("utf-8").splitlines()[-1].split("\t")[0]
    assert recipe(exported) == (0, f"3 events hold, the last hash is {last}\n")


@pytest.mark.parametrize("changed", ["payload", "hash", "removed", "swapped", "cut", "added"])
def test_the_recipe_of_the_document_finds_what_was_tampered_with(exported: Path, changed: str) -> None:
    first, second, third = exported.read_text("utf-8").splitlines(keepends=True)
    lines = {
        "payload": [first, second.replace("kutip", "kutlp"), third],
        "hash": [first, "0" * 64 + second[64:], third],
        "removed": [first, third],
        "swapped": [second, first, third],
        "cut": [first, second, third[:-3]],
        "added": [first, second, third, second],
    }[changed]
    exported.write_text("".join(lines), "utf-8")
    code, said = recipe(exported)
    assert (code, said.startswith("broken at line")) == (1, True)


def test_a_chain_that_holds_is_exit_code_0_and_a_broken_one_1(
    written: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = ranham(capsys, "audit", "verify")
    assert (sound.code, "chain of 3 events holds" in sound.out) == (0, True)
    with Session(written) as session, session.begin():
        tamper(session, "UPDATE audit_event SET kind = 'x' WHERE id = 2")
    broken = ranham(capsys, "audit", "verify")
    assert (broken.code, "broken at event 2" in broken.err) == (1, True)


def test_a_hash_that_was_written_down_is_checked(written: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    said = ranham(capsys, "audit", "verify").out.split()[-1]
    assert ranham(capsys, "audit", "verify", "--anchor", said).code == 0
    with Session(written) as session, session.begin():
        tamper(session, "DELETE FROM audit_event WHERE id = 3")
    assert ranham(capsys, "audit", "verify").code == 0
    cut = ranham(capsys, "audit", "verify", "--anchor", said)
    assert (cut.code, "event 3: it is missing, and event 3 was written down" in cut.err) == (1, True)
    assert ranham(capsys, "audit", "verify", "--anchor", "3:abc").code == 2


def test_events_are_listed_by_what_they_are_about(written: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, "audit", "list", "--subject", "thing", "--subject-id", "2", "--format", "json")
    assert [event["id"] for event in answer.json] == [2]
