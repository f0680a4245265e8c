"""The command `ranham`: thin doors; each calls one service or query and answers.

Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 input with findings, 4 busy (try again later), 5 a release
file that is whole, but of which nobody knows who signed it.
"""

import sys
from contextlib import suppress

import typer
from psycopg import OperationalError
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import DataError, ProgrammingError
from sqlalchemy.exc import OperationalError as DatabaseUnreachable

from ranham.cli import (
    account,
    audit,
    backup,
    calendar,
    contact,
    cycle,
    db,
    doctor,
    evidence,
    excuse,
    extension,
    letter,
    outbox,
    period,
    person,
    plan,
    release,
    release_documents,
    release_files,
    release_questions,
    release_webhook,
    remind,
    report,
    role,
    rollup,
    serve_api,
    status,
    submission,
    territory,
    token,
    verification,
    warning,
    workbook,
    year,
)
from ranham.cli.output import problems
from ranham.kernel import logs
from ranham.kernel.errors import BadInput, Busy, RanhamError
from ranham.kernel.settings import settings
from ranham.plan.findings import PlanRefused

app = typer.Typer(
    help="RANHAM engine: obligations, reports and figures of Indonesia's human-rights action plan.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(db.app, name="db")
app.add_typer(territory.app, name="territory")
app.add_typer(plan.app, name="plan")
app.add_typer(year.app, name="year")
app.add_typer(period.app, name="period")
app.add_typer(report.app, name="report")
app.add_typer(extension.app, name="extension")
app.add_typer(excuse.app, name="excuse")
app.add_typer(submission.app, name="submission")
app.add_typer(person.app, name="person")
app.add_typer(role.app, name="role")
app.add_typer(account.app, name="account")
app.add_typer(token.app, name="token")
app.add_typer(audit.app, name="audit")
app.add_typer(cycle.app, name="cycle")
app.add_typer(evidence.app, name="evidence")
app.add_typer(outbox.app, name="outbox")
app.add_typer(verification.app, name="verification")
app.add_typer(calendar.app, name="calendar-feed")
app.command("calendar")(calendar.calendar)
app.command("letter")(letter.letter)
app.add_typer(contact.app, name="contact")
app.add_typer(remind.app, name="remind")
release.app.command("report")(release_documents.report)
release.app.command("sheet")(release_documents.sheet)
release.app.command("service-report")(release_documents.service)
app.add_typer(release.app, name="release")
release.app.command("write")(release_files.write)
release.app.add_typer(release_webhook.app, name="webhook")
app.command("explain")(release_questions.explain)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("rollup")(rollup.rollup)
app.command("doctor")(doctor.doctor)
app.command("status")(status.status)
app.command("serve-api")(serve_api.serve_api)
app.command("warning")(warning.warning)
app.command("workbook")(workbook.workbook)
app.command("workbook-upload")(workbook.workbook_upload)


def main() -> None:
    sys.exit(run())


def run() -> int:  # noqa: C901, PLR0911 - one branch and one return for each family of refusals
    """Run the command line; refusals become a sentence and an exit code, never a traceback."""
    try:
        with suppress(BadInput):  # whatever needs the settings says so; checking a file or asking for help needs none
            if settings().log_format == "json":
                logs.to_standard_error("json")
        # Outside its own mode Typer gives an early exit's code back as the result.
        code = app(standalone_mode=False)
    except typer.Abort:
        return 130
    except BadInput as refused:
        return _say(refused, 3)
    except PlanRefused as refused:
        return _say(refused, 3)
    except Busy as busy:
        return _say(busy, 4)
    except RanhamError as refused:
        return _say(refused, 1)
    except (OperationalError, DatabaseUnreachable) as error:
        return _say(RanhamError(f"the database does not answer: {str(error).splitlines()[0]}"), 1)
    except DataError as error:
        return _say(RanhamError(f"a number or a text is out of bounds: {str(error.orig).splitlines()[0]}"), 2)
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable | UndefinedColumn):
            return _say(RanhamError("the database does not have the newest schema; run: ranham db upgrade"), 1)
        raise
    except Exception as error:
        # Typer reports wrong usage with an exception of its own family, which knows how to show itself.
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            return int(error.exit_code)
        raise
    return code if isinstance(code, int) else 0


def _say(error: Exception, code: int) -> int:
    problems.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
    return code


if __name__ == "__main__":
    main()
