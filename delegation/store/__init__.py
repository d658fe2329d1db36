"""The durable store: entity tables that hold the truth, and one log per partition that tells how it came about."""

from delegation.store.accounts import accounts
from delegation.store.changes import (
    Change,
    Claim,
    KeptAnswer,
    LogEntry,
    PartitionChange,
    Put,
    Remove,
    Row,
    SealedHeads,
    Seen,
    Slice,
    Snapshot,
    Spend,
    Unit,
)
from delegation.store.condition import Condition, condition
from delegation.store.copies import back_up, is_copy, unmark
from delegation.store.errors import (
    ClockAstray,
    InvalidQuestion,
    InvalidUnit,
    Reason,
    SchemaBehind,
    Spent,
    Stale,
    StoreError,
    StoreUnavailable,
    Taken,
)
from delegation.store.history import history
from delegation.store.latest import latest_record
from delegation.store.preparation import IDEMPOTENCY
from delegation.store.replaying import RESTORING, Replayed, begin_restoring, end_restoring, replay
from delegation.store.reserve import Spared
from delegation.store.retention import Doomed, doomed, purge
from delegation.store.schema import migrate
from delegation.store.sealing import Unsealed
from delegation.store.standing import Standing
from delegation.store.store import MANY, Store
from delegation.store.tables import PARTITIONED
from delegation.store.uses import Usage
from delegation.store.verification import Verified, verify_all, verify_chain

__all__ = [
    "IDEMPOTENCY",
    "MANY",
    "PARTITIONED",
    "RESTORING",
    "Change",
    "Claim",
    "ClockAstray",
    "Condition",
    "Doomed",
    "InvalidQuestion",
    "InvalidUnit",
    "KeptAnswer",
    "LogEntry",
    "PartitionChange",
    "Put",
    "Reason",
    "Remove",
    "Replayed",
    "Row",
    "SchemaBehind",
    "SealedHeads",
    "Seen",
    "Slice",
    "Snapshot",
    "Spared",
    "Spend",
    "Spent",
    "Stale",
    "Standing",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "Taken",
    "Unit",
    "Unsealed",
    "Usage",
    "Verified",
    "accounts",
    "back_up",
    "begin_restoring",
    "condition",
    "doomed",
    "end_restoring",
    "history",
    "is_copy",
    "latest_record",
    "migrate",
    "purge",
    "replay",
    "unmark",
    "verify_all",
    "verify_chain",
]
