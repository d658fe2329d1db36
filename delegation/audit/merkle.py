"""Merkle trees: one hash over many things, and short proofs that a thing is among them (RFC 6962 §2.1)."""

from collections.abc import Sequence
from hashlib import sha256


class Tree:
    """Grows leaf by leaf and keeps only the roots of its full subtrees, so it may have any number of leaves."""

    def __init__(self) -> None:
        """Begin without leaves."""
        self.size = 0
        self._full: list[bytes] = []
        """From left to right, one for each bit that is set in the size."""

    def add(self, leaf: bytes) -> None:
        """Take one more leaf, on the right of all others."""
        node = _leaf_hash(leaf)
        size = self.size
        while size & 1:
            node = _node_hash(self._full.pop(), node)
            size >>= 1
        self._full.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the hash over all leaves so far."""
        if not self._full:
            return sha256().digest()
        *left, node = self._full
        for neighbour in reversed(left):
            node = _node_hash(neighbour, node)
        return node


def inclusion_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the proof that the leaf at an index, counted from 0, is among the leaves (RFC 6962 §2.1.1)."""
    nodes = [_leaf_hash(leaf) for leaf in leaves]
    path = []
    while len(nodes) > 1:
        neighbour = index ^ 1
        if neighbour < len(nodes):
            path.append(nodes[neighbour])
        pairs = [_node_hash(nodes[left], nodes[left + 1]) for left in range(0, len(nodes) - 1, 2)]
        # A node without a neighbour stands for itself one level higher.
        nodes = pairs + nodes[2 * len(pairs) :]
        index >>= 1
    return path


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which a proof leads; None when it is no proof for a tree of this size (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return None
    node, last = _leaf_hash(leaf), size - 1
    steps = iter(path)
    while last:
        if index & 1 or index < last:
            step = next(steps, None)
            if step is None:
                return None
            node = _node_hash(step, node) if index & 1 else _node_hash(node, step)
        index, last = index >> 1, last >> 1
    return node if next(steps, None) is None else None


def _leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
