"""R16: three hundred transfers at once, both ways: each wholly done or not at all, no credit lost.

Families, both schools and both sections act at the same moment and click twice, with the same key
or another; some take back while the last office agrees, some are refused, some wait for their day
and are carried out by two workers that are killed (kill -9) again and again, some go back in the
next window. What is left is counted in SQL (tests.chaos.transfer_sums).
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import text

from creditbank.db import make_engine, migrate
from creditbank.domain.errors import CreditbankError
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import AUTHORITIES, Office
from creditbank.embedded import OWNER, EmbeddedServers
from creditbank.services.arrivals import arrive
from creditbank.services.commands import ReverseEntry
from creditbank.services.credits import post_many
from creditbank.services.executions import execute
from creditbank.services.reversals import reverse_entry
from creditbank.services.status_changes import execute_due_changes
from creditbank.store.ledger import read_head
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.chaos.transfer_sums import sums_of
from tests.factories.change_desk import SECOND_MAJOR
from tests.factories.graduates import course
from tests.factories.school import Pupil, School
from tests.factories.transfer_desk import (
    AFTER_NOTICE,
    NOW,
    ROUTE,
    SECOND,
    TransferDesk,
    make_transfer_desk,
)

HANDS = 8
DAY = date(2026, 2, 20)
"""On which those are carried out that wait."""
ON_THE_DAY = datetime(2026, 2, 20, 2, tzinfo=UTC)
SUMMER = datetime(2026, 8, 20, 2, tzinfo=UTC)
FATES = (
    "done", "done", "waits", "waits", "waits", "refused", "fails", "withdrawn", "raced", "waits",
)  # fmt: skip
"""waits: for its day; fails: the assessment; raced: taken back while the last office agrees."""
_LENGTH = 32
_keys = count()


@dataclass(slots=True)
class Seen:
    """What calls came to. collisions: errors that no service answers with."""

    calls: Counter[str] = field(default_factory=Counter)
    collisions: Counter[str] = field(default_factory=Counter)
    twice: int = 0


@dataclass(slots=True)
class Stage:
    """The schools, and everybody who acts."""

    desk: TransferDesk
    hands: ThreadPoolExecutor
    dice: random.Random
    seen: Seen = field(default_factory=Seen)

    def click(self, *calls: Callable[..., Any], once: bool = True) -> list[Any]:
        """All at the same moment, each twice, with one key or with two; what succeeded.

        once: with two keys, too, it may be done once only.
        """
        jobs = []
        for call in calls:
            keys = [f"x{next(_keys)}", f"x{next(_keys)}"]
            same = self.dice.random() < 0.5
            jobs.append([self.hands.submit(self._try, call, keys[0 if same else at])
                         for at in (0, 1)])  # fmt: skip
        made = []
        for pair in jobs:
            answers = [found for job in pair if (found := job.result()) is not None]
            self.seen.twice += once and sum(not item.replayed for item in answers) > 1
            made += answers[:1]
        return made

    def _try(self, call: Callable[..., Any], key: str) -> Any:
        try:
            made = call(key=key)
        except CreditbankError as error:
            self.seen.calls[error.problems[0].code if error.problems else error.code] += 1
            return None
        except Exception as error:  # noqa: BLE001 (an error is a figure of the scenario)
            self.seen.collisions[type(error).__name__] += 1
            return None
        self.seen.calls["replayed" if made.replayed else "done"] += 1
        return made


@dataclass(frozen=True, slots=True)
class Going:
    """One learner who wants from one school to the other, and how it is to end."""

    pupil: Pupil
    here: School
    to: School
    fate: str
    at: int
    """Which office refuses, or before which it is taken back."""


def run(*, small: bool) -> dict:
    with _stage(learners=30 if small else 300) as stage:
        found = _play(stage, kills=8 if small else 40, worker=work)
        found |= {
            "refusals": sum(
                number for code, number in stage.seen.calls.items()
                if code not in {"done", "replayed"}
            ),
            "calls": stage.seen.calls.total() + stage.seen.collisions.total(),
            "replayed": stage.seen.calls["replayed"],
            "done_twice": stage.seen.twice,
            "errors": dict(stage.seen.collisions),
        }  # fmt: skip
    faults = found["faults"]
    passed = not (any(faults.values()) or found["errors"] or found["done_twice"])
    return {**found, "passed": passed}


def control(*, small: bool) -> dict:
    """In two transactions some must be left half done; without the lock calls must collide."""
    with _stage(learners=30 if small else 100) as stage:
        found = _play(stage, kills=10 if small else 30, worker=work_in_two)
    half = sum(found["faults"].values())
    with ExitStack() as stack:
        stage = stack.enter_context(_stage(learners=20 if small else 60))
        for module in ("open_changes", "status_changes", "books"):
            stack.enter_context(patch(f"creditbank.services.{module}.lock_head", read_head))
        _play(stage, kills=0, worker=work)
        collisions = stage.seen.collisions.total()
    return {
        "half_done": half,
        "collisions": collisions,
        "went_red": half > 0 and collisions > 0,
    }


@contextmanager
def _stage(*, learners: int) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="creditbank-chaos-") as folder:
        servers = EmbeddedServers(Path(folder) / "data", fsync=False)
        urls = servers.start()
        try:
            migrate(urls.database(OWNER))
            owner = make_engine(urls.database(OWNER))
            engine = make_engine(urls.database(), pool_size=2 * _LENGTH)
            desk = make_transfer_desk(owner, engine, pupils=max(3, learners // 2))
            _join(owner, desk)
            owner.dispose()
            with ThreadPoolExecutor(_LENGTH) as hands:
                yield Stage(desk, hands, random.Random(16))
            engine.dispose()
        finally:
            servers.stop()


def _join(owner: Any, desk: TransferDesk) -> None:
    """Every third pupil of the vocational school is in a class of 3+2."""
    *_, agreement, _ = SECOND_MAJOR
    with UnitOfWork(owner, EVERYWHERE) as uow:
        uow.connection.execute(text(agreement), {"school": desk.vocational.institution_id})
        for pupil in desk.vocational.pupils[::3]:
            uow.connection.execute(
                text(
                    "INSERT INTO agreement_members (agreement_id, enrolment_id, joined_on,"
                    " left_reason) SELECT agreement_id, :id, '2025-09-01', ''"
                    " FROM articulation_agreements"
                ),
                {"id": pupil.enrolment_id},
            )


def _play(stage: Stage, *, kills: int, worker: Callable[..., None]) -> dict:
    desk, started = stage.desk, time.monotonic()
    goings = _goings(stage)
    for school in (desk.vocational, desk.general):
        codes = [code for code, _ in school.courses]
        passed = [
            course(pupil.learner_id, code)
            for pupil in school.pupils
            for code in stage.dice.sample(codes, 7)
        ]
        desk.use(post_many, school.registrar, passed)
    with ThreadPoolExecutor(HANDS) as crowd:
        list(crowd.map(lambda going: _go(stage, going), goings))
        killed = _carry_out_on_the_day(stage, kills=kills, worker=worker)
        _return(stage, crowd, goings)
    desk.drain(SUMMER + timedelta(days=30))
    figures = sums_of(desk, [item.pupil.learner_id for item in goings])
    return {"learners": len(goings), **figures, **killed,
            "seconds": round(time.monotonic() - started)}  # fmt: skip


def _goings(stage: Stage) -> list[Going]:
    """Both ways; a few of the vocational school go to the other one of its kind."""
    desk = stage.desk
    found = []
    for here, to in ((desk.vocational, desk.general), (desk.general, desk.vocational)):
        for number, pupil in enumerate(here.pupils):
            there = desk.another if here is desk.vocational and number % 8 == 7 else to
            fate = FATES[number % len(FATES)]
            found.append(Going(pupil, here, there, fate, stage.dice.randrange(5)))
    stage.dice.shuffle(found)
    return found


def _go(stage: Stage, going: Going, *, at: datetime = NOW, on: date | None = None) -> None:
    """From the application to the last opinion."""
    desk, pupil, here, to = stage.desk, going.pupil, going.here, going.to
    student, guardian = (desk.family(pupil.learner_id, role) for role in
                         (Role.STUDENT, Role.GUARDIAN))  # fmt: skip
    # Within vocational schools one whole semester has to be over.
    at = AFTER_NOTICE if to is desk.another and at is NOW else at
    on = on or (DAY if going.fate == "waits" else max(at.date(), date(2026, 2, 17)))
    late = at + timedelta(days=14)
    apply = partial(desk.apply, pupil, to, now=at, takes_effect_on=on)
    made = stage.click(*(partial(apply, actor=who) for who in (student, guardian)))
    number = made[0].status_change_id
    route = (*ROUTE[:4], Office.COUNTY) if to is desk.another else ROUTE
    for step, office in enumerate(route):
        now = late if office in AUTHORITIES else at
        take_back = partial(desk.take_back, number, student, now=now)
        if going.fate == "withdrawn" and step == going.at:
            stage.click(take_back)
            return
        passed = going.fate != "fails"
        if office is Office.RECEIVING_REGISTRAR:
            opinion = "" if passed else "未达要求"
            plan = partial(desk.plan, number, to, now=at, passed=passed, opinion=opinion)
            stage.click(plan, once=False)  # a later plan replaces the one before
        agrees = not (
            (going.fate == "refused" and step == going.at)
            or (not passed and office is Office.RECEIVING_REGISTRAR)
        )
        say = partial(
            desk.say, number, desk.speaker(office, here, to), agrees=agrees,
            opinion="" if agrees else "不同意", now=now,
        )  # fmt: skip
        is_raced = going.fate == "raced" and step == len(route) - 1
        stage.click(say, *([take_back] if is_raced else []))
        if not agrees:
            return


def _carry_out_on_the_day(stage: Stage, *, kills: int, worker: Callable[..., None]) -> dict:
    """Two workers that compete and are killed; meanwhile marks fall and families take back."""
    desk, dice = stage.desk, stage.dice
    due = desk.rows(
        "SELECT status_change_id, learner_id, institution_id FROM status_change_states"
        " WHERE state = 'agreed' ORDER BY 1"
    )
    for row in due[::7]:
        reverse = ReverseEntry(
            learner_id=row.learner_id, ledger_seq=1 + dice.randrange(7), reason="成绩登记有误"
        )
        registrar = desk.school_of(row.institution_id).registrar
        desk.use(reverse_entry, registrar, reverse, now=AFTER_NOTICE)
    regretted = iter(due[3::6])
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    url = desk.engine.url.render_as_string(hide_password=False)
    inside = [context.Value("i", 0) for _ in range(2)]
    workers: list[Any] = [None, None]
    done = in_the_middle = rounds = 0
    while _agreed(desk) and rounds < kills + 200:
        rounds += 1
        for at in range(2):
            if workers[at] is None or not workers[at].is_alive():
                inside[at].value = 0
                workers[at] = context.Process(target=worker, args=(url, inside[at]), daemon=True)
                workers[at].start()
        row = next(regretted, None)
        if row is not None:
            family = desk.family(row.learner_id)
            stage.click(partial(desk.take_back, row.status_change_id, family, now=ON_THE_DAY))
        at = rounds % 2
        _wait_until_inside(inside[at], workers[at])
        time.sleep(dice.uniform(0, 0.3))
        if done < kills and workers[at].is_alive():
            workers[at].kill()
            workers[at].join()
            done += 1
            in_the_middle += inside[at].value % 2
    for item in workers:
        if item is not None:
            item.kill()
            item.join()
    return {"worker_kills": done, "killed_in_the_middle": in_the_middle}


def _agreed(desk: TransferDesk) -> int:
    """How many still wait for a worker; what the rules refuse by now is not among them."""
    (row,) = desk.rows("SELECT count(*) FROM status_change_states WHERE state = 'agreed'")
    return int(row[0])


def _wait_until_inside(inside: Any, worker: Any) -> None:
    """Until a worker has begun, or ten seconds."""
    until = time.monotonic() + 10
    while not inside.value and worker.is_alive() and time.monotonic() < until:
        time.sleep(0.002)


def work(url: str, inside: Any) -> None:
    """A worker on the day. inside: odd while a change is being carried out."""
    engine = make_engine(url)

    def execute_and_tell(*given: Any, **named: Any) -> None:
        inside.value += 1
        try:
            execute(*given, **named)
        finally:
            inside.value += 1

    with patch("creditbank.services.status_changes.execute", execute_and_tell):
        while True:
            execute_due_changes(lambda: UnitOfWork(engine, EVERYWHERE), now=ON_THE_DAY)
            inside.value += 2  # it came round
            time.sleep(0.01)


def work_in_two(url: str, inside: Any) -> None:
    """The negative control: the school that is left is done with before the other one begins."""

    def arrive_later(uow: UnitOfWork, *given: Any, **named: Any) -> None:
        uow.connection.commit()
        uow._set_reach(EVERYWHERE)
        time.sleep(0.2)  # long enough for a kill to fall into it
        arrive(uow, *given, **named)

    with patch("creditbank.services.executions.arrive", arrive_later):
        work(url, inside)


def _return(stage: Stage, crowd: ThreadPoolExecutor, goings: Sequence[Going]) -> None:
    """Every third who came goes back in the next window, with what was earned meanwhile."""
    desk = stage.desk
    came = {
        row.learner_id
        for row in desk.rows(
            "SELECT DISTINCT e.learner_id FROM transfer_arrivals a JOIN enrolments e"
            " USING (enrolment_id)"
        )
    }
    back = [
        replace(item, here=item.to, to=item.here, fate=fate)
        for item in goings
        if item.pupil.learner_id in came and item.pupil.learner_id % 3 == 0
        if item.to is not desk.another  # where a whole semester has to be over first
        for fate in [("done", "done", "raced", "refused")[item.pupil.learner_id % 4]]
    ]
    for item in back:
        command = replace(
            course(item.pupil.learner_id, "GG05"), term=SECOND, earned_on=date(2026, 7, 1)
        )
        desk.use(post_many, item.here.registrar, [command], now=SUMMER)
    list(crowd.map(lambda item: _go(stage, item, at=SUMMER, on=date(2026, 9, 1)), back))
