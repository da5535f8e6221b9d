"""Who looks at the pages: the logins of the demo, and a registrar whose school is still empty."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.installation import Installation
from creditbank.demo.logins import PASSWORD

READERS = (
    "registrar", "approver", "teacher", "advisor", "student", "guardian", "college", "county",
    "county2", "registrar2", "auditor", "sysadmin",
)  # fmt: skip
"""One of each role; the second bureau office and the general high school see pages of their own."""
NOBODY = ""
"""Who is not signed in."""
NEWCOMER = "newcomer"
"""The registrar of a school that has nothing yet: every list is empty."""

_CODE = "3637019999"
_SCHOOL = text(
    "INSERT INTO institutions (code, name, name_en, kind, area_code)"
    " VALUES (:code, '平阴县新办职业学校(示例)', 'New Vocational School (example)',"
    " 'vocational_school', '370124')"
)


def found_empty_school(at: Installation) -> None:
    """A school without classes, courses and learners, and its registrar."""
    owner = create_engine(at.database_url.replace("creditbank_app@", "creditbank_owner@"))
    with owner.begin() as connection:
        connection.execute(_SCHOOL, {"code": _CODE})
    owner.dispose()
    subprocess.run(
        [
            *(sys.executable, "-m", "creditbank.cli", "create-account", NEWCOMER),
            *("--role", "registrar", "--institution", _CODE, "--name", "新办学校教务员"),
        ],
        env={**at.environment, "DATABASE_URL": at.database_url},
        input=f"{PASSWORD}\n{PASSWORD}\n",
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
