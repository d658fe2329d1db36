"""Merkle trees, beside the vectors that implementations of Certificate Transparency share (RFC 6962 §2.1)."""

from collections.abc import Sequence
from hashlib import sha256

import pytest

from delegation.audit.merkle import Tree, inclusion_path, root_of_path

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
LEAVES = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root as the definition says it, word for word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return sha256(b"\x01" + root_of(leaves[:left]) + root_of(leaves[left:])).digest()


def grown(leaves: Sequence[bytes]) -> bytes:
    """Return the root of a tree that grew leaf by leaf."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def test_roots_are_those_that_everybody_computes() -> None:
    """The roots over the well-known leaves, from none to eight, are the well-known ones."""
    assert grown([]).hex() == EMPTY
    assert [grown(LEAVES[:size]).hex() for size in range(1, 9)] == ROOTS


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_paths_are_those_that_everybody_computes(index: int, size: int) -> None:
    """The well-known proofs are found, and lead to the well-known roots."""
    path = inclusion_path(index, LEAVES[:size])
    assert [node.hex() for node in path] == PATHS[index, size]
    root = root_of_path(LEAVES[index], index, size, path)
    assert root is not None
    assert root.hex() == ROOTS[size - 1]


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_proves_its_leaf_alone(size: int) -> None:
    """At each size, the path of each leaf leads to the root from its own place, and from no other place or leaf."""
    leaves = [bytes([number]) for number in range(size)]
    root = root_of(leaves)
    assert grown(leaves) == root
    for index in range(size):
        path = inclusion_path(index, leaves)
        places = [place for place in range(-1, size + 2) if root_of_path(leaves[index], place, size, path) == root]
        assert places == [index]
        assert root_of_path(b"other", index, size, path) != root
        assert root_of_path(leaves[index], index, size, [*path, root]) is None
        assert not path or root_of_path(leaves[index], index, size, path[:-1]) != root
