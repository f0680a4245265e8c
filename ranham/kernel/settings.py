"""Configuration, read once from the environment (prefix RANHAM_)."""

import os
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from ranham.kernel import addresses, clock, secret_files
from ranham.kernel.errors import BadInput
from ranham.kernel.misread import misread
from ranham.kernel.small_cells import SmallCellSetting

PREFIX = "RANHAM_"
CHECKOUT = Path(__file__).resolve().parents[2]


def _default_data_dir() -> Path:
    return CHECKOUT / ".ranham" if (CHECKOUT / "pyproject.toml").is_file() else platformdirs.user_data_path("ranham")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    database_url: str | None = Field(default=None, repr=False)
    """Server to use; without it an embedded PostgreSQL starts in the data directory."""

    app_database_url: str | None = Field(default=None, repr=False)
    """The same database as `database_url`, as the role `ranham_app`, which row-level security holds; the embedded
    server needs none."""

    data_dir: Path = Field(default_factory=_default_data_dir)
    """Embedded database, inbox and Prefect's own files; in a checkout its folder `.ranham`, for every command alike."""

    inbox_dir: Path | None = None
    """Folder that the import flow empties; without it `inbox` below the data directory."""

    inbox_settle_seconds: int = Field(default=5, ge=0)
    """How long a file in the inbox must have been left alone before it is taken; configuration, unverified."""

    prefect_ui_url: str = "http://127.0.0.1:4200"
    """Where operators see flow runs; used to link our record of a run to Prefect's."""

    prefect_notify: str | None = None
    """Notification block of Prefect that automations call, `slack-webhook/operators`; without it none is added."""

    lease_seconds: int = Field(default=300, ge=1, le=24 * 3600)
    """How long a flow may hold a period without renewing, and how long its transaction may lie idle; configuration,
    unverified."""

    late_after_minutes: int = Field(default=15, ge=0)
    """How long a step of the cycle may be due before operators see it as late; configuration, unverified."""

    late_after_minutes_by_step: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """The same for single steps, as JSON: `{"roll_up": 30}`; configuration, unverified."""

    lease_long_minutes: int = Field(default=60, ge=1)
    """How long a lease may be held before operators look after its holder; configuration, unverified."""

    failed_deliveries: int = Field(default=20, ge=1)
    """Deliveries that wait for a person from which on the tick says so; configuration, unverified."""

    free_megabytes: int = Field(default=1024, ge=0)
    """Free space in the data directory below which `ranham doctor` fails; configuration, unverified."""

    metrics_token_file: Path | None = None
    """Its first line is the token with which /metrics may be read; without it only from this machine."""

    log_format: Literal["plain", "json"] = "plain"
    """How the API, the flows of `make serve` and the command line write their logs."""

    close_after_days: int = Field(default=30, ge=0)
    """Days after the window in which late reports are accepted before the engine closes; configuration, unverified."""

    extension_cap_days: int = Field(default=14, ge=0)
    """Longest extension after the end of a window; configuration, unverified."""

    days_off_file: Path | None = None
    """CSV of days off and working days that differ from the published calendar, see `ranham.reminder.days_off`."""

    reminder_latest_days: int = Field(default=14, ge=1)
    """How late a missed reminder still may be sent; configuration, unverified."""

    sign_in_failures: int = Field(default=5, ge=1)
    """Wrong passwords in a row after which an account takes none for a time; configuration, unverified."""

    sign_in_lock_minutes: int = Field(default=15, ge=1)
    """How long such an account takes no password; configuration, unverified."""

    sign_in_tries_per_minute: int = Field(default=10, ge=1)
    """Tries to sign in that the API takes in a minute for one e-mail address; configuration, unverified."""

    sign_in_tries_per_minute_from_address: int = Field(default=60, ge=1)
    """The same from one network address: behind one there may be a whole agency."""

    session_hours: int = Field(default=12, ge=1, le=24 * 30)
    """How long a session lasts after signing in; configuration, unverified."""

    connections: int = Field(default=16, ge=2, le=80)
    """Most connections that one process opens to the database as one role; the API handles as many requests at once."""

    api_max_body_bytes: int = Field(default=1 << 20, ge=1 << 10)
    """Largest body of a request, but for evidence, which has a limit of its own."""

    reader_memory_seconds: float = Field(default=1, ge=0, le=60)
    """For how long the API may remember whose token it is, for published releases alone, which stay as they are: a
    token that is revoked reads them for so long. 0: it asks the database each time."""

    trusted_proxies: str | None = None
    """Addresses or networks (CIDR) with commas between them, whose X-Forwarded-For the API believes; else nobody's."""

    oidc_issuer: str | None = None
    """Issuer of ID tokens (OpenID Connect), exactly as the tokens name it; without it there is no such sign-in."""

    oidc_audience: str | None = None
    """Our client id at the issuer."""

    oidc_jwks: str | None = None
    """The issuer's public keys: the address of its JWKS, or the JSON itself."""

    evidence_url: str | None = None
    """A folder or `s3://bucket/prefix` for the bytes of evidence; without it `evidence` below the data directory."""

    evidence_max_bytes: int = Field(default=20 * 1024 * 1024, gt=0)
    """Largest piece of evidence; configuration, unverified."""

    clamd: str | None = None
    """`host:port` or Unix socket of a clamd; with it nothing is accepted unscanned, without it nothing is scanned."""

    clamd_timeout_seconds: float = Field(default=60, gt=0)
    """How long the scanner may be silent; configuration, unverified."""

    public_url: str = "http://127.0.0.1:8000"
    """Where people reach the reporting system; links in messages begin with it."""

    helpdesk_name: str = "Sekretariat Panitia Nasional RANHAM"
    """Whom messages name for help; configuration, unverified."""

    helpdesk_email: str | None = None

    helpdesk_phone: str | None = None

    templates_dir: Path | None = None
    """Folder whose files replace templates of messages and the letter, each by its own name."""

    callback_secret_file: Path | None = None
    """File with the secret that signs call-backs of providers; without it none are taken."""

    contact_link_days: int = Field(default=60, ge=1, le=366)
    """How long the links in a message to confirm, correct or end a contact work; configuration, unverified."""

    outbox_dir: Path | None = None
    """Where messages become files as long as no provider is configured; without it `outbox` in the data directory."""

    outbox_tries: int = Field(default=48, ge=1)
    """Attempts after which a delivery is given up; configuration, unverified."""

    outbox_retry_first_seconds: int = Field(default=300, ge=1)
    """Wait after the first attempt; each further one is twice as long. Configuration, unverified."""

    outbox_retry_longest_seconds: int = Field(default=3600, ge=1)
    """Longest wait between two attempts; configuration, unverified."""

    outbox_unknown: Literal["hold", "send_again"] = "hold"
    """What becomes of a message of which nobody knows whether it arrived: a person decides, or it is sent again under
    the same Message-ID and may arrive twice. Configuration, unverified."""

    outbox_connections: int = Field(default=4, ge=1, le=16)
    """Connections to providers that one process sends over at once; each also holds one to the database."""

    outbox_receivers: int = Field(default=16, ge=1, le=64)
    """Receivers of webhooks that one process calls side by side, each with one message at a time."""

    outbox_batch: int = Field(default=100, ge=1)
    """Messages that a connection claims at a time."""

    outbox_claim_seconds: int = Field(default=300, ge=1)
    """How long a worker may be silent before its claim counts as dead; longer than the slowest answer of a provider."""

    outbox_retention_days: int = Field(default=365, ge=1)
    """Days after which the content of an ended delivery may be emptied; configuration, unverified."""

    gateways_file: Path | None = None
    """YAML file of the gateways of each channel; it holds secrets, see docs/delivery.md."""

    small_cells: SmallCellSetting = None
    """Small-cell rule that releases are made under, and that holds for files where a release records none, as JSON:
    `{"target_groups": [...], "threshold": 5}`; without it nothing is suppressed. Configuration, unverified."""

    signing_key_file: Path | None = None
    """File with the private key (Ed25519, PEM) that releases are signed with; only publishing reads it."""

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, said: str | None) -> str | None:
        try:
            for each in (said or "").split(","):
                if each.strip():
                    ip_network(each.strip())  # `*` would believe everybody
        except ValueError:  # its words repeat the value
            raise ValueError("addresses or networks with commas between them: 192.0.2.7, 10.20.0.0/16") from None
        return said

    @field_validator("database_url", "app_database_url")
    @classmethod
    def _address(cls, said: str | None) -> str | None:
        if said and (found := addresses.fault(said)) is not None:
            raise PydanticCustomError("address", addresses.EXPECTED, {"found": found})
        return said

    @property
    def prefect_api_url(self) -> str:
        """Where Prefect's own client looks too (`PREFECT_API_URL`), else beside its pages."""
        return (os.environ.get("PREFECT_API_URL") or f"{self.prefect_ui_url.rstrip('/')}/api").rstrip("/")

    @property
    def prefect_auth(self) -> tuple[str, str] | None:
        """Name and password that Prefect's server asks for, where it does: `PREFECT_API_AUTH_STRING`, or its `_FILE`."""
        name = "PREFECT_API_AUTH_STRING"
        found = os.environ.get(name) or secret_files.read(os.environ).get(name)
        user, _, password = (found or "").partition(":")
        return (user, password) if found else None

    @property
    def outbox(self) -> Path:
        return self.outbox_dir or self.data_dir / "outbox"

    @property
    def inbox(self) -> Path:
        return self.inbox_dir or self.data_dir / "inbox"


class SmtpSettings(BaseSettings):
    """A server that takes e-mail: `RANHAM_SMTP_...`, and `RANHAM_SMTP2_...` for the one to turn to when it fails."""

    model_config = SettingsConfigDict(frozen=True)

    host: str | None = None
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password_file: Path | None = None
    """A file, so that the password is in no environment that a process shows."""
    sender: str | None = None
    """`..._FROM`, a word that Python keeps: with or without a name, `RANHAM <ranham@example.go.id>`."""
    ca_file: Path | None = None
    """Certificates to trust besides those of the system."""
    timeout_seconds: float = Field(default=30, gt=0)
    """How long the server may be silent at each step; configuration, unverified."""
    per_minute: int | None = Field(default=None, ge=1)
    """Most messages that one process hands over in a minute."""


def smtp_servers() -> list[tuple[str, SmtpSettings]]:
    """Those that are configured, by name, in the order in which to turn to them; `BadInput` as of `settings`."""
    found = [(name, _smtp(f"{PREFIX}{name.upper()}_")) for name in ("smtp", "smtp2")]
    return [(name, server) for name, server in found if server.host]


def _smtp(prefix: str) -> SmtpSettings:
    try:
        return SmtpSettings(_env_prefix=prefix, sender=os.environ.get(f"{prefix}FROM"))
    except ValidationError as error:
        wrong = misread(error, prefix)
    raise BadInput(wrong)


@lru_cache
def settings() -> Settings:
    """`BadInput` names each variable that cannot be understood, what it holds and what is expected; never a secret.

    Addresses of the database may come from files: `RANHAM_DATABASE_URL_FILE`.
    """
    found = secret_files.read(os.environ)
    given: dict[str, Any] = {
        name.removeprefix(PREFIX).lower(): value for name, value in found.items() if name.startswith(PREFIX)
    }
    clock.now()  # it reads a variable of its own, and every process is to hear at its start what is wrong with it
    try:
        return Settings(**given)
    except (ValidationError, SettingsError) as error:
        wrong = misread(error, PREFIX, files=found)
    raise BadInput(wrong)
