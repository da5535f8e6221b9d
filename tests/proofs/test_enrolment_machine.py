"""A few lives of enrolments over the services and PostgreSQL; `make nightly` lives two thousand."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from creditbank.domain.status_changes import ChangeKind
from creditbank.services import arrivals, executions
from tests.databases import Database
from tests.factories.enrolment_county import make_enrolment_county
from tests.factories.transfer_desk import TransferDesk
from tests.proofs.enrolment_life import Tally
from tests.proofs.enrolment_machine import STEPS, EnrolmentMachine, run_sequences

SEQUENCES = 4


@pytest.fixture
def county(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    return make_enrolment_county(owner_engine, engine)


def test_whatever_happens_to_an_enrolment_the_books_hold(
    county: TransferDesk, owner_engine: Engine
) -> None:
    tally = run_sequences(county, owner_engine, sequences=SEQUENCES, number=29)
    assert tally.differences == []
    assert tally.sequences >= SEQUENCES - 1
    assert tally.steps >= tally.sequences * STEPS
    assert tally.executed.total() > SEQUENCES
    assert tally.refused.total() > SEQUENCES


def _transferred(county: TransferDesk, owner: Engine) -> EnrolmentMachine:
    machine = type(
        "Machine", (EnrolmentMachine,), {"desk": county, "owner": owner, "tally": Tally()}
    )()
    machine.enrol(at=0, days=90, reserved=False, adult=False, joins=True)
    machine.holds()
    machine.study()
    machine._aim(ChangeKind.TRANSFER_OUT, 0, 0, granted=True)
    assert machine.enrolment["status"] in {"01", "10"}
    assert len(machine.picture["status_change_executions"]) == 1
    return machine


def test_a_transfer_holds(county: TransferDesk, owner_engine: Engine) -> None:
    _transferred(county, owner_engine).holds()


def _nothing(*_: Any, **__: Any) -> None:
    """What is left out."""


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [
        (executions, "arrive", "carried out and arrivals are not the same"),
        (executions, "_leave", "kept its place"),
        (arrivals, "_post", "booked 0"),
    ],
)
def test_the_machine_notices_what_an_execution_leaves_out(
    county: TransferDesk,
    owner_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    fault: str,
) -> None:
    monkeypatch.setattr(module, name, _nothing)
    machine = _transferred(county, owner_engine)
    with pytest.raises(AssertionError, match=fault):
        machine.holds()
