"""The database: reachable, new enough, with the schema of this code, and held by row-level security."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import text

from ranham.cycle.doctor.verdicts import Verdict, failed, ok
from ranham.kernel import clock, migrations
from ranham.kernel.database import application_read_session, read_session
from ranham.kernel.tables import metadata

OLDEST_SERVER = 150000
MOST_APART = timedelta(seconds=5)
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
MOMENT = datetime(2022, 9, 1, tzinfo=UTC)


def server() -> list[Verdict]:
    with read_session() as session:
        number, version, encoding = session.execute(
            text("""SELECT current_setting('server_version_num')::int, current_setting('server_version'),
                    pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()""")
        ).one()
    if number < OLDEST_SERVER:
        return [failed("database", f"PostgreSQL {version}", "use PostgreSQL 15 or newer")]
    if encoding != "UTF8":
        return [failed("database", f"encoding {encoding}", "make the database anew with ENCODING 'UTF8'")]
    return [ok("database", f"PostgreSQL {version}, {encoding}")]


def schema() -> list[Verdict]:
    with read_session() as session:
        found = session.scalars(text("SELECT version_num FROM alembic_version")).all()
    if list(found) != [migrations.newest()]:
        words = f"{', '.join(found) or 'nothing'} instead of {migrations.newest()}"
        return [failed("schema", words, "ranham db upgrade")]
    if missing := _missing():
        words = f"{found[0]}, the newest by name, and yet without {', '.join(missing)}"
        return [failed("schema", words, "it was changed by hand: restore a backup, or make what is missing by hand")]
    return [ok("schema", f"{found[0]}, the newest")]


def _missing() -> list[str]:
    """Columns of our models that the database has not."""
    with read_session() as session:
        there = session.execute(
            text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()")
        )
        known = {tuple(column) for column in there}
    wanted = ((table.name, column.name) for table in metadata().sorted_tables for column in table.columns)
    return [".".join(column) for column in wanted if column not in known]


def application_role() -> list[Verdict]:
    """Connecting already refuses a role that policies do not hold; nobody signed in sees no report either."""
    with application_read_session(None) as session:
        user, seen = session.execute(text("SELECT current_user, (SELECT count(*) FROM report)")).one()
    if seen:
        return [failed("application role", f"{user} sees {seen} reports unasked", "ranham db upgrade; docs/access.md")]
    return [ok("application role", f"{user} is held by row-level security")]


def clocks() -> list[Verdict]:
    with read_session() as session:
        before = clock.real_now()
        theirs = session.scalar(text("SELECT clock_timestamp()"))
        after = clock.real_now()
    if theirs is None:
        return [failed("clock", "the database told no time", "run it again")]
    apart = max(before - theirs, theirs - after, timedelta(0))
    if apart > MOST_APART:
        words = f"{apart.total_seconds():.0f} seconds apart from the database's"
        return [failed("clock", words, "set the clocks of both machines by NTP")]
    return [ok("clock", f"agrees with the database's within {MOST_APART.total_seconds():.0f} seconds")]


def time_zones() -> list[Verdict]:
    mend = "install the time zone data of the system (on Debian: tzdata)"
    with read_session() as session:
        known = session.execute(
            text("""SELECT z.name, extract(epoch FROM t.utc_offset)::int AS seconds
                    FROM unnest(cast(:zones AS text[])) z(name) LEFT JOIN pg_timezone_names t ON t.name = z.name"""),
            {"zones": list(ZONES)},
        ).all()
    wrong = []
    for name, theirs in known:
        try:
            offset = MOMENT.astimezone(ZoneInfo(name)).utcoffset() or timedelta(0)
        except ZoneInfoNotFoundError:
            wrong.append(f"{name} is not known here")
            continue
        if theirs is None or theirs != offset.total_seconds():
            wrong.append(f"{name} is another to the database")
    return [failed("time zones", "; ".join(wrong), mend)] if wrong else [ok("time zones", ", ".join(ZONES))]
