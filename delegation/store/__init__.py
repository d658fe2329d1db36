"""The durable store: entity tables that hold the truth, and one log per partition that tells how it came about."""

from delegation.store.changes import (
    Change,
    Claim,
    LogEntry,
    PartitionChange,
    Put,
    Remove,
    Row,
    Snapshot,
    Unit,
)
from delegation.store.errors import (
    InvalidQuestion,
    InvalidUnit,
    Reason,
    SchemaBehind,
    Stale,
    StoreError,
    StoreUnavailable,
    Taken,
)
from delegation.store.schema import migrate
from delegation.store.store import Store
from delegation.store.tables import PARTITIONED
from delegation.store.verification import Verified, verify_all, verify_chain

__all__ = [
    "PARTITIONED",
    "Change",
    "Claim",
    "InvalidQuestion",
    "InvalidUnit",
    "LogEntry",
    "PartitionChange",
    "Put",
    "Reason",
    "Remove",
    "Row",
    "SchemaBehind",
    "Snapshot",
    "Stale",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "Taken",
    "Unit",
    "Verified",
    "migrate",
    "verify_all",
    "verify_chain",
]
