"""The recognition table: the lines that ship as a file, and those the county put in force over it.

What the file may hold beside title and authority: document_no and valid_from, for every line that
names none of its own; lines: code, and the fields of RecognitionRule (credits as text).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Row, insert, text

from creditbank.domain.courses import CourseNature
from creditbank.domain.credits import units_from_text
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.recognition_rules import (
    RATIO_WHOLE,
    RecognitionRule,
    Relation,
    line_problems,
)
from creditbank.store.policy_files import FOLDER
from creditbank.tables.recognition_rules import RecognitionRuleRow

FILE = FOLDER / "recognition_rules.yaml"
_ROWS = text("SELECT * FROM recognition_rules ORDER BY recognition_rule_id")


@dataclass(frozen=True, slots=True)
class DecidedRule:
    """A line, with the reason and the moment of its decision; None for what ships."""

    rule: RecognitionRule
    reason: str = ""
    decided_at: datetime | None = None


def known_rules(connection: Connection) -> tuple[RecognitionRule, ...]:
    """Every line that was, is or will be in force, the one decided last at the end."""
    return tuple(item.rule for item in decided_rules(connection))


def decided_rules(connection: Connection) -> tuple[DecidedRule, ...]:
    """As known_rules, each with its decision."""
    shipped = map(DecidedRule, shipped_rules())
    rows = connection.execute(_ROWS)
    return (*shipped, *(DecidedRule(_rule(row), row.reason, row.decided_at) for row in rows))


def insert_rules(
    connection: Connection,
    rules: Iterable[RecognitionRule],
    *,
    reason: str,
    decided_by: int,
    now: datetime,
) -> None:
    """Insert lines, in their order."""
    decided = {"reason": reason, "decided_by": decided_by, "decided_at": now}
    for rule in rules:
        connection.execute(insert(RecognitionRuleRow).values(**asdict(rule), **decided))


@cache
def shipped_rules() -> tuple[RecognitionRule, ...]:
    """The lines that ship; the file is refused whole for a line that could not stand."""
    return read_rules(FILE)


def read_rules(path: Path) -> tuple[RecognitionRule, ...]:
    """The lines of a file. Raises ValueError naming the line at fault."""
    top = yaml.safe_load(path.read_text("utf-8"))
    shared = {name: top[name] for name in ("document_no", "valid_from")}
    return tuple(_line(code, {**shared, **line}) for code, line in top["lines"].items())


def _line(code: str, fields: Mapping[str, Any]) -> RecognitionRule:
    known = {"ratio_percent": RATIO_WHOLE, "needs_test": False, **fields}
    nature, most = known.get("target_nature"), known.get("units_max")
    try:
        rule = RecognitionRule(
            **{
                **known,
                "code": code,
                "into": InstitutionKind(known["into"]),
                "relation": Relation(known["relation"]),
                "sources": tuple(known.get("sources", ())),
                "targets": tuple(known.get("targets", ())),
                "target_nature": None if nature is None else CourseNature(nature),
                "units_max": None if most is None else units_from_text(most),
            }
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"{code}: {error}"
        raise ValueError(message) from error
    for problem in line_problems(rule):
        message = f"{code}: {problem.field}: {problem.message.en}"
        raise ValueError(message)
    return rule


def _rule(row: Row[Any]) -> RecognitionRule:
    return RecognitionRule(
        code=row.code,
        into=InstitutionKind(row.into),
        relation=Relation(row.relation),
        sources=tuple(row.sources),
        targets=tuple(row.targets),
        target_nature=None if row.target_nature is None else CourseNature(row.target_nature),
        ratio_percent=row.ratio_percent,
        units_max=row.units_max,
        needs_test=row.needs_test,
        document_no=row.document_no,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )
