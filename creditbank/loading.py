"""`creditbank load`: a county file and the plans it names, into the database in one go."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from creditbank.db import make_engine
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Fault, Message
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy, resolve
from creditbank.services.loading import LoadReport, load_county
from creditbank.store.county_files import CountyDocument, read_county
from creditbank.store.documents import DocumentError
from creditbank.store.plan_documents import read_plan
from creditbank.store.policy_files import load_policy_files
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork


def load_file(owner_url: str, path: Path, *, now: datetime) -> LoadReport:
    """Load a file. Raises DocumentError with line and field of whatever is wrong; then nothing."""
    document = read_county(path.read_text("utf-8"))
    plans = _plans(document, path.parent, local_date(now))
    engine = make_engine(owner_url, pool_size=1)
    try:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            return load_county(uow, document.county, plans, now=now)
    except DocumentError as error:
        raise document.placed(error) from None
    finally:
        engine.dispose()


def _plans(document: CountyDocument, folder: Path, as_of: date) -> dict[str, Plan]:
    """The plans that the file names, by the name as written there."""
    policy = resolve(load_policy_files(), institution_id=0, as_of=as_of)
    found: dict[str, Plan] = {}
    faults: list[Fault] = []
    for at, line in enumerate(document.county.plans):
        if line.file in found:
            continue
        plan = _plan(folder / line.file, policy)
        if isinstance(plan, Plan):
            found[line.file] = plan
        else:
            faults += [Fault(("plans", at, "file"), fault.code, fault.message) for fault in plan]
    if faults:
        raise document.placed(DocumentError(faults))
    return found


def _plan(path: Path, policy: Policy) -> Plan | list[Fault]:
    """One plan that may be used, or why not; faults say where in the plan's own file."""
    try:
        read = read_plan(path.read_text("utf-8"), policy)
    except DocumentError as error:
        return error.faults
    except (OSError, UnicodeDecodeError):
        return [Fault((), "no_file", _NO_FILE)]
    return read.plan if read.is_usable else [item for item in read.faults if not item.is_warning]


_NO_FILE = Message(
    "读不到这个方案文件;文件名相对于本文件所在的文件夹。",
    "This plan cannot be read; its name is relative to the folder of this file.",
)
