"""Accounts of staff, made from the command line by who runs the installation."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher

from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.errors import refused as refusal
from creditbank.domain.permissions import Role, Section
from creditbank.domain.sheets import clean_text
from creditbank.services import loading_checks as checks
from creditbank.store import reference_rows as rows
from creditbank.store.unit_of_work import UnitOfWork

PASSWORD_MIN, PASSWORD_MAX = 10, 200
DISPLAY_NAME_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to be made, or one that waits for its password: what is left out is not compared.

    role None: the account is there. section: of the bureau.
    """

    username: str
    role: Role | None = None
    institution_code: str = ""
    section: Section | None = None
    display_name: str = ""


def create_account(uow: UnitOfWork, account: NewAccount, password: str) -> None:
    """Make an account, or give one that was loaded without a password its first.

    Raises InvalidInputError with the field.
    """
    if not checks.USERNAME.fullmatch(account.username):
        raise refusal(Problem("username", checks.USERNAME_FORM, "username"))
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX or password == account.username:
        raise refusal(_PASSWORD)
    institution_id = _institution(uow, account.institution_code)
    password_hash = PasswordHasher().hash(password)
    found = rows.account_state(uow.connection, account.username)
    if found is None:
        _create(uow, account, institution_id, password_hash)
        return
    if found.password_hash != rows.NO_PASSWORD:
        raise refusal(_EXISTS)
    if (
        account.role not in {None, found.role}
        or institution_id not in {None, found.institution_id}
        or account.section not in {None, found.section}
    ):
        raise refusal(_OTHER)
    rows.give_password(uow.connection, found.account_id, password_hash)


def _create(
    uow: UnitOfWork, account: NewAccount, institution_id: int | None, password_hash: str
) -> None:
    role, section = account.role, account.section
    if role is None or role in checks.OWN_LEARNERS or role is Role.ANONYMOUS:
        raise refusal(_ROLE)
    if checks.needs_institution(role) == (institution_id is None):
        raise refusal(Problem("institution", checks.institution_wanted(role), "institution"))
    if section is not None and role is not Role.COUNTY:
        raise refusal(Problem("section", checks.SECTION, "section"))
    name = clean_text(account.display_name)[:DISPLAY_NAME_MAX]
    rows.ensure(
        uow.connection,
        "accounts",
        {"username": account.username},
        {
            "display_name": name or account.username,
            "role": role.value,
            "institution_id": institution_id,
            "section": section or "",
            "password_hash": password_hash,
            "is_active": True,
        },
    )


def _institution(uow: UnitOfWork, code: str) -> int | None:
    if not code:
        return None
    found = rows.institution_ids(uow.connection).get(code)
    if found is None:
        message = checks.unknown_institution(code)
        raise InvalidInputError(message, problems=(Problem("institution", message, "institution"),))
    return found


_PASSWORD = Problem(
    "password",
    Message(
        f"密码应为{PASSWORD_MIN}到{PASSWORD_MAX}个字符,且不同于用户名。",
        f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters and is not the username.",
    ),
    "password",
)
_EXISTS = Problem(
    "account_exists",
    Message("这个用户名已有密码。", "This account has a password already."),
    "username",
)
_OTHER = Problem(
    "account_differs",
    Message(
        "已有此账号,但角色、机构或科室不同。",
        "The account is there with another role, institution or section.",
    ),
    "role",
)
_ROLE = Problem(
    "role",
    Message(
        "没有这个账号;新建账号请用 --role 写明角色(学生和监护人除外)。",
        "There is no such account; to make one, give its --role (none for students, guardians).",
    ),
    "role",
)
