"""Excuses on the command line: asked for by one person, approved by another, out of the denominator."""

import getpass

import pytest

from tests.cli.command import Answer, ranham

pytestmark = pytest.mark.usefixtures("application")


def request(capsys: pytest.CaptureFixture[str], unit: str, action: str, *more: str, kind: str = "excused") -> Answer:
    return ranham(
        capsys, "excuse", "request", unit, action, "--period", "2022-B08", "--kind", kind,
        "--justification", "Banjir", "--code-system", "kemendagri", *more,
    )  # fmt: skip


def owed(capsys: pytest.CaptureFixture[str]) -> int:
    rows = ranham(capsys, "rollup", "2022-B08", "--level", "national", "--format", "json").json
    (row,) = [row for row in rows if (row["scope"], row["figure"]) == ("regencies", "completeness")]
    return int(row["denominator"])


def test_an_approved_excuse_leaves_the_denominator(capsys: pytest.CaptureFixture[str]) -> None:
    assert owed(capsys) == 3048
    asked = request(capsys, "36.04", "D1", kind="not_applicable")
    assert (asked.code, "ranham excuse approve 1" in asked.out) == (0, True)
    assert owed(capsys) == 3048
    approved = ranham(capsys, "excuse", "approve", "1", "--as", "Sekretariat")
    assert (approved.code, "leaves the denominator of 2022-B08" in approved.out) == (0, True)
    assert owed(capsys) == 3047
    again = ranham(capsys, "excuse", "approve", "1", "--as", "Wina")
    assert (again.code, "approved before by Sekretariat; nothing changed" in again.out) == (0, True)


def test_the_list_says_who_asked_why_and_who_approved(capsys: pytest.CaptureFixture[str]) -> None:
    request(capsys, "36.04", "D1", "--as", "Ani")
    request(capsys, "31", "D2")
    ranham(capsys, "excuse", "approve", "1", "--as", "Budi")
    first, second = ranham(capsys, "excuse", "list", "--period", "2022-B08", "--format", "json").json
    shown = ("id", "unit_code", "action_code", "kind", "justification", "requested_by", "approved_by")
    assert [first[name] for name in shown] == [1, "36.04", "D1", "excused", "Banjir", "Ani", "Budi"]
    assert [second[name] for name in shown] == [2, "31", "D2", "excused", "Banjir", getpass.getuser(), None]
    lines = ranham(capsys, "excuse", "list", "--period", "2022-B08").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert ranham(capsys, "excuse", "list", "--period", "2022-B12", "--format", "json").json == []


def test_a_declined_excuse_stays_in_the_denominator_and_may_be_asked_for_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    request(capsys, "36.04", "D1", "--as", "Ani")
    assert ranham(capsys, "excuse", "decline", "1", "--reason", " ", "--as", "Budi").code == 3
    answer = ranham(capsys, "excuse", "decline", "1", "--reason", "tanpa bukti", "--as", "Ani")
    assert (answer.code, "cannot decline" in answer.err) == (1, True)
    declined = ranham(capsys, "excuse", "decline", "1", "--reason", "tanpa bukti", "--as", "Budi")
    assert (declined.code, "stays in the denominator" in declined.out) == (0, True)
    again = ranham(capsys, "excuse", "decline", "1", "--reason", "lain", "--as", "Wina")
    assert (again.code, "declined before by Budi; nothing changed" in again.out) == (0, True)
    approved = ranham(capsys, "excuse", "approve", "1", "--as", "Wina")
    assert (approved.code, "declined by Budi (tanpa bukti)" in approved.err) == (1, True)
    assert owed(capsys) == 3048
    assert request(capsys, "36.04", "D1", "--as", "Ani").code == 0
    assert ranham(capsys, "excuse", "approve", "2", "--as", "Budi").code == 0
    refused = ranham(capsys, "excuse", "decline", "2", "--reason", "x", "--as", "Wina")
    assert (refused.code, "approved by Budi" in refused.err) == (1, True)
    assert owed(capsys) == 3047
    first, second = ranham(capsys, "excuse", "list", "--period", "2022-B08", "--format", "json").json
    assert (first["decision"], first["declined_by"], first["decline_reason"]) == ("declined", "Budi", "tanpa bukti")
    assert (second["decision"], second["declined_by"]) == ("approved", None)
    events = ranham(capsys, "audit", "list", "--format", "json").json
    assert [event["kind"] for event in events if event["kind"].startswith("excuse.")].count("excuse.declined") == 1


def test_nobody_approves_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    request(capsys, "36.04", "D1")
    answer = ranham(capsys, "excuse", "approve", "1")
    assert (answer.code, "cannot approve" in answer.err) == (1, True)
    request(capsys, "36.04", "D2", "--as", " Ani ")
    assert ranham(capsys, "excuse", "approve", "2", "--as", "Ani").code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("36.04", "D99"), 1, "does not owe action D99 in 2022; it owes D1, "),
        (("99.99", "D1"), 1, "no unit has code 99.99"),
        (("93.01", "D1"), 1, "it was the code of Merauke from 2022-11-09"),
        (("36.04", "D1", "--code-system", "bps"), 3, "never guessed"),
        (("36.04", "D1", "--period", "2022-B07"), 1, "no period 2022-B07"),
        (("36.04", "D1", "--justification", " "), 1, "needs a justification"),
        (("36.04", "D1", "--kind", "ill"), 2, "not_applicable"),
        (("36.04", "D1", "--as", " "), 2, "write a name"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    arguments: tuple[str, ...], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = request(capsys, *arguments)
    assert (answer.code, words in answer.err) == (code, True), answer.err


def test_an_excuse_is_asked_for_once_and_not_after_the_close(capsys: pytest.CaptureFixture[str]) -> None:
    request(capsys, "36.04", "D1", "--as", "Ani")
    again = request(capsys, "36.04", "D1", "--as", "Budi")
    assert (again.code, "excuse 1 by Ani, not approved yet" in again.err) == (1, True)
    for step in ("open", "close"):
        assert ranham(capsys, "period", step, "2022-B08").code == 0
    for answer in (request(capsys, "36.04", "D2"), ranham(capsys, "excuse", "approve", "1", "--as", "Budi")):
        assert (answer.code, "figures are final" in answer.err) == (1, True)


def test_an_unknown_excuse_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, "excuse", "approve", "99")
    assert (answer.code, "no excuse with id 99" in answer.err) == (1, True)


@pytest.mark.parametrize("command", ["request", "approve", "decline", "list"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ranham(capsys, "excuse", command, "--help")
    assert (answer.code, f"ranham excuse {command} " in " ".join(answer.out.split())) == (0, True)
