"""`ranham db`: the schema."""

import typer

from ranham.cli.output import console
from ranham.kernel import migrations
from ranham.kernel.database import engine

app = typer.Typer(help="Database schema.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Database schema."""


@app.command()
def upgrade() -> None:
    """Bring the database to the newest schema. Example: `ranham db upgrade`"""
    migrations.upgrade(engine())
    console.print("The database has the newest schema.")
