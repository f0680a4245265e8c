"""docs/webhooks.md: its recipes check a real message, and it names every setting and every event."""

import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ranham.kernel import clock
from ranham.kernel.webhook_settings import WebhookSettings
from ranham.outbox.providers.webhook.signing import new_secret, read_secrets, signature
from ranham.release.webhooks.rules import WebhookEvent

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text("utf-8")
BODY = '{"id":"m","simulated":true,"nama":"Provinsi Papua Barat Daya é"}'.encode()


def recipe(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def message(tmp_path: Path) -> dict[str, str]:
    """Headers of a message that was signed while the secret is exchanged."""
    new_secret(tmp_path, "pusdatin")
    new_secret(tmp_path, "pusdatin")
    seconds = int(clock.real_now().timestamp())
    said = signature(read_secrets(tmp_path, "pusdatin"), "m", seconds, BODY)
    return {"webhook-id": "m", "webhook-timestamp": str(seconds), "webhook-signature": said}


def test_the_python_recipe_takes_what_is_genuine_and_nothing_else(message: dict[str, str], tmp_path: Path) -> None:
    made: dict[str, Callable[[Sequence[str], Mapping[str, str], bytes], bool]] = {}
    exec(recipe("python"), made)  # type: ignore[arg-type]  # noqa: S102 - it is what people copy
    genuine, lines = made["genuine"], (tmp_path / "pusdatin").read_text().split()
    assert [genuine([line], message, BODY) for line in lines] == [True, True]
    new_secret(tmp_path, "other")
    assert not genuine((tmp_path / "other").read_text().split(), message, BODY)
    assert not genuine(lines, message, BODY + b" ")
    assert not genuine(lines, message | {"webhook-id": "n"}, BODY)
    old = str(int(message["webhook-timestamp"]) - 301)
    assert not genuine(lines, message | {"webhook-timestamp": old}, BODY)


def test_the_recipe_with_openssl_does_the_same(message: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "check.sh").write_text(recipe("bash"))

    def check(body: bytes, **changed: str) -> tuple[int, str]:
        given = message | changed
        done = subprocess.run(
            ["bash", tmp_path / "check.sh", tmp_path / "pusdatin", *given.values()],
            input=body, capture_output=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout.decode()

    assert check(BODY) == (0, "the message holds\n")
    assert check(BODY + b"\n")[0] == 1
    assert check(BODY, **{"webhook-id": "n"})[0] == 1
    (tmp_path / "pusdatin").write_text("".join(reversed((tmp_path / "pusdatin").read_text().splitlines(keepends=True))))
    assert check(BODY)[0] == 0  # the other secret fits as well


def test_the_page_names_every_setting_with_its_default_and_every_event() -> None:
    for name, field in WebhookSettings.model_fields.items():
        default = "" if field.default is None else f" | `{field.default}` |"
        assert f"| `RANHAM_WEBHOOK_{name.upper()}`{default}" in PAGE
    assert all(f"`{event}`" in PAGE for event in WebhookEvent)
