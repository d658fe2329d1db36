"""Policies in files: models with facts and tests, read strictly, run, explained, drawn and translated."""

from delegation.policy.explaining import Asked, context_in, explained, is_decided
from delegation.policy.faults import Fault, InvalidPolicy, Place, printable_lines
from delegation.policy.graphs.drawing import NotDrawn, graph, picture
from delegation.policy.paths import NothingFound, policy_files
from delegation.policy.questions import PolicyFile
from delegation.policy.reading import ENDINGS, read_policy
from delegation.policy.records import recorded
from delegation.policy.report import FileResult, told
from delegation.policy.translating import NotTranslated, as_json, as_text
from delegation.policy.verdicts import Verdict, run_file, verdict

__all__ = [
    "ENDINGS",
    "Asked",
    "Fault",
    "FileResult",
    "InvalidPolicy",
    "NotDrawn",
    "NotTranslated",
    "NothingFound",
    "Place",
    "PolicyFile",
    "Verdict",
    "as_json",
    "as_text",
    "context_in",
    "explained",
    "graph",
    "is_decided",
    "picture",
    "policy_files",
    "printable_lines",
    "read_policy",
    "recorded",
    "run_file",
    "told",
    "verdict",
]
