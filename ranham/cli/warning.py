"""`ranham warning`: who may be late or missing next, whose answers fell, where readings pile up."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import typer

from ranham.cli.output import Format, console, show
from ranham.compliance.warning import backlog, falls, queries
from ranham.compliance.warning.measuring import BackTestRow
from ranham.kernel import clock
from ranham.kernel.database import read_session
from ranham.plan.queries import find_period, full_label

BACK_TEST = "back-test"


class About(StrEnum):
    RISK = "risk"
    FALLS = "falls"
    BACKLOG = "backlog"


@dataclass(frozen=True, slots=True)
class _Tested:
    period: str
    rule: str
    units: int
    missing_or_late: int
    flagged: int
    caught: int
    precision: Decimal | None
    recall: Decimal | None


def warning(
    period: Annotated[str, typer.Argument(help="For example 2022-B12; or back-test: how good such warnings were.")],
    about: Annotated[
        About, typer.Option(help="risk of late and missing reports, falls of answers, or backlog.")
    ] = About.RISK,
    level: Annotated[str | None, typer.Option(help="ministry, province or regency.")] = None,
    province: Annotated[str | None, typer.Option(help="Code of a province: it and its regencies.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Not only those that are flagged.")] = False,
    format: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,  # noqa: A002
) -> None:
    """Early warning of a period, from what was known before its window opened.

    Example: `ranham warning 2022-B12 --province 36`, `ranham warning back-test`
    """
    if level not in (None, "ministry", "province", "regency"):
        raise typer.BadParameter("write ministry, province or regency", param_hint="--level")
    with read_session() as session:
        if period == BACK_TEST:
            show([_tested(row) for row in queries.back_test(session)], format, title="Early warning, back-tested")
            return
        info = find_period(session, period)
        now = clock.now()
        if about is About.FALLS:
            fell = [
                row
                for row in falls.falls(session, info)
                if level in (None, row.level) and _within(row.unit_code, province)
            ]
            show(fell, format, title=f"{full_label(info)}: achieved less than in the period before")
        elif about is About.BACKLOG:
            show(backlog.backlog(session, info, now=now), format, title=f"{full_label(info)}: open first readings")
        else:
            _show_risk(
                queries.warnings(session, info, now=now, level=level, province=province),
                full_label(info),
                everybody,
                format,
            )


def _show_risk(rows: list[queries.WarningRow], label: str, everybody: bool, format_: Format) -> None:
    chosen = rows if everybody else [row for row in rows if row.flagged]
    if format_ is not Format.TABLE:
        show(chosen, format_)
        return
    console.print(
        f"{label}: {sum(row.flagged for row in rows)} of {len(rows)} units are flagged. A forecast, not a finding."
    )
    for row in chosen:
        console.print(
            f"{row.risk:>6} %  {row.unit_code or '-'} {row.unit_name}: {'; '.join(row.reasons)}.", markup=False
        )


def _tested(row: BackTestRow) -> _Tested:
    return _Tested(**asdict(row), precision=row.precision, recall=row.recall)


def _within(code: str | None, province: str | None) -> bool:
    return province is None or (code or "").partition(".")[0] == province
