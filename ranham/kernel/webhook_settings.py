"""How webhooks leave, read from the environment (prefix RANHAM_WEBHOOK_) each time it is asked for."""

from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ranham.kernel.errors import BadInput
from ranham.kernel.misread import misread

PREFIX = "RANHAM_WEBHOOK_"
NETWORKS = "addresses or networks with commas between them, each from its first address: 10.20.0.0/16, 192.0.2.7"


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
        try:
            for each in (said or "").split(","):
                if each.strip():
                    ip_network(each.strip())
        except ValueError:  # its words repeat the value
            raise ValueError(NETWORKS) from None
        return said


def webhook_settings() -> WebhookSettings:
    """`BadInput` names each variable that cannot be understood and what is expected; of what it holds, numbers only."""
    try:
        return WebhookSettings()
    except ValidationError as error:
        wrong = misread(error, PREFIX)
    raise BadInput(wrong)
