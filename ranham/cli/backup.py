"""`ranham backup` and `ranham restore`."""

from pathlib import Path
from typing import Annotated

import typer

from ranham.backup import service
from ranham.cli.output import console, problems
from ranham.kernel import clock

Sha256 = Annotated[str | None, typer.Option("--manifest-sha256", help="As it was written down when it was taken.")]


def backup(
    to: Annotated[Path, typer.Option("--to", help="A folder that is not there yet, or empty.", file_okay=False)],
) -> None:
    """Database, evidence and plan files as of one moment, without keys and passwords. Exit code 1 if bytes were missing.

    Example: `ranham backup --to 2026-11-24`
    """
    taken = service.take(to, now=clock.real_now())
    state = taken.manifest.state
    console.print(
        f"{to}: {len(taken.manifest.files)} files, {state.figures} figures, {state.events} events of the audit chain.\n"
        "Keys, passwords and configuration are not in it.\n"
        f"Write down elsewhere:\n--manifest-sha256 {taken.sha256}",
        soft_wrap=True, markup=False, highlight=False,
    )  # fmt: skip
    if missing := taken.manifest.evidence_missing:
        problems.print(
            f"Evidence is missing or changed and not in the backup: {', '.join(missing)}", markup=False, soft_wrap=True
        )
        raise typer.Exit(1)


def restore(
    source: Annotated[Path, typer.Option("--from", help="The folder of a backup.", exists=True, file_okay=False)],
    sha256: Sha256 = None,
    check: Annotated[bool, typer.Option("--check", help="Only read every file of the backup again.")] = False,
) -> None:
    """Put a backup onto an empty database and an evidence store, then compare figures, audit chain and evidence.

    Example: `ranham restore --from 2026-11-24`
    """
    if check:
        manifest = service.check(source, sha256=sha256)
        console.print(f"All {len(manifest.files)} files are as they were written.")
        return
    state = service.restore(source, sha256=sha256).state
    console.print(
        f"Restored and compared: {state.figures} figures, {state.events} events of the audit chain, "
        f"{sum(state.rows.values())} rows in {len(state.rows)} tables.",
        soft_wrap=True,
    )
