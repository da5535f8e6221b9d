"""`creditbank load` and `create-account`: all or nothing, twice the same, faults by line."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from creditbank.cli import cli
from creditbank.settings import Settings
from tests.processes import ROOT

COUNTY = (ROOT / "docs/examples/county.yaml").read_text("utf-8")
_YEAR = "  entry_year: 2025\n  pre_level: secondary_voc"
LONG = "long enough 1"
TABLES = (
    "institutions", "majors", "academic_terms", "adjusted_days", "courses", "program_plans",
    "cohort_plans", "articulation_agreements", "paired_schools", "accounts",
)  # fmt: skip


class Desk:
    """A folder with the county's files, and an empty database."""

    def __init__(self, folder: Path, variables: dict[str, str], url: str) -> None:
        self.folder, self.variables, self.url = folder, variables, url

    def load(self, text: str = COUNTY) -> Result:
        file = self.folder / "county.yaml"
        file.write_text(text, "utf-8")
        return CliRunner(env=self.variables).invoke(cli, ["load", str(file), "--lang", "en"])

    def create(self, *words: str, password: str = LONG) -> Result:
        runner = CliRunner(env=self.variables)
        return runner.invoke(cli, ["create-account", *words, "--lang", "en"], input=f"{password}\n")

    def content(self) -> dict[str, list[tuple[object, ...]]]:
        with psycopg.connect(self.url) as connection:
            return {
                table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
                for table in TABLES
            }


@pytest.fixture
def desk(clean_database, settings: Settings, tmp_path: Path) -> Desk:
    for name in ("three-years-170.yaml", "general-high-144.yaml"):
        shutil.copy(ROOT / "docs/examples" / name, tmp_path)
    variables = settings.as_environment() | {"DATABASE_OWNER_URL": clean_database.owner_url}
    return Desk(tmp_path, variables, clean_database.owner_url.replace("+psycopg", ""))


def test_the_same_file_twice_changes_nothing(desk):
    first = desk.load()
    assert first.exit_code == 0, first.output
    loaded = desk.content()
    assert len(loaded["institutions"]) == 5
    assert len(loaded["courses"]) > 100
    again = desk.load()
    assert again.exit_code == 0, again.output
    assert "added 0 " in again.output
    assert desk.content() == loaded


@pytest.mark.parametrize(
    ("written", "instead", "place", "code"),
    [
        ("code: '3637012401', name: 平", "code: '363701240', name: 平", "Line 6,",
         "school_code_shape"),
        ("52370124MJE0240096", "52370124MJE0240095", "unified_code", "unified_code_check"),
        ("kind: bureau", "kind: buro", "Line 5,", "enum"),
        ("plan: 660103-2021, entry", "plan: 660103-2022, entry", "cohort_plans.0.plan",
         "unknown_plan"),
        ("file: three-years-170.yaml", "file: three.yaml", "plans.0.file", "no_file"),
        ("college: '4137010006'", "college: '4137010007'", "college", "unknown_institution"),
        ("starts_on: 2025-09-01, ends", "starts_on: 2026-09-01, ends", "terms.0.ends_on",
         "term_days"),
        ("role: approver", "role: student", "accounts.1.role", "role"),
        ("基教科, role: county", "基教科, role: approver", "accounts.3.section", "section"),
        ("基教科, role: county", "基教科, role: county, email: x", "accounts.3.email", "email"),
        ("general: '3137012402', document", "general: '3637012401', document",
         "paired_schools.0.general", "pair"),
        ("30号, valid_from: 2026-01-01", "30号, valid_from: 2026-01-01, valid_until: 2025-01-01",
         "paired_schools.0.valid_until", "validity"),
        ("credits: '1.5'", "credits: '61'", "courses.0.credits", "credits"),
        ("majors:", "major:", "major", "extra_forbidden"),
        (_YEAR, f"  staged_mode: 中高职4+1\n{_YEAR}",
         "agreements.0.staged_mode", "staged_mode"),
        (_YEAR, f"  staged_mode: 五年一贯制\n{_YEAR}",
         "agreements.0.staged_mode", "not_staged"),
        (_YEAR, f"  staged_mode: 中高职2+3\n{_YEAR}",
         "agreements.0.pre_years_tenths", "stages_differ"),
        ("  pre_level: secondary_voc\n", "", "agreements.0.staged_mode", "stages_missing"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_line_and_field_and_nothing_is_written(
    desk, written, instead, place, code
):
    assert COUNTY.count(written) == 1
    refused = desk.load(COUNTY.replace(written, instead))
    assert refused.exit_code == 2, refused.output
    assert "Line " in refused.output
    assert place in refused.output
    assert code in refused.output
    assert not any(desk.content().values())


def test_an_agreement_may_give_its_label_in_place_of_levels_and_years(desk):
    assert desk.load().exit_code == 0
    loaded = desk.content()
    labelled = "".join(
        line
        for line in COUNTY.splitlines(keepends=True)
        if not line.startswith(("  pre_level", "  post_level", "  pre_years", "  post_years"))
    ).replace(
        "  entry_year: 2025\n  pre_major",
        "  entry_year: 2025\n  staged_mode: 中高职3+2\n  pre_major",
    )
    assert labelled != COUNTY
    again = desk.load(labelled)
    assert again.exit_code == 0, again.output
    assert "added 0 " in again.output
    assert desk.content() == loaded


def test_a_line_that_differs_from_what_stands_is_refused(desk):
    assert desk.load().exit_code == 0
    before = desk.content()
    refused = desk.load(COUNTY.replace("name: 济南职业学院,", "name: 济南学院,"))
    assert refused.exit_code == 2
    assert "institutions.3" in refused.output
    assert desk.content() == before


def test_an_account_of_the_file_gets_its_password_once(desk):
    assert desk.load().exit_code == 0
    assert desk.create("zhijiao").exit_code == 0
    again = desk.create("zhijiao")
    assert again.exit_code == 1
    assert "password already" in again.output
    hashed = [row for row in desk.content()["accounts"] if "zhijiao" in row]
    assert "argon2id" in str(hashed)


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (("newone",), "long enough 1", "--role"),
        (("newone", "--role", "registrar"), "long enough 1", "institution"),
        (("newone", "--role", "sysadmin", "--institution", "3637012401"), "long enough 1", "none"),
        (("newone", "--role", "registrar", "--institution", "1"), "long enough 1", "institution 1"),
        (("newone", "--role", "sysadmin"), "short", "10 to 200"),
        (("New One", "--role", "sysadmin"), "long enough 1", "username"),
        (("zhijiao", "--role", "county"), "long enough 1", "another role"),
        (("jijiao", "--section", "vocational"), "long enough 1", "section"),
        (("jijiao", "--email", "x@"), "long enough 1", "mail address"),
        (
            (
                "newone",
                "--role",
                "registrar",
                "--institution",
                "3637012401",
                "--section",
                "general",
            ),
            "long enough 1",
            "of the bureau",
        ),
    ],
)
def test_an_account_that_cannot_be_is_refused(desk, words, password, said):
    assert desk.load().exit_code == 0
    before = desk.content()
    refused = desk.create(*words, password=password)
    assert refused.exit_code == 1
    assert said in refused.output or "institution" in refused.output
    assert desk.content() == before


def test_an_account_of_the_bureau_answers_for_its_section(desk):
    assert desk.load().exit_code == 0
    bureau = ("--role", "county", "--institution", "1137012400")
    assert desk.create("zhijiaoke", *bureau, "--section", "vocational").exit_code == 0
    assert desk.create("jijiao", "--section", "general").exit_code == 0
    with psycopg.connect(desk.url) as connection:
        found = connection.execute(
            "SELECT username, section FROM accounts WHERE role = 'county' ORDER BY 1"
        ).fetchall()
    assert found == [("jiaotiju", ""), ("jijiao", "general"), ("zhijiaoke", "vocational")]


def test_an_account_is_given_a_mail_address_by_the_file_or_with_its_password(desk):
    with_address = COUNTY.replace("基教科, role", "基教科, email: jijiao@mail.example, role")
    assert desk.load(with_address).exit_code == 0
    assert desk.create("zhijiao", "--email", "zhijiao@mail.example").exit_code == 0
    assert desk.load(with_address).exit_code == 0
    with psycopg.connect(desk.url) as connection:
        found = connection.execute(
            "SELECT username, email FROM accounts WHERE email IS NOT NULL ORDER BY 1"
        ).fetchall()
    assert found == [("jijiao", "jijiao@mail.example"), ("zhijiao", "zhijiao@mail.example")]


def test_pairs_of_the_file_are_named_from_their_day_on(desk):
    assert desk.load().exit_code == 0
    with psycopg.connect(desk.url) as connection:
        found = connection.execute(
            "SELECT valid_from::text, valid_until, document_no FROM paired_schools"
        ).fetchall()
    assert found == [("2026-01-01", None, "平教体字〔2025〕30号")]
