"""What `ranham doctor` tells people to type works where Prefect's server asks for a password."""

from pathlib import Path
from typing import Any

import pytest

from ranham.cycle.doctor import Verdict, examine, prefect

WITH_SECRETS = "python -m ranham.kernel.secret_files"


def test_what_people_are_told_to_type_takes_the_password_of_prefect_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: dict[str, Any] = {
        "/work_pools/ranham": {},
        "/automations/filter": [{"name": "ranham: x", "enabled": False, "actions": []}],
    }
    monkeypatch.setattr(prefect, "ask", lambda _url, _method, path, _body=None: answers.get(path))
    assert {each.mend for each in prefect.worker()} == {"prefect worker start --pool ranham --type process"}
    file = tmp_path / "prefect_auth"
    file.write_text("ranham:rahasia")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING_FILE", str(file))
    assert {each.mend for each in prefect.deployments()} == {f"{WITH_SECRETS} prefect --no-prompt deploy --all"}
    assert {each.mend for each in prefect.worker()} == {
        f"{WITH_SECRETS} prefect worker start --pool ranham --type process"
    }
    off, quiet = (each.mend or "" for each in prefect.automations())
    assert off == f'{WITH_SECRETS} prefect automation resume "ranham: x"'
    assert quiet.endswith(f"; then {WITH_SECRETS} python -m flows.automations apply")
    [broken] = examine(5, {"automations": (breaks, prefect.APPLY)})
    assert broken.mend == f"{WITH_SECRETS} python -m flows.automations apply"


def breaks() -> list[Verdict]:
    raise ZeroDivisionError
