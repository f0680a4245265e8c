"""The files for production name only what exists: commands, modules, settings, secrets, services, ports."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml

from ranham.kernel.secret_files import SECRETS
from ranham.kernel.settings import Settings
from ranham.kernel.small_cells import SmallCells
from ranham.kernel.webhook_settings import WebhookSettings
from tests.architecture.production import (
    KEPT_FROM_OTHERS,
    OWN,
    PRODUCTION,
    ROOT,
    UNITS,
    compose,
    example,
    is_path,
    missing_in,
    ours,
    wrong_setting,
)


def test_every_command_of_the_compose_file_exists() -> None:
    for name, service in ours().items():
        command = service["command"]
        words = shlex.split(command[2]) if command[:2] == ["sh", "-c"] else command
        assert words[0] in ("python", "ranham"), name
        assert missing_in(words) == [], name


def test_every_setting_of_the_compose_file_is_known() -> None:
    for name, service in ours().items():
        assert [each for each in service["environment"] if wrong_setting(each)] == [], name
    assert wrong_setting("RANHAM_LEASE_SECOND")
    assert wrong_setting("PREFECT_SERVER_API_AUTH_STRNG")
    assert wrong_setting("RANHAM_INBOX_DIR_FILE")
    assert wrong_setting("RANHAM_SMTP_PASSWORD")
    assert wrong_setting("RANHAM_WEBHOOK_SECRET_DIR")
    assert wrong_setting("RANHAM_SIGNING_KEYS_FILE")


def test_every_secret_is_a_file_that_the_service_is_given() -> None:
    whole = compose()
    for name, service in whole["services"].items():
        read = {Path(value).name for key, value in service.get("environment", {}).items() if key.endswith("_FILE")}
        read |= set(re.findall(r"/run/secrets/(\w+)", " ".join(service.get("command", []))))
        assert read == set(service.get("secrets", [])), name
    assert {each for service in whole["services"].values() for each in service.get("secrets", [])} == set(
        whole["secrets"]
    )
    assert all(each["file"].startswith("./secrets/") for each in whole["secrets"].values())
    ignored = subprocess.run(["git", "check-ignore", "-q", "docs/production/secrets/x"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


def test_services_wait_for_services_and_are_asked_on_the_ports_on_which_they_listen() -> None:
    services = compose()["services"]
    listening = {
        n: s["command"][s["command"].index("--port") + 1]
        for n, s in services.items()
        if "--port" in s.get("command", [])
    }
    assert listening == {"prefect": "4200", "prefect-2": "4200", "api": "8000"}
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        asked = re.findall(r"127\.0\.0\.1:(\d+)", str(service.get("healthcheck", "")))
        assert asked == ([listening[name]] if name in listening else []), name
    for proxied in re.findall(r"reverse_proxy (\w+):(\d+)", (PRODUCTION / "Caddyfile").read_text()):
        assert listening[proxied[0]] == proxied[1]
    assert set(re.findall(r"http://127\.0\.0\.1:(\d+)", (PRODUCTION / "nginx.conf").read_text())) == {"8000"}
    [network] = compose()["networks"]["inside"]["ipam"]["config"]
    address = services["proxy"]["networks"]["inside"]["ipv4_address"]
    assert services["api"]["environment"]["RANHAM_TRUSTED_PROXIES"] == address
    assert ip_address(address) in ip_network(network["subnet"])
    assert ip_address(address) not in ip_network(network["ip_range"])  # of which the others are given theirs
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    # Not [::]: what comes by IPv6 the host relays under its own address, which is a private one.
    assert all(port.startswith("0.0.0.0:") for port in services["proxy"]["ports"])


def test_prefects_pages_are_served_from_where_a_server_may_write() -> None:
    services = compose()["services"]
    for name in ("prefect", "prefect-2"):
        said = services[name]["environment"]
        assert any(said["PREFECT_UI_STATIC_DIRECTORY"].startswith(f"{each}/") for each in services[name]["tmpfs"]), name
        assert said["PREFECT_UI_API_URL"].startswith("https://${PREFECT_HOST:"), name
        assert said["PREFECT_UI_API_URL"].endswith("}/api"), name
    assert example("environment.example")["PREFECT_UI_STATIC_DIRECTORY"].startswith("/var/lib/ranham/")


def test_the_image_is_made_of_what_is_here_and_of_the_lock() -> None:
    lines = (PRODUCTION / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert [word for word in copied if not (ROOT / word).exists()] == []
    installs = [line for line in lines if line.startswith("RUN pip install")]
    assert "--require-hashes" in installs[0]
    assert all("--no-deps" in line for line in installs)
    [entry] = [line.removeprefix("ENTRYPOINT ") for line in lines if line.startswith("ENTRYPOINT")]
    assert missing_in(yaml.safe_load(entry)) == []
    assert "USER ranham" in lines


@pytest.mark.parametrize(
    "name", ["environment.example", "servers.environment.example", *(f"{each}.environment.example" for each in OWN)]
)
def test_settings_of_the_environment_files_are_known_and_no_secrets(name: str) -> None:
    names = example(name)
    assert [each for each in names if wrong_setting(each)] == []
    assert set(names) & set(SECRETS) == set()


@pytest.mark.parametrize("name", OWN)
def test_a_process_has_its_own_secrets_and_starts_without_any(name: str) -> None:
    """Keys, passwords of mail servers, gateways, webhooks: files of a folder that the other processes do not see."""
    folder, said = f"/etc/ranham/{name}", example(f"{name}.environment.example")
    kept = {each: value for each, value in said.items() if is_path(each)}
    assert set(kept) == KEPT_FROM_OTHERS[name]
    assert [value for value in kept.values() if not value.startswith(f"{folder}/")] == []
    assert all(f"\n#{each}=" in (PRODUCTION / f"{name}.environment.example").read_text() for each in said)

    for service, each in ours().items():
        files = [file for file in each.get("env_file", []) if f"/{name}." in file["path"]]
        mounts = [volume for volume in each["volumes"] if folder in volume]
        if service == name:
            assert files == [{"path": f"./secrets/{name}.environment", "required": False}]
            assert mounts == [f"./secrets/{name}:{folder}:ro"]
        else:
            assert (files, mounts) == ([], []), service

    for unit in UNITS:
        lines = unit.read_text().splitlines()
        read = f"EnvironmentFile=-{folder}.environment" in lines
        [hidden] = [line.split("=")[1].split() for line in lines if line.startswith("InaccessiblePaths=")]
        of_this = unit.stem == f"ranham-{name}"
        assert (read, f"-{folder}" in hidden) == (of_this, not of_this), unit.stem


def test_every_process_knows_where_webhooks_may_go_how_people_reach_us_and_what_is_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = {"RANHAM_WEBHOOK_NETWORKS", "RANHAM_PUBLIC_URL", "RANHAM_SMALL_CELLS"}
    assert both <= set(example("environment.example"))
    for name in OWN:
        assert both <= set(ours()[name]["environment"])
        assert not both & set(example(f"{name}.environment.example"))
    # As the compose file gives them where nothing is named.
    assert WebhookSettings(networks="").networks == ""
    monkeypatch.setenv("RANHAM_SMALL_CELLS", "")
    assert Settings().small_cells is None
    monkeypatch.setenv("RANHAM_SMALL_CELLS", example("environment.example")["RANHAM_SMALL_CELLS"].strip("'"))
    assert Settings().small_cells == SmallCells(target_groups=("disabilitas",), threshold=5)


def test_the_document_makes_what_the_examples_name() -> None:
    document = (ROOT / "docs" / "production.md").read_text("utf-8")
    for name in OWN:
        assert f"`{name}.environment.example`" in document
        assert f"/etc/ranham/{name}" in document
    assert [each for kept in KEPT_FROM_OTHERS.values() for each in kept if f"`{each}`" not in document] == []


def test_several_servers_are_the_same_with_containers_and_with_units() -> None:
    """The tests of several servers run with the settings of the containers."""
    composed = yaml.safe_load((PRODUCTION / "compose.servers.yaml").read_text("utf-8"))["x-several"]
    secrets = {name for name in composed if name.endswith("_FILE")}
    assert example("servers.environment.example") == {k: v for k, v in composed.items() if k not in secrets}
    services = UNITS[[unit.stem for unit in UNITS].index("ranham-prefect-services")].read_text()
    added = (PRODUCTION / "systemd" / "several.conf").read_text()
    for text in (services, added):
        assert secrets == set(re.findall(r"^Environment=(\w+)=%d/redis_url$", text, re.MULTILINE))
        assert "\nEnvironmentFile=/etc/ranham/servers.environment\n" in text
        assert "\nLoadCredential=redis_url:/etc/ranham/secrets/redis_url\n" in text
    server = (PRODUCTION / "systemd" / "ranham-prefect.service").read_text()
    [start] = re.findall(r"^ExecStart=(.+)$", server, re.MULTILINE)
    assert f"ExecStart=\nExecStart={start.replace(' start ', ' start --no-services ')}\n" in added
    # What is said last counts: in one file this would be the lease storage of a single server.
    assert services.index("/environment\n") < services.index("servers.environment\n")


@pytest.mark.parametrize("unit", UNITS, ids=lambda each: each.stem)
def test_a_unit_starts_a_command_that_exists_with_secrets_that_it_is_given(unit: Path) -> None:
    content = unit.read_text("utf-8")
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(content)
    assert missing_in(shlex.split(parsed["Service"]["ExecStart"])) == []
    given = set(re.findall(r"^LoadCredential=(\w+):", content, re.MULTILINE))
    read = dict(re.findall(r"^Environment=(\w+)=%d/(\w+)$", content, re.MULTILINE))
    assert given == set(read.values()) != set()
    assert [each for each in read if wrong_setting(each)] == []


def test_systemd_itself_finds_no_fault(tmp_path: Path) -> None:
    assert len(UNITS) == 4
    (tmp_path / "ranham-prefect.service.d").mkdir()
    several = PRODUCTION / "systemd" / "several.conf"
    for file, into in [*((unit, unit.name) for unit in UNITS), (several, "ranham-prefect.service.d/several.conf")]:
        (tmp_path / into).write_text(file.read_text().replace("/opt/ranham/.venv/bin/python", sys.executable))
    if verify := shutil.which("systemd-analyze"):  # elsewhere what is above has to do
        copies = sorted(tmp_path.glob("*.service"))
        done = subprocess.run([verify, "verify", *map(str, copies)], capture_output=True, text=True, check=False)
        assert [line for line in done.stderr.splitlines() if "ranham-" in line] == []
