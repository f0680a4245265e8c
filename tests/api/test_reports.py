"""Reports over HTTP: read, answered, sent."""

from tests.api.serving import PERIOD, Api


def test_a_report_is_answered_and_sent(api: Api) -> None:
    operator = api.operator("36.04")
    [first, *_] = api.obligations("36.04")
    url = f"/api/v1/periods/{PERIOD}/reports/{first}"
    seen = operator.get(url)
    assert seen.json()["state"] == "not_started"
    written = operator.put(f"{url}/answers/1", json={"answer": "not_achieved"}, headers={"If-None-Match": "*"})
    assert (written.status_code, written.headers["etag"]) == (201, '"1"')
    refused = operator.post(f"{url}/submission")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/measures/2"
    written = operator.put(f"{url}/answers/2", json={"answer": "nil", "note": "-"}, headers={"If-None-Match": "*"})
    sent = operator.post(f"{url}/submission")
    assert sent.status_code == 201, sent.json()
    assert sent.json()["timeliness"] == "on_time"
