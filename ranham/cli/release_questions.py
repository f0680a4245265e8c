"""`ranham explain`, `ranham release diff` and `what-if`: why a figure is what it is, and what it would be."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from sqlalchemy.orm import Session

from ranham.cli.acting import As, person
from ranham.cli.output import Format, console, plain, problems, show
from ranham.cli.release import Day, Number, app
from ranham.kernel import clock
from ranham.kernel.database import engine, read_session, unit_of_work
from ranham.kernel.errors import BadInput, Conflict, Finding
from ranham.release import difference, queries, rules, whatif
from ranham.release.provenance import Explanation
from ranham.release.provenance import explain as explained
from ranham.release.subject import find_subject, full_label

NATION = ("national", "nasional", "-")


@app.command()
def explain(
    number: Number,
    unit: Annotated[str, typer.Argument(help="Code of the unit, key of the office, or national.")],
    figure: Annotated[str, typer.Argument(help="For example achievement.")],
    scope: Annotated[str | None, typer.Option(help="own, regencies, provinces, ministries, pooled.")] = None,
    target_group: Annotated[str | None, typer.Option(help="Code of the target group.")] = None,
    action: Annotated[str | None, typer.Option(help="Code of the action.")] = None,
    only: Annotated[str | None, typer.Option(help="numerator, denominator or excluded")] = None,
    after: Annotated[str | None, typer.Option(help="Cursor of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    format: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,  # noqa: A002
) -> None:
    """What a figure counts, row by row. Example: `ranham explain 2022-B08 36 achievement --scope regencies`"""
    with read_session() as session:
        found = explained(
            session,
            queries.find_number(session, number),
            None if unit.lower() in NATION else unit,
            figure,
            scope=scope,
            target_group=target_group,
            action=action,
            only=only,
            after=after,
            limit=limit,
        )
    if format is Format.JSON:
        typer.echo(json.dumps(dataclasses.asdict(found), default=plain, ensure_ascii=False, indent=1))
    else:
        _show_explained(found, format)


@app.command()
def diff(
    number: Number,
    other: Annotated[str | None, typer.Argument(help="The later one.")] = None,
    now: Annotated[bool, typer.Option("--now", help="Against what is known now; nothing is kept of it.")] = False,
    format: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,  # noqa: A002
) -> None:
    """What differs between two releases, and why.

    Example: `ranham release diff RANHAM-V:2022-B08/1 RANHAM-V:2022-B08/2`, `ranham release diff 2022-B08 --now`
    """
    if now == (other is not None):
        raise typer.BadParameter("name a second release, or write --now", param_hint="OTHER")
    # Not `read_session`: the comparison with now writes, and everything is rolled back.
    with Session(engine()) as session, session.begin() as transaction:
        first = queries.find_number(session, number)
        if other is None:
            found = difference.compare_with_now(session, first, now=clock.now())
        else:
            found = difference.compare(session, first, queries.find_number(session, other))
        transaction.rollback()
    _show_difference(found, format)


@app.command("what-if")
def what_if(
    label: Annotated[str | None, typer.Argument(help="A period or a year.")] = None,
    rules_file: Annotated[
        Path | None, typer.Option("--rules", exists=True, dir_okay=False, help="YAML or JSON: scoring, verification.")
    ] = None,
    weights: Annotated[str | None, typer.Option(help="administrative=4000,substantive=6000")] = None,
    territory_as_of: Day = None,
    range_: Annotated[str | None, typer.Option("--range", help="2019-B04..2022-B12")] = None,
    by: As = None,
) -> None:
    """Figures under other rules or another territory, as a sandbox.

    May be stopped and started again: each period is a transaction, and what exists with the same inputs is left.
    Example: `ranham release what-if 2022-B08 --weights administrative=4000,substantive=6000`
    """
    if (label is None) == (range_ is None):
        raise typer.BadParameter("name a period or a range", param_hint="LABEL")
    asked = whatif.WhatIf(_rules(rules_file, weights), territory_as_of.date() if territory_as_of else None)
    with read_session() as session:
        subjects = [find_subject(session, label)] if label else list(whatif.periods_between(session, range_ or ""))
    for place, subject in enumerate(subjects, start=1):
        try:
            with unit_of_work() as session:
                made, new = whatif.what_if(session, subject, asked, by=person(by), now=clock.now())
        except Conflict as refused:
            if label is not None:
                raise
            problems.print(f"{place}/{len(subjects)} left out: {refused}", markup=False, soft_wrap=True)
            continue
        word = "made" if new else "there already"
        console.print(f"{place}/{len(subjects)} {full_label(subject)}: {made.number} {word}", markup=False)


def _rules(file: Path | None, weights: str | None) -> Mapping[str, Any] | None:
    said: dict[str, Any] = {}
    if file is not None:
        try:
            read = yaml.safe_load(file.read_text("utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise BadInput([Finding(str(file), str(error).splitlines()[0], "YAML or JSON")]) from error
        if not isinstance(read, dict):
            raise BadInput([Finding(str(file), type(read).__name__, "scoring: and verification: with their fields")])
        said = read
    if weights is not None:
        more = rules.weights(weights)
        said = {**said, "scoring": {**said.get("scoring", {}), **more["scoring"]}}
    return said or None


@dataclasses.dataclass(frozen=True, slots=True)
class _Line:
    """An obligation on one line, for the table."""

    unit: str
    action: str
    above: int
    below: int
    excluded: str | None
    revision: int | None
    received: str | None
    timeliness: str | None
    score: int | None
    verified_by: str | None
    evidence: int


def _show_explained(found: Explanation, format_: Format) -> None:
    figure = found.sum
    rows = [
        _Line(
            unit=f"{row.unit_code or ''} {row.unit_name}".strip(),
            action=fact.action,
            above=row.numerator if len(row.facts) == 1 else int(fact.counts),
            below=row.denominator if len(row.facts) == 1 else int(fact.excluded is None),
            excluded=fact.excluded,
            revision=fact.revision,
            received=clock.in_wib(fact.received_at) if fact.received_at else None,
            timeliness=fact.timeliness,
            score=fact.score_bp,
            verified_by=fact.verified_by,
            evidence=len(fact.evidence),
        )
        for row in found.rows
        for fact in row.facts
    ]
    if format_ is Format.TABLE:
        name = f"{figure.unit_code or ''} {figure.unit_name}".strip()
        console.print(
            f"{found.number}: {figure.figure} of {name} ({figure.scope}) = {figure.numerator} / {figure.denominator} "
            f"{figure.denominator_name}",
            markup=False,
            soft_wrap=True,
        )
    show(rows, format_)
    for code, unit, reason in found.left_out if format_ is Format.TABLE else ():
        console.print(f"not obliged: {code or ''} {unit}: {reason}", markup=False, soft_wrap=True)
    if found.next is not None:
        problems.print(f"more: --after {found.next}", soft_wrap=True)


def _show_difference(found: difference.Difference, format_: Format) -> None:
    if format_ is Format.JSON:
        typer.echo(json.dumps(dataclasses.asdict(found), default=plain, ensure_ascii=False, indent=1))
        return
    console.print(f"{found.was} -> {found.now}", markup=False, soft_wrap=True)
    if found.same:
        console.print("Nothing differs.")
    for title, rows in (("causes", found.causes), ("units", found.units), ("figures", found.figures)):
        if rows:
            show(rows, Format.TABLE, title=title)
