"""Schemas before and after a migration, and what of the old one the version before would miss."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, text

COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type,
       c.is_nullable = 'YES' OR c.column_default IS NOT NULL OR c.is_identity = 'YES' OR c.is_generated = 'ALWAYS'
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND conrelid <> 0 AND contype IN ('c', 'u', 'f', 'x', 'p')
UNION SELECT indrelid::regclass::text, indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE i.indisunique AND c.relnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Schema:
    columns: dict[tuple[str, str], tuple[str, bool]]
    """By table and column: its type, and whether a row can be added without naming it."""
    constraints: frozenset[tuple[str, str]]

    @property
    def tables(self) -> set[str]:
        return {table for table, _ in self.columns}


def read(connection: Connection) -> Schema:
    columns = {(t, c): (kind, bool(optional)) for t, c, kind, optional in connection.execute(text(COLUMNS))}
    return Schema(columns, frozenset((t, name) for t, name in connection.execute(text(CONSTRAINTS))))


def missed(before: Schema, after: Schema) -> list[str]:
    """Sentences, empty where the migration only expands. A check may be made anew under its name: it became wider."""
    found = [f"table {each} is gone" for each in sorted(before.tables - after.tables)]
    for (table, column), (kind, optional) in sorted(before.columns.items()):
        if table not in after.tables:
            continue
        now = after.columns.get((table, column))
        if now is None:
            found.append(f"{table}.{column} is gone")
        elif now[0] != kind:
            found.append(f"{table}.{column} was {kind} and is {now[0]}")
        elif optional and not now[1]:
            found.append(f"{table}.{column} must be given now")
    for (table, column), (_, optional) in sorted(after.columns.items()):
        if table in before.tables and (table, column) not in before.columns and not optional:
            found.append(f"{table}.{column} is new and must be given")
    found += [
        f"{table}: {name} is new"
        for table, name in sorted(after.constraints - before.constraints)
        if table in before.tables
    ]
    return found


def blocking_indexes(source: str, tables: set[str]) -> list[str]:
    """Indexes that a migration's source builds on tables that were there, while nobody can write to them."""
    calls = re.findall(r"op\.create_index\((.*?)\n?\s*\)\n", source, re.DOTALL)
    calls += re.findall(r"CREATE (?:UNIQUE )?INDEX .*", source)
    return [
        call.strip()[:80]
        for call in calls
        if "concurrently" not in call.lower()
        and any(re.search(rf"[\"' ]{re.escape(table)}[\"' (]", call) for table in tables)
    ]
