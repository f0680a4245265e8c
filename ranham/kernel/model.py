"""Base of all tables: naming convention, types, enums stored by value with a CHECK."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, Enum, MetaData, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own contract
        int: BigInteger,
        str: Text,
        date: Date,
        datetime: DateTime(timezone=True),
        Decimal: Numeric(20, 4),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
    }


def stored(enum: type[StrEnum], name: str) -> Enum:
    """An enum column: text with a CHECK, so that a new value is a migration and not a surprise."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        name=name,
        length=32,
        values_callable=lambda e: [m.value for m in e],
    )
