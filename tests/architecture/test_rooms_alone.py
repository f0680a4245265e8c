"""The tables of a room are usable without those of any other: what its keys point at comes along."""

import subprocess
import sys

import pytest

from ranham.kernel.tables import ROOMS
from tests.architecture.test_house import ROOT

ALONE = """
from importlib import import_module
from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import configure_mappers
from ranham.kernel.model import Model

import_module("ranham.{room}.models")
configure_mappers()
mappers = [mapper for mapper in Model.registry.mappers if mapper.class_.__module__.startswith("ranham.{room}.")]
assert mappers
for mapper in mappers:
    for key in mapper.local_table.foreign_keys:
        assert key.column is not None
    for statement in (select(mapper.class_), insert(mapper.class_)):
        statement.compile(dialect=postgresql.dialect())
"""


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_s_tables_need_no_other_import(room: str) -> None:
    script = ALONE.format(room=room)
    made = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
