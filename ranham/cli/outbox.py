"""`ranham outbox`: what was sent, what waits, what failed, and what people do about it."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from ranham.cli.output import Format, console, problems, show
from ranham.cycle.composers import COMPOSERS, HOLDS
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.settings import settings
from ranham.outbox import bounces as bounces_
from ranham.outbox import deliveries
from ranham.outbox.deliveries import queries
from ranham.outbox.states import State
from ranham.release.webhooks.sending import send_rounds
from ranham.reminder.links.addresses import purge_links
from ranham.reminder.mending import mend_address

app = typer.Typer(help="Messages to people: sent, waiting, failed (docs/delivery.md).", no_args_is_help=True)

FormatOption = Annotated[Format, typer.Option("--format")]
Ids = Annotated[list[int] | None, typer.Argument(help="Numbers of deliveries, as `ranham outbox list` shows them.")]
StateOption = Annotated[State | None, typer.Option("--state")]
ChannelOption = Annotated[str | None, typer.Option("--channel", help="For example email.")]
KindOption = Annotated[str | None, typer.Option("--kind", help="For example reminder.")]
Since = Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="Created on this day or later.")]
Address = Annotated[str | None, typer.Option("--address")]
COLUMNS = ("id", "state", "state_at", "channel", "address", "kind", "ref", "attempts", "because")


@dataclass(frozen=True, slots=True)
class Shown:
    delivery: queries.Listed
    attempts: list[queries.AttemptMade]


def _where(
    state: State | None, channel: str | None, kind: str | None, since: datetime | None, address: str | None
) -> queries.Filter:
    day = since.replace(tzinfo=clock.JAKARTA) if since else None
    return queries.Filter(state=state, channel=channel, kind=kind, since=day, address=address)


def _ids(session: Session, where: queries.Filter) -> list[int]:
    """All or nothing would be too much to mean by saying nothing."""
    if where == queries.Filter():
        raise typer.BadParameter("say which: numbers, or --state, --channel, --kind, --since, --address")
    return [found.id for found in queries.deliveries(session, where)]


@app.command("list")
def list_(
    state: StateOption = None,
    channel: ChannelOption = None,
    kind: KindOption = None,
    since: Since = None,
    address: Address = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Deliveries, the newest first. Example: `ranham outbox list --state unknown`"""
    with read_session() as session:
        found = queries.deliveries(session, _where(state, channel, kind, since, address), limit=limit)
    show(found, format, columns=COLUMNS)


@app.command("show")
def show_(id_: Annotated[int, typer.Argument(metavar="ID")], format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """One delivery and each attempt to send it. Example: `ranham outbox show 17`"""
    with read_session() as session:
        delivery, attempts = queries.delivery(session, id_)
    if format is Format.TABLE:
        for name, value in asdict(delivery).items():
            console.print(f"{name.replace('_', ' ')}: {'-' if value is None else value}", markup=False, soft_wrap=True)
        show(attempts, format, title="Attempts")
    else:
        show(attempts if format is Format.CSV else [Shown(delivery, attempts)], format)


@app.command()
def retry(
    ids: Ids = None,
    state: StateOption = None,
    channel: ChannelOption = None,
    kind: KindOption = None,
    since: Since = None,
    address: Address = None,
    yes: Annotated[bool, typer.Option("--yes", help="Also what may arrive twice.")] = False,
) -> None:
    """Send again: by numbers, or all of a state. Example: `ranham outbox retry --state technical_failure`"""
    with unit_of_work() as session:
        chosen = ids or _ids(session, _where(state, channel, kind, since, address))
        if unknown := queries.count_unknown(session, chosen):
            problems.print(
                f"{unknown} of them may have arrived: nobody heard the answer. They may arrive twice, under the same "
                "Message-ID.",
                style="yellow",
                soft_wrap=True,
            )
        count = deliveries.retry(session, chosen, now=clock.now(), may_arrive_twice=yes)
    console.print(f"{count} deliveries wait to be sent again.")


@app.command()
def cancel(
    because: Annotated[str, typer.Option("--because", help="Why; kept with each.")],
    ids: Ids = None,
    state: StateOption = None,
    channel: ChannelOption = None,
    kind: KindOption = None,
    since: Since = None,
    address: Address = None,
) -> None:
    """Never send them. Example: `ranham outbox cancel 17 18 --because "the period was moved"`"""
    with unit_of_work() as session:
        chosen = ids or _ids(session, _where(state, channel, kind, since, address))
        count = deliveries.cancel(session, chosen, because=because, now=clock.now())
    console.print(f"{count} deliveries cancelled.")


@app.command()
def send(
    limit: Annotated[int | None, typer.Option(min=1, help="Most messages to send.")] = None,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Send what is due, now; the flow does it every minute. Example: `ranham outbox send`"""
    show([sum(send_rounds(COMPOSERS, HOLDS, now=clock.now, limit=limit), deliveries.Tally())], format)


@app.command()
def bounces(
    folder: Annotated[Path, typer.Argument(help="A folder of .eml files, a Maildir or an mbox file.")],
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Take bounces and complaints; taking them again changes nothing. Example: `ranham outbox bounces bounces/`"""
    with unit_of_work() as session:
        taken = bounces_.take_folder(session, folder, now=clock.now())
    show([taken], format)


@app.command()
def failures(
    all_: Annotated[bool, typer.Option("--all", help="Also those that were mended.")] = False,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Addresses to which nothing is sent until they are mended. Example: `ranham outbox failures --format csv`"""
    with read_session() as session:
        found = queries.failures(session, all_=all_)
    show(found, format)


@app.command()
def mend(address: Annotated[str, typer.Argument()], channel: ChannelOption = None) -> None:
    """The address is right again. Example: `ranham outbox mend operator@example.go.id`"""
    with unit_of_work() as session:
        again = mend_address(session, address, channel=channel, now=clock.now())
    console.print(
        f"Messages go to {address} from now on. {again} reminders that are still timely are sent again. What else failed: ranham outbox retry --state permanent_failure "
        f"--address {address}",
        markup=False,
        soft_wrap=True,
    )


@app.command()
def purge(
    days: Annotated[int | None, typer.Option(min=1, help="Without it RANHAM_OUTBOX_RETENTION_DAYS.")] = None,
) -> None:
    """Empty contents and replies of what ended so many days ago, delete expired links; the flow does it daily. Example: `ranham outbox purge`"""
    now = clock.now()
    with unit_of_work() as session:
        before = now - timedelta(days=days or settings().outbox_retention_days)
        count, links = deliveries.purge(session, before, now=now), purge_links(session, now=now)
    console.print(f"{count} contents emptied, {links} expired links deleted.")


@app.command()
def counts(format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """How many deliveries are in which state. Example: `ranham outbox counts`"""
    with read_session() as session:
        found = queries.counts(session)
    show(found, format)
