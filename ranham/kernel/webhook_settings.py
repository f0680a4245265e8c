"""How webhooks leave, read from the environment (prefix RANHAM_WEBHOOK_) each time it is asked for."""

from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ranham.kernel.errors import BadInput, Finding

PREFIX = "RANHAM_WEBHOOK_"
EXPECTED = {
    "networks": "addresses or networks with commas between them, each from its first address: 10.20.0.0/16, 192.0.2.7",
    "timeout_seconds": "seconds, more than 0 and 120 at most",
}


class WebhookSettings(BaseSettings):
    """`RANHAM_WEBHOOK_...`; made by `webhook_settings`, which says what is wrong."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    secrets_dir: Path | None = None
    """Folder with a file for each webhook, under its name, that holds its secret."""
    networks: str | None = None
    """Addresses or networks (CIDR) with commas between them that webhooks may go to although they are not public, and
    without TLS; else https to public addresses only."""
    timeout_seconds: float = Field(default=10, gt=0, le=120)
    """How long a receiver may take from the connection to its answer; configuration, unverified."""
    ca_file: Path | None = None
    """Certificates to trust instead of those of the system."""

    @field_validator("networks")
    @classmethod
    def _networks(cls, said: str | None) -> str | None:
        for each in (said or "").split(","):
            if each.strip():
                ip_network(each.strip())
        return said


def webhook_settings() -> WebhookSettings:
    """`BadInput` names each variable that cannot be understood, what it holds and what is expected."""
    try:
        return WebhookSettings()
    except ValidationError as error:
        wrong = [(str(each["loc"][0]), str(each["input"])) for each in error.errors(include_url=False)]
    raise BadInput(
        [Finding(PREFIX + name.upper(), repr(found), EXPECTED.get(name, "another value")) for name, found in wrong]
    )
