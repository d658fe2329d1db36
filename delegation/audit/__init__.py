"""What is recorded of every change, issue and refusal: records, hash chains, seals over them, their verifier.

Whoever verifies from outside needs `check`, `held_in`, and the keys of the seals; nothing here does any I/O.
"""

from delegation.audit.canonical import JSON, canonical
from delegation.audit.chain import GENESIS, Entry, Head, link
from delegation.audit.errors import AuditError, InvalidExport, InvalidRecord
from delegation.audit.export import check, held_in, items_in
from delegation.audit.held import Held
from delegation.audit.history import Anchor, Covered, Item, Proof
from delegation.audit.inspection import Inspection, Report, inspect
from delegation.audit.lines import Ending, Keys, Line, Opening, line_of
from delegation.audit.merkle import inclusion_path
from delegation.audit.purges import KEEPER, PURGE, purge_detail, purge_in
from delegation.audit.record import Outcome, Record, time_in
from delegation.audit.seals import SEALS, body_with, leaf_of, root_of, signed_in
from delegation.audit.verification import Fault, Finding, Verifier, verify

__all__ = [
    "GENESIS",
    "JSON",
    "KEEPER",
    "PURGE",
    "SEALS",
    "Anchor",
    "AuditError",
    "Covered",
    "Ending",
    "Entry",
    "Fault",
    "Finding",
    "Head",
    "Held",
    "Inspection",
    "InvalidExport",
    "InvalidRecord",
    "Item",
    "Keys",
    "Line",
    "Opening",
    "Outcome",
    "Proof",
    "Record",
    "Report",
    "Verifier",
    "body_with",
    "canonical",
    "check",
    "held_in",
    "inclusion_path",
    "inspect",
    "items_in",
    "leaf_of",
    "line_of",
    "link",
    "purge_detail",
    "purge_in",
    "root_of",
    "signed_in",
    "time_in",
    "verify",
]
