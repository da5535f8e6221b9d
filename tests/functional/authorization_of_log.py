"""Who may see the tree over the ledger and prove an entry by it; see authorization.py."""

from __future__ import annotations

from collections.abc import Mapping

from tests.functional.reaches import LEARNERS, PUBLIC, SEE, Endpoint, learner, plain

LOG: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_checkpoints.get_checkpoint"): Endpoint(PUBLIC, plain("/api/v1/log/checkpoint")),
    ("GET", "api_checkpoints.get_checkpoints"): Endpoint(PUBLIC, plain("/api/v1/log/checkpoints")),
    ("GET", "api_checkpoints.get_log_keys"): Endpoint(PUBLIC, plain("/api/v1/log/keys")),
    ("GET", "api_checkpoints.get_inclusion"): Endpoint(
        PUBLIC, plain("/api/v1/log/inclusion?leaf_index=0")
    ),
    ("GET", "api_checkpoints.get_consistency"): Endpoint(
        PUBLIC, plain("/api/v1/log/consistency?first=1")
    ),
    ("GET", "api_checkpoints.get_entry_proof"): Endpoint(
        SEE, learner("/api/v1/learners/{}/entries/1/proof"), LEARNERS
    ),
}
