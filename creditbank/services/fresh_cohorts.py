"""Verdicts of several learners, computed for an answer because the stored ones are behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from creditbank.domain.verdicts import Verdict
from creditbank.services.evaluations import evaluate_learners
from creditbank.store.unit_of_work import UnitOfWork

LEARNERS_MAX = 200


def verdicts_now(
    uow: UnitOfWork, learner_ids: Sequence[int], *, as_of: date
) -> tuple[Verdict, ...]:
    """The verdicts of up to 200 learners at the head of their books; nothing is stored.

    The caller has decided that the actor may see them. A learner who cannot be evaluated is left
    out: the others are answered, and the workers raise the alarm.
    """
    wanted = list(learner_ids)[:LEARNERS_MAX]
    if not wanted:
        return ()
    with uow.everywhere():
        try:
            return _evaluated(uow, wanted, as_of)
        except SQLAlchemyError:
            raise
        except Exception:  # noqa: BLE001 (whatever one learner's records raise, the others go on)
            found = (_evaluated_if_possible(uow, learner_id, as_of) for learner_id in wanted)
            return tuple(verdict for verdicts in found for verdict in verdicts)


def _evaluated(uow: UnitOfWork, learner_ids: list[int], as_of: date) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict, _ in evaluate_learners(uow, learner_ids, as_of=as_of))


def _evaluated_if_possible(uow: UnitOfWork, learner_id: int, as_of: date) -> tuple[Verdict, ...]:
    try:
        return _evaluated(uow, [learner_id], as_of)
    except SQLAlchemyError:
        raise
    except Exception:  # noqa: BLE001 (as above)
        return ()
