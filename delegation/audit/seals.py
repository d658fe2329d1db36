"""Seals in the log: entries of a chain of their own, each a signed statement of the heads that it covers."""

import json
from collections.abc import Iterable
from typing import Final

from delegation.audit.canonical import canonical
from delegation.audit.chain import Head, framed
from delegation.audit.merkle import Tree

SEALS: Final = "seals"
"""The chain that the seals are entries of. It is covered by no seal: each names the one before."""


def leaf_of(head: Head) -> bytes:
    """Return a head as a leaf of the tree that a seal is made over."""
    return framed(head.chain, str(head.sequence), head.hash)


def root_of(heads: Iterable[Head]) -> str:
    """Return, in hex, the root of the tree over heads that are sorted by the names of their chains."""
    tree = Tree()
    for head in heads:
        tree.add(leaf_of(head))
    return tree.root().hex()


def body_with(signed: str) -> str:
    """Return the body of the entry that holds a signed seal."""
    return canonical({"seal": signed})


def signed_in(body: str) -> str | None:
    """Return the signed seal that the body of an entry holds; None when it holds none."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    signed = document.get("seal") if isinstance(document, dict) else None
    return signed if isinstance(signed, str) and body == body_with(signed) else None
