"""The tree over the ledger: signed checkpoints, keys and proofs, for whoever does not trust us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, request

from creditbank.api.calls import actor, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries import checkpoints as queries
from creditbank.queries.checkpoints import Consistency, Inclusion, LogKey
from creditbank.services.log_readers import count_call
from creditbank.store.checkpoints import Checkpoint
from schemas.checkpoints import (
    CheckpointsQuerySchema,
    CheckpointsSchema,
    ConsistencyQuerySchema,
    ConsistencySchema,
    EntryBundleSchema,
    InclusionQuerySchema,
    InclusionSchema,
    LogKeysSchema,
)

NOTE = "text/plain; charset=utf-8"
Found = TypeVar("Found")
blueprint = Blueprint("checkpoints", "检查点与证明 Checkpoints and proofs")


@blueprint.files("/log/checkpoint", Action.SEE_LOG, NOTE, may_miss=True, is_counted=True)
def get_checkpoint() -> Response:
    """最新检查点(签名文本) The newest checkpoint, a signed note."""
    found = _counted(queries.newest_checkpoint)
    return Response(found.note, content_type=NOTE)


@blueprint.reads(
    "/log/checkpoints",
    Action.SEE_LOG,
    CheckpointsSchema(),
    query=CheckpointsQuerySchema(),
    is_counted=True,
)
def get_checkpoints(query: dict[str, Any]) -> dict[str, list[Checkpoint]]:
    """全部检查点,新的在前 All checkpoints, the newest first."""
    return {"checkpoints": _counted(queries.earlier_checkpoints, **query)}


@blueprint.reads("/log/keys", Action.SEE_LOG, LogKeysSchema(), may_miss=True, is_counted=True)
def get_log_keys() -> dict[str, list[LogKey]]:
    """检查点的公钥,含已停用和作废的 Public keys of checkpoints, ended ones too."""
    return {"keys": _counted(queries.log_keys)}


@blueprint.reads(
    "/log/inclusion",
    Action.SEE_LOG,
    InclusionSchema(),
    query=InclusionQuerySchema(),
    may_miss=True,
    is_counted=True,
)
def get_inclusion(query: dict[str, Any]) -> Inclusion:
    """某片叶在树中的证明 The proof that a leaf is in the tree."""
    return _counted(queries.leaf_inclusion, **query)


@blueprint.reads(
    "/log/consistency",
    Action.SEE_LOG,
    ConsistencySchema(),
    query=ConsistencyQuerySchema(),
    may_miss=True,
    is_counted=True,
)
def get_consistency(query: dict[str, Any]) -> Consistency:
    """树只增不改的证明 The proof that the tree only grew."""
    return _counted(queries.consistency, **query)


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/entries/<{ID}:ledger_seq>/proof",
    Action.PROVE_ENTRY,
    EntryBundleSchema(),
)
def get_entry_proof(learner_id: int, ledger_seq: int) -> dict[str, Any]:
    """一条记录及其证明,可离线核验 An entry with its proof, to be verified without us."""
    with unit_of_work() as uow:
        return queries.entry_bundle(uow, actor(), learner_id, ledger_seq, now=now())


def _counted(query: Callable[..., Found], **asked: Any) -> Found:  # noqa: ANN401 (the query's own)
    """What a query that needs no account finds, after the call was counted by itself."""
    with unit_of_work() as uow:
        count_call(uow, actor(), address=request.remote_addr or "", now=now())
    with unit_of_work() as uow:
        return query(uow, actor(), **asked)
