"""The recognition table in the database: what guards it, and what a supposed transfer reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import ForbiddenError, InvalidInputError, SignedOutError
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Role
from creditbank.domain.recognition_cells import COLUMNS, cells_of
from creditbank.domain.recognition_rules import RecognitionRule, Relation, in_force
from creditbank.domain.sheets import ListedTable
from creditbank.exchange.recognition_rules import read_recognition_table, recognition_workbook
from creditbank.exchange.sheet_tables import SheetTable, tables_workbook
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.recognition_rules import recognition_table
from creditbank.services.recognition_rules import (
    ChangeRecognitionRules,
    change_recognition_rules,
    import_recognition_table,
    preview_recognition_table,
)
from creditbank.store.recognition_rules import known_rules, shipped_rules
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.county import NOW

TODAY = local_date(NOW)
BUREAU = Actor(account_id=1, role=Role.COUNTY)
LINE = RecognitionRule(
    code="GZ-30",
    into=InstitutionKind.GENERAL_HIGH_SCHOOL,
    relation=Relation.SIMILAR,
    sources=("应用文写作", "语文"),
    targets=("语文",),
    target_nature=None,
    ratio_percent=75,
    units_max=350,
    needs_test=True,
    document_no="平教字〔2026〕9号",
    valid_from=TODAY,
    valid_until=TODAY + timedelta(days=300),
)
INSERT = (
    'INSERT INTO recognition_rules (code, "into", relation, sources, targets, ratio_percent,'
    " needs_test, document_no, reason, valid_from, decided_by, decided_at) VALUES"
    " ('X', 'vocational_school', '{}', '{{a}}', '{}', {}, false, '{}', '', '2027-01-01', 1, now())"
)


def put(engine: Engine, *lines: RecognitionRule, actor: Actor = BUREAU, key: str = "k1"):
    with UnitOfWork(engine, EVERYWHERE) as uow:
        command = ChangeRecognitionRules(lines=lines, reason="依教研组意见")
        return change_recognition_rules(uow, actor, command, idempotency_key=key, now=NOW)


@pytest.fixture
def clean(clean_database: Database, engine: Engine) -> Engine:
    """An empty database, by the application's login."""
    assert clean_database.name
    return engine


def written(*rows: dict[str, str]) -> ListedTable:
    """A table with these cells, as read from its file."""
    lines = [tuple(cells[field] for field in COLUMNS) for cells in rows]
    sheet = SheetTable("对照表", tuple(COLUMNS.values()), lines)
    content = tables_workbook([sheet], made_on=TODAY)
    return read_recognition_table(read_workbook(content).sheets)


def test_what_is_put_in_force_comes_back_as_it_was_given(clean: Engine) -> None:
    put(clean, LINE)
    with UnitOfWork(clean, "1") as uow:
        assert known_rules(uow.connection) == (*shipped_rules(), LINE)


def test_a_whole_table_goes_out_as_excel_and_comes_back_equal(clean: Engine) -> None:
    put(clean, LINE)
    with UnitOfWork(clean, EVERYWHERE) as uow:
        lines = recognition_table(uow, BUREAU, now=NOW).items
        assert len(lines) == 25
        content = recognition_workbook(lines, made_on=TODAY)
        table = read_recognition_table(read_workbook(content).sheets)
        assert [row.cells for row in table.rows] == [cells_of(line) for line in lines]
        preview = preview_recognition_table(uow, BUREAU, table, now=NOW)
        assert (preview.problems, preview.changed, preview.unchanged) == ((), (), 25)
    assert content == recognition_workbook(lines, made_on=TODAY)


def test_a_changed_table_is_put_in_force_and_names_what_it_leaves(clean: Engine) -> None:
    chinese = next(rule for rule in shipped_rules() if rule.code == "GZ-01")
    table = written(cells_of(LINE), cells_of(chinese))
    with UnitOfWork(clean, EVERYWHERE) as uow:
        preview = preview_recognition_table(uow, BUREAU, table, now=NOW)
        assert (preview.changed, preview.unchanged, preview.unnamed) == (("GZ-30",), 1, 23)
        made = import_recognition_table(uow, BUREAU, table, reason="", idempotency_key="k", now=NOW)
        assert (made.changed, made.unchanged) == (("GZ-30",), 1)
        known = known_rules(uow.connection)
    into = InstitutionKind.GENERAL_HIGH_SCHOOL
    assert LINE in in_force(known, into=into, as_of=TODAY)


def test_faults_of_a_table_are_named_by_row_and_column_and_nothing_is_kept(clean: Engine) -> None:
    good = cells_of(LINE)
    rows = [
        good,
        good | {"code": "GZ-31", "into": "大学"},
        good | {"code": "GZ-32", "ratio_percent": "一半", "valid_from": "明年"},
    ]
    faulty = [
        good | {"code": "GZ-33", "valid_from": "2026-01-02"},
        good | {"code": "GZ-34", "relation": "相同直认"},
    ]
    for cells, expected in (
        (rows, [(3, "B"), (4, "G"), (4, "K")]),
        (faulty, [(2, "K"), (3, "G")]),
    ):
        table = written(*cells)
        with UnitOfWork(clean, EVERYWHERE) as uow:
            preview = preview_recognition_table(uow, BUREAU, table, now=NOW)
            with pytest.raises(InvalidInputError) as caught:
                import_recognition_table(
                    uow, BUREAU, table, reason="", idempotency_key="k", now=NOW
                )
            assert known_rules(uow.connection) == shipped_rules()
        assert [(item.row, item.field) for item in preview.problems] == expected
        assert {(item.row, item.field) for item in caught.value.problems} == set(expected)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COUNTY])
def test_others_do_not_decide(clean: Engine, role: Role) -> None:
    refusal = SignedOutError if role is Role.ANONYMOUS else ForbiddenError
    with pytest.raises(refusal):
        put(clean, LINE, actor=Actor(account_id=1, role=role, institution_id=1))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recognition_rules SET ratio_percent = 1",
        "DELETE FROM recognition_rules",
        "TRUNCATE recognition_rules",
    ],
)
def test_a_line_is_never_edited_not_even_by_the_owner(
    clean: Engine, owner_engine: Engine, statement: str
) -> None:
    put(clean, LINE)
    with UnitOfWork(owner_engine, EVERYWHERE) as uow, pytest.raises(DBAPIError):
        uow.connection.execute(text(statement))


def test_no_schools_reach_inserts(clean: Engine) -> None:
    """The second wall, with the first one taken away."""
    row = text(INSERT.format("same", "{a}", 100, "文"))
    with UnitOfWork(clean, EVERYWHERE) as uow:
        uow.connection.execute(row)
    with UnitOfWork(clean, "1") as uow, pytest.raises(DBAPIError):
        uow.connection.execute(row)


@pytest.mark.parametrize(
    "values",
    [
        ("alike", "{a}", 100, "文"),
        ("same", "{}", 100, "文"),
        ("none", "{a}", 100, "文"),
        ("elective", "{}", 100, "文"),
        ("same", "{a}", 50, "文"),
        ("similar", "{a}", 0, "文"),
        ("same", "{a}", 100, ""),
    ],
)
def test_the_database_refuses_a_line_without_its_shape(clean: Engine, values) -> None:
    with UnitOfWork(clean, EVERYWHERE) as uow, pytest.raises(DBAPIError):
        uow.connection.execute(text(INSERT.format(*values)))
