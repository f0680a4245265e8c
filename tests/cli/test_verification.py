"""`ranham verification` from the queue to a verified report."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.cli.command import Answer, ranham
from tests.verification import desk

PERIOD = "2022-B08"


@pytest.fixture
def run(application: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("RANHAM_NOW", desk.NOW.isoformat())
    with Session(application) as session, session.begin():
        desk.send(session, desk.SERANG)
        desk.send(session, desk.KL)
        desk.send(session, desk.KL, 1)
        desk.send(session, desk.KL, 2, complete=False)

    def verification(*arguments: str) -> Answer:
        return ranham(capsys, "verification", *arguments)

    return verification


def tasks(run: Any, *options: str) -> list[int]:
    return [row["task_id"] for row in run("queue", PERIOD, "--format", "json", *options).json]


def test_a_report_goes_from_the_queue_through_both_tiers(run: Any) -> None:
    assert "4 new tasks" in run("fill", PERIOD).out
    given = run("allocate", PERIOD, "--office", "kanwil-36", "--verifier", "ani", "--verifier", "budi", "--conflict",
                "ani=36.04")  # fmt: skip
    assert "1 tasks given. Open tasks now: ani 0, budi 1." in given.out
    (task,) = tasks(run, "--office", "kanwil-36")
    assert run("take", str(task), "--by", "ani").code == 1
    taken = run("take", str(task), "--by", "budi", "--format", "json").json[0]
    assert taken["task"]["version"] == 2
    assert taken["answers"][0]["measure_no"] == 1
    assert "changed in the meantime" in run("decide", str(task), "--by", "budi", "--version", "1").err
    assert "goes to the next tier" in run("decide", str(task), "--by", "budi", "--version", "2").out
    central = next(row for row in run("queue", PERIOD, "--format", "json").json if row["unit_code"] == "36.04")
    assert "version 2" in run("take", str(central["task_id"]), "--by", "pusat").out
    made = run("decide", str(central["task_id"]), "--by", "pusat", "--others-fulfilled", "--mark",
               "1:substantive:not_fulfilled:other:bukan tahun ini")  # fmt: skip
    assert re.search(r"score \d\d\.\d\d; the report is verified", made.out)


def test_a_return_names_its_deadline_in_jakarta(run: Any) -> None:
    run("fill", PERIOD)
    task = str(tasks(run, "--office", "central")[0])
    run("take", task, "--by", "pusat")
    refused = run("return", task, "--by", "pusat")
    assert (refused.code, "nobody knows what to mend" in refused.err) == (3, True)
    assert run("return", task, "--by", "pusat", "--reason", "no_ink").code == 2
    assert run("return", task, "--by", "pusat", "--mark", "1:substantive").code == 2
    made = run("return", task, "--by", "pusat", "--reason", "no_signature", "--remark", "notulen")
    assert "may come again before 2022-09-11 10:00 WIB" in made.out
    again = run("return", task, "--by", "pusat", "--reason", "no_signature", "--remark", "notulen")
    assert (again.code, "was decided by pusat" in again.err) == (1, True)


def test_flawless_reports_are_accepted_and_the_rest_is_named(run: Any) -> None:
    run("fill", PERIOD)
    made = run("accept-flawless", PERIOD, "--by", "pusat")
    assert "2 accepted, 1 left to read." in made.out
    assert "incomplete: 1" in made.out
    assert run("accept-flawless", PERIOD, "--by", "pusat", "--format", "json").json[0]["reasons"] == {"incomplete": 1}


@pytest.mark.parametrize("question", ["queue", "ageing", "escalations", "agreement"])
@pytest.mark.parametrize("format_", ["table", "json", "csv"])
def test_every_question_has_an_answer_in_every_format(run: Any, question: str, format_: str) -> None:
    run("fill", PERIOD)
    answer = run(question, PERIOD, "--format", format_)
    assert answer.code == 0
    assert answer.out or (question, format_) == ("escalations", "csv")


def test_an_office_that_does_not_exist_is_a_sentence(run: Any) -> None:
    answer = run("queue", PERIOD, "--office", "kanwil-99")
    assert (answer.code, "no verifying office has the key kanwil-99" in answer.err) == (1, True)


def test_a_task_can_be_handed_back(run: Any) -> None:
    run("fill", PERIOD)
    task = str(tasks(run, "--office", "central")[0])
    run("take", task, "--by", "ani")
    assert "back in its queue" in run("hand-back", task).out
    assert run("take", task, "--by", "budi").code == 0
