"""Reports over HTTP: read, answered, sent, reopened."""

import httpx
import pytest

from ranham.access.models import Role
from ranham.access.rules import Place
from tests.api.desk import fresh_unit, honest_answers, path, sent
from tests.api.serving import PERIOD, Api
from tests.api.test_problems import problem

FIRST = {"If-None-Match": "*"}


@pytest.fixture
def unit(api: Api) -> tuple[httpx.Client, list[int]]:
    """An operator and what the unit owes."""
    code = fresh_unit()
    return api.operator(code), api.obligations(code)


def test_a_report_is_answered_and_sent(unit: tuple[httpx.Client, list[int]]) -> None:
    operator, [first, *_] = unit
    url = path(first)
    assert operator.get(url).json()["state"] == "not_started"
    written = operator.put(f"{url}/answers/1", json={"answer": "not_achieved", "value": "0.5"}, headers=FIRST)
    assert (written.status_code, written.headers["etag"], written.json()["value"]) == (201, '"1"', "0.5")
    refused = problem(operator.post(f"{url}/submission"), 422, "report-refused")
    assert [error["pointer"] for error in refused["errors"]] == ["/measures/2"]
    assert operator.get(f"{url}/findings").json()["blocking"] == 1
    operator.put(f"{url}/answers/2", json={"answer": "nil", "note": "Tidak ada"}, headers=FIRST)
    assert operator.get(f"{url}/findings").json() == {"blocking": 0, "items": []}
    received = operator.post(f"{url}/submission")
    assert received.status_code == 201
    assert received.json() | {"timeliness": "on_time", "revision": 1, "unchanged": False} == received.json()
    again = operator.post(f"{url}/submission")
    assert (again.status_code, again.json()["unchanged"]) == (200, True)
    seen = operator.get(url).json()
    assert (seen["state"], seen["measures"][1]["sent"]["note"]) == ("submitted", "Tidak ada")
    assert [event["event"] for event in seen["events"]] == ["edit", "submit"]


def test_an_answer_is_written_only_over_the_version_that_was_seen(unit: tuple[httpx.Client, list[int]]) -> None:
    operator, [first, *_] = unit
    url = f"{path(first)}/answers/1"
    problem(operator.put(url, json={"answer": "nil"}), 428, "precondition-required")
    problem(operator.put(url, json={"answer": "nil"}, headers={"If-Match": "*"}), 428, "precondition-required")
    problem(operator.put(url, json={"answer": "nil"}, headers={"If-Match": "3"}), 422, "bad-input")
    problem(operator.put(url, json={"answer": "nil"}, headers={"If-Match": '"1"'}), 412, "stale-version")
    assert operator.put(url, json={"answer": "partly"}, headers=FIRST).status_code == 201
    problem(operator.put(url, json={"answer": "nil"}, headers=FIRST), 412, "stale-version")
    seen = operator.get(path(first)).json()["measures"][0]["etag"]
    second = operator.put(url, json={"answer": "nil"}, headers={"If-Match": seen})
    assert (second.status_code, second.headers["etag"]) == (200, '"2"')
    problem(operator.put(url, json={"answer": "nil"}, headers={"If-Match": seen}), 412, "stale-version")
    problem(operator.put(f"{path(first)}/answers/9", json={"answer": "nil"}, headers=FIRST), 404, "not-found")


def test_a_report_is_sent_as_it_was_seen(unit: tuple[httpx.Client, list[int]]) -> None:
    operator, [first, *_] = unit
    url = path(first)
    untouched = operator.get(url).headers["etag"]
    for number in (1, 2):
        operator.put(f"{url}/answers/{number}", json={"answer": "not_achieved"}, headers=FIRST)
    problem(operator.post(f"{url}/submission", headers={"If-Match": untouched}), 412, "stale-version")
    seen = operator.get(url).headers["etag"]
    operator.put(f"{url}/answers/1", json={"answer": "not_achieved", "note": "lagi"}, headers={"If-Match": '"1"'})
    problem(operator.post(f"{url}/submission", headers={"If-Match": seen}), 412, "stale-version")
    seen = operator.get(url).headers["etag"]
    assert operator.post(f"{url}/submission", headers={"If-Match": seen}).status_code == 201
    # Who heard no answer repeats: the content counts already, so the version does not matter.
    assert operator.post(f"{url}/submission", headers={"If-Match": seen}).json()["unchanged"] is True


def test_all_answers_at_once_are_the_draft_afterwards(unit: tuple[httpx.Client, list[int]]) -> None:
    operator, [first, *_] = unit
    url = path(first)
    operator.put(f"{url}/answers/1/opd", json={"opd": "Dinas Sosial"})
    operator.put(f"{url}/answers/1", json={"answer": "partly", "value": 7}, headers={"If-Match": '"1"'})
    body = honest_answers(operator, first, value="2.5")
    etag = operator.get(url).headers["etag"]
    assert operator.post(f"{url}/submission", json=body, headers={"If-Match": etag}).status_code == 201
    seen = operator.get(url).json()
    assert [measure["draft"]["value"] for measure in seen["measures"]] == ["2.5", "2.5"]
    assert (seen["measures"][0]["opd"], seen["unsent"]) == ("Dinas Sosial", False)
    assert operator.post(f"{url}/submission").json()["unchanged"] is True


def test_answers_that_cannot_be_are_refused_with_their_place(unit: tuple[httpx.Client, list[int]]) -> None:
    operator, [first, *_] = unit
    url = f"{path(first)}/submission"
    twice = {"answers": [{"measure_number": 1, "answer": "nil"}] * 2}
    problem(operator.post(url, json=twice), 422, "bad-input")
    other = {"answers": [{"measure_number": 7, "answer": "nil"}]}
    assert problem(operator.post(url, json=other), 422, "bad-input")["errors"][0]["pointer"] == (
        "/body/answers/0/measure_number"
    )
    foreign = {"answers": [{"measure_number": 1, "answer": "achieved", "evidence_ids": [999_999]}]}
    problem(operator.post(url, json=foreign), 422, "bad-input")
    for value in (0.1, "1e3", "1,5", "0.12345", True, 10**15):
        body = {"answers": [{"measure_number": 1, "answer": "achieved", "value": value}]}
        problem(operator.post(url, json=body), 422, "bad-input")


def test_a_list_goes_on_where_it_stopped_and_shows_own_units_only(api: Api) -> None:
    code = fresh_unit()
    operator, owed = api.operator(code), api.obligations(code)
    seen, url = [], f"/api/v1/periods/{PERIOD}/reports?limit=4"
    while url:
        page = operator.get(url).json()
        seen += [row["obligation_id"] for row in page["items"]]
        url = page["next"]
    assert seen == owed
    sent(api, operator, owed[2])
    submitted = operator.get(f"/api/v1/periods/{PERIOD}/reports?state=submitted").json()["items"]
    assert [row["obligation_id"] for row in submitted] == [owed[2]]
    problem(operator.get(f"/api/v1/periods/{PERIOD}/reports?unit_code=31"), 404, "not-found")
    auditor = api.acting((Role.AUDITOR, Place()))
    one = auditor.get(f"/api/v1/periods/{PERIOD}/reports?unit_code={code}&limit=2").json()
    assert one["next"].startswith(f"/api/v1/periods/{PERIOD}/reports?unit_code={code}&limit=2&cursor=")
    coordinator = api.acting((Role.PROVINCE_COORDINATOR, Place(unit_id=api.unit("11"))))
    codes = {row["unit_code"][:2] for row in coordinator.get(f"/api/v1/periods/{PERIOD}/reports").json()["items"]}
    assert codes == {"11"}


def test_what_the_state_does_not_allow_says_what_it_allows(api: Api, unit: tuple[httpx.Client, list[int]]) -> None:
    operator, [first, *_] = unit
    sent(api, operator, first)
    ministry = api.acting((Role.MINISTRY, Place()))
    reason = {"reason_code": "error", "remark": "Berkas salah"}
    said = problem(ministry.post(f"{path(first)}/reopening", json=reason), 409, "not-possible")
    assert said["possible"] == ["edit", "submit", "take"]
    api.force("UPDATE report SET state = 'verified', score_bp = 9000 WHERE obligation_id = :o", o=first)
    assert problem(
        operator.post(f"{path(first)}/submission", json=honest_answers(operator, first, note="x")), 409, "not-possible"
    )
    assert ministry.post(f"{path(first)}/reopening", json=reason).json()["state"] == "reopened"
    assert sent(api, operator, first, note="lagi")["state"] == "resubmitted"


def test_periods_say_their_windows(api: Api) -> None:
    periods = api.acting((Role.AUDITOR, Place())).get("/api/v1/periods").json()["items"]
    [b08] = [each for each in periods if each["label"] == PERIOD]
    assert (b08["opens_on"], b08["closes_on"]) == ("2022-08-30", "2022-09-06")
