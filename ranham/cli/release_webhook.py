"""`ranham release webhook`: addresses that are told of releases, their secrets, and whether they work."""

from typing import Annotated

import typer

from ranham.cli.acting import As, person
from ranham.cli.output import Format, console, problems, show
from ranham.cycle.composers import COMPOSERS, HOLDS
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.errors import Conflict
from ranham.kernel.webhook_settings import webhook_settings
from ranham.outbox.deliveries import queries as outbox
from ranham.outbox.providers.webhook.signing import Unreadable, drop_old_secret, new_secret, read_secrets
from ranham.outbox.states import State
from ranham.release.webhooks import queries, service
from ranham.release.webhooks.rules import USUAL, WebhookEvent
from ranham.release.webhooks.sending import send_rounds

app = typer.Typer(help="Webhooks: addresses that are told of releases (docs/webhooks.md).", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What the webhook is called, and the file of its secret.")]
COLUMNS = ("id", "name", "url", "created_at", "withdrawn_at", "told", "taken", "waiting")


@app.command()
def add(
    name: Name,
    url: Annotated[str, typer.Argument(help="https://...; shown to everybody who sees deliveries.")],
    event: Annotated[
        list[WebhookEvent] | None, typer.Option(help="Repeatable; default release.published, release.superseded.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="Whose it is, and whom to ask.")] = None,
    by: As = None,
) -> None:
    """Tell an address of releases from now on. Example: `ranham release webhook add pusdatin https://data.example.go.id/ranham`"""
    config = webhook_settings()
    with unit_of_work() as session:
        made = service.add(
            session, name, url, events=event or USUAL, description=description, plain=bool(config.networks),
            by=person(by), now=clock.now(),
        )  # fmt: skip
    console.print(f"The webhook {made.name} is told of releases from now on.", markup=False, soft_wrap=True)
    try:
        read_secrets(config.secrets_dir, name)
    except Unreadable as missing:
        hint = f"make it with: ranham release webhook secret {name}"
        problems.print(f"Nothing can be sent yet: {missing}; {hint}", style="yellow", markup=False, soft_wrap=True)


@app.command("list")
def list_(
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Also those that were withdrawn.")] = False,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,  # noqa: A002
) -> None:
    """Webhooks with how many messages they were told, took and still wait for. Example: `ranham release webhook list`"""
    with read_session() as session:
        show(queries.webhooks(session, withdrawn=withdrawn), format, columns=COLUMNS)


@app.command()
def withdraw(
    name: Name, because: Annotated[str, typer.Option("--because", help="Why; kept with it.")], by: As = None
) -> None:
    """Tell it nothing more; what waits is cancelled. Example: `ranham release webhook withdraw pusdatin --because "moved"`"""
    now = clock.now()
    with unit_of_work() as session:
        service.withdraw(session, queries.find_webhook(session, name), because=because, by=person(by), now=now)
    with unit_of_work() as session:
        service.settle(session, now=now)
    console.print(f"The webhook {name} is withdrawn; its secret may be deleted.", markup=False, soft_wrap=True)


@app.command("test")
def try_out(name: Name, by: As = None) -> None:
    """Send it a message that says nothing happened, now, and show the answer; exit code 1 if it was not taken.

    Example: `ranham release webhook test pusdatin`
    """
    with unit_of_work() as session:
        made = service.put_test(session, queries.find_webhook(session, name), by=person(by), now=clock.now())
    for _ in send_rounds(COMPOSERS, HOLDS, now=clock.now, only=made):
        pass
    with read_session() as session:
        delivery, attempts = outbox.delivery(session, made)
        until = outbox.left_alone_until(session, delivery.channel, delivery.address, now=clock.now())
    if until and not attempts:
        raise Conflict(f"{name} asked to be left alone until {clock.in_wib(until)}; delivery {made} waits for that too")
    said = attempts[-1].reply if attempts else delivery.because
    if delivery.state != State.DELIVERED_TO_PROVIDER:
        raise Conflict(
            f"{name} did not take delivery {made} ({delivery.state.replace('_', ' ')}): {said or 'no attempt yet'}"
        )
    console.print(f"{name} took delivery {made}: {said}", markup=False, soft_wrap=True)


@app.command()
def secret(
    name: Name,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Only the newest signs from now on.")] = False,
) -> None:
    """Make its secret in RANHAM_WEBHOOK_SECRETS_DIR; beside one that is there already both sign, until --drop-old.

    Example: `ranham release webhook secret pusdatin`
    """
    folder = webhook_settings().secrets_dir
    if drop_old:
        drop_old_secret(folder, name)
        words = f"Only the newest secret in {folder}/{name} signs from now on."
    elif new_secret(folder, name) > 1:
        words = f"The new secret is the first line of {folder}/{name}; the old one signs beside it until --drop-old."
    else:
        words = f"Wrote {folder}/{name}; hand its line to the receiver where nobody else reads it."
    problems.print(words, markup=False, soft_wrap=True)
