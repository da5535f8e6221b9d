"""B2: a filled database goes down by all migrations that can, and up again, and loses no entry."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from creditbank.checking import check_books
from creditbank.db import alembic_config, migrate
from creditbank.domain.advances import Stage
from tests.databases import Database
from tests.factories.advance_desk import make_advance_desk
from tests.factories.tree_desk import plant_tree

LOWEST = "0021"
"""0018 to 0021 do not go down."""
CATALOGUE = (
    (
        "SELECT table_name, column_name, data_type, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    ),
    (
        "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger"
        " WHERE NOT tgisinternal"
    ),
    "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies",
    (
        "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public'"
    ),
    (
        "SELECT table_name, column_name, grantee, privilege_type"
        " FROM information_schema.column_privileges WHERE table_schema = 'public'"
    ),
    (
        "SELECT pg_get_functiondef(oid), proacl::text FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace"
    ),
    (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace"
    ),
    "SELECT indexdef, NULL FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    (
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    ),
)
ROOT = """
SELECT encode(sha256(string_agg(entry_hash, '' ORDER BY learner_id, ledger_seq)), 'hex'), count(*),
  (SELECT encode(sha256(string_agg(head_hash, '' ORDER BY learner_id)), 'hex') FROM learner_heads)
FROM ledger_entries
"""


WITHDRAWAL = text("""
INSERT INTO sharing_consents (institution_id, agreement_id, learner_id, is_given, basis,
  recorded_by, recorded_at)
SELECT s.institution_id, s.agreement_id, s.learner_id, false, a.role, a.account_id, now()
FROM sharing_consents s JOIN account_learners l USING (learner_id)
  JOIN accounts a USING (account_id)
WHERE a.role = 'student' ORDER BY 3 LIMIT 1
""")
CONSENTS = text("SELECT * FROM sharing_consents ORDER BY sharing_consent_id")


def made(connection: Connection) -> set[tuple[object, ...]]:
    """All that migrations make, with what it is allowed to whom."""
    return {
        (number, *row)
        for number, query in enumerate(CATALOGUE)
        for row in connection.execute(text(query))
    }


@pytest.fixture
def filled(clean_database: Database, engine: Engine, owner_engine: Engine) -> Database:
    """A class of which some are admitted, with agreement, messages, consents, tree and keys."""
    desk = make_advance_desk(owner_engine, engine)
    desk.up_to(Stage.TESTED)
    plant_tree(engine)
    with owner_engine.begin() as owner:
        owner.execute(WITHDRAWAL)
    engine.dispose()
    return clean_database


def test_down_and_up_again(filled: Database, engine: Engine, owner_engine: Engine):
    with owner_engine.connect() as owner:
        before, root = made(owner), tuple(owner.execute(text(ROOT)).one())
        said = owner.execute(CONSENTS).all()
    assert root[1] > 0
    assert {row.is_given for row in said} == {True, False}
    owner_engine.dispose()
    command.downgrade(alembic_config(filled.owner_url), LOWEST)
    with owner_engine.connect() as owner:
        assert tuple(owner.execute(text(ROOT)).one()) == root
        assert made(owner) != before
    owner_engine.dispose()
    migrate(filled.owner_url)
    with owner_engine.connect() as owner:
        assert tuple(owner.execute(text(ROOT)).one()) == root
        assert made(owner) == before
        assert owner.execute(CONSENTS).all() == said
        owner.execute(WITHDRAWAL)  # numbers go on where they were
    plant_tree(engine)
    report = check_books(filled.owner_url)
    assert (report.damages, report.tree.leaves) == ([], root[1])


LINE = """
INSERT INTO advance_pass_lines (finishing_year, post_level, score, points, full_marks, document_no,
  announced_on, reason, decided_by, decided_at)
VALUES (2027, 'bachelor', 'culture_exam', 12000, 32000, '测1号', '2027-06-24', '', 9, now())
"""


def test_a_line_by_which_somebody_passes_is_not_thrown_away(
    clean_database: Database, owner_engine: Engine
):
    with owner_engine.begin() as owner:
        owner.execute(text(LINE))
    with pytest.raises(NotImplementedError, match="pass lines"):
        command.downgrade(alembic_config(clean_database.owner_url), "0032")
    with owner_engine.connect() as owner:
        assert owner.execute(text("SELECT count(*) FROM advance_pass_lines")).scalar_one() == 1
