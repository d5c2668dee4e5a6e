"""How columns and tables are written: names of constraints, numbers, words, flags.

Times are UTC seconds, money is micro-units, JSON is text, Discord ids are 64 bits wide; an id of
0 means "none". Portable between SQLite and PostgreSQL.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    false,
)

# SQLite's INTEGER holds 64 bits, and only a column of that very name numbers itself.
Big = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    names = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({names})", name=column)


def of_job(*, primary_key: bool = False, unique: bool = False) -> Column[str]:
    return Column(
        "job_id",
        String(13),
        ForeignKey("jobs.job_id"),
        nullable=False,
        primary_key=primary_key,
        unique=unique or None,
    )


def number(name: str, **options: Any) -> Column[int]:
    options.setdefault("nullable", False)
    return Column(name, Big, **options)


def flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


def word(name: str, **options: Any) -> Column[str]:
    options.setdefault("nullable", False)
    return Column(name, Text, **options)
