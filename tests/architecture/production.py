"""What the files for production say, read for the tests that hold them to the code."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import prefect.settings
import yaml
from prefect_redis.client import RedisMessagingSettings
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from ranham.cli.app import app
from ranham.kernel.secret_files import SECRETS
from ranham.kernel.settings import Settings, SmtpSettings
from ranham.kernel.webhook_settings import WebhookSettings

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = ROOT / "docs" / "production"
UNITS = sorted((PRODUCTION / "systemd").glob("*.service"))
OTHERS = {"AWS_ENDPOINT", "AWS_REGION", "PYTHONUNBUFFERED", "DO_NOT_TRACK", "RANHAM_HOME"}
NOT_OURS = {"postgres", "proxy", "redis"}
CLASSES: dict[str, type[BaseSettings]] = {
    "RANHAM_SMTP_": SmtpSettings,
    "RANHAM_SMTP2_": SmtpSettings,
    "RANHAM_WEBHOOK_": WebhookSettings,
    "RANHAM_": Settings,
}
OWN = ("worker", "api")
"""Processes with a folder and a file of settings that no other one sees."""
KEPT_FROM_OTHERS = {
    "worker": {
        "RANHAM_SIGNING_KEY_FILE",
        "RANHAM_SMTP_PASSWORD_FILE",
        "RANHAM_SMTP2_PASSWORD_FILE",
        "RANHAM_GATEWAYS_FILE",
        "RANHAM_WEBHOOK_SECRETS_DIR",
    },
    "api": {"RANHAM_CALLBACK_SECRET_FILE", "RANHAM_METRICS_TOKEN_FILE"},
}
Service = dict[str, Any]


def compose() -> dict[str, Any]:
    """All files as one, as the command merges them."""
    base, *more = (
        yaml.safe_load((PRODUCTION / name).read_text("utf-8"))
        for name in ("compose.yaml", "compose.s3.yaml", "compose.servers.yaml")
    )
    for each in more:
        for name, service in each["services"].items():
            into = base["services"].setdefault(name, {})
            for key, said in service.items():
                into[key] = _merged(into.get(key), said)
        for key in ("secrets", "volumes"):
            base[key] |= each.get(key, {})
    return base  # type: ignore[no-any-return]


def _merged(first: Any, second: Any) -> Any:
    """As the command does it where a key is in two files; commands are replaced."""
    if isinstance(first, dict):
        return first | second
    return [*first, *second] if isinstance(first, list) and second[0] not in ("python", "redis-server") else second


def ours() -> dict[str, Service]:
    return {name: each for name, each in compose()["services"].items() if name not in NOT_OURS}


def field_of(name: str) -> FieldInfo | None:
    """What reads a setting of ours."""
    for prefix, kind in CLASSES.items():
        own = name.removeprefix(prefix).lower() if name.startswith(prefix) else ""
        if found := kind.model_fields.get("sender" if own == "from" and kind is SmtpSettings else own):
            return found
    return None


def is_path(name: str) -> bool:
    field = field_of(name)
    return field is not None and Path in (field.annotation, *get_args(field.annotation))


def wrong_setting(name: str) -> bool:
    if name.endswith("_FILE"):
        return name.removesuffix("_FILE") not in SECRETS and not is_path(name)
    if name.startswith("PREFECT_REDIS_MESSAGING_"):
        return name.removeprefix("PREFECT_REDIS_MESSAGING_").lower() not in RedisMessagingSettings.model_fields
    if name.startswith("PREFECT_"):
        return not hasattr(prefect.settings, name)
    return name not in OTHERS and field_of(name) is None


def example(name: str) -> dict[str, str]:
    """Settings of an example, also those that are only proposed, behind a `#`."""
    lines = (PRODUCTION / name).read_text("utf-8").splitlines()
    return dict(re.findall(r"^#?([A-Z0-9_]+)=(.*)$", "\n".join(lines), re.MULTILINE))


def missing_in(command: list[str]) -> list[str]:
    """What a command names that does not exist here."""
    words = [each for each in command if each != "&&"]
    wrong = []
    for position, word in enumerate(words):
        if word == "-m":
            module = words[position + 1]
            wrong += [module] if find_spec(module) is None else []
        if word == "ranham" and position == 0:
            groups = {each.name for each in app.registered_groups} | {each.name for each in app.registered_commands}
            wrong += [words[1]] if words[1] not in groups else []
    return wrong
