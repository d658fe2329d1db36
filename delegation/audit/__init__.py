"""What is recorded of every change, issue and refusal: records, hash chains, their verifier."""

from delegation.audit.canonical import JSON, canonical
from delegation.audit.chain import GENESIS, Entry, Head, link
from delegation.audit.errors import AuditError, InvalidRecord
from delegation.audit.record import Outcome, Record
from delegation.audit.verification import Fault, Finding, Verifier, verify

__all__ = [
    "GENESIS",
    "JSON",
    "AuditError",
    "Entry",
    "Fault",
    "Finding",
    "Head",
    "InvalidRecord",
    "Outcome",
    "Record",
    "Verifier",
    "canonical",
    "link",
    "verify",
]
