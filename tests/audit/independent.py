"""A verifier of exports written from the description in docs/operations.md alone; it shares no code of the service."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from joserfc import jws
from joserfc.jwk import KeySet

_SEAL_MEMBERS = {"iss", "iat", "number", "previous", "size", "root"}
_START = "0" * 64


def framed(*texts: object) -> bytes:
    """Frame texts."""
    octets = [str(text).encode() for text in texts]
    return b"".join(len(part).to_bytes(8, "big") + part for part in octets)


def leaf(line: Mapping[str, Any]) -> bytes:
    """Hash a leaf."""
    return hashlib.sha256(b"\0" + framed(line["chain"], line["sequence"], line["hash"])).digest()


def tree(nodes: list[bytes]) -> bytes:
    """Hash a tree, as RFC 6962 defines it."""
    if len(nodes) == 1:
        return nodes[0]
    split = 1 << ((len(nodes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + tree(nodes[:split]) + tree(nodes[split:])).digest()


def climb(node: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Hash from a leaf to the root, as the definition of the path in RFC 6962 runs backwards."""
    if size == 1:
        assert not path
        return node
    split = 1 << ((size - 1).bit_length() - 1)
    if index < split:
        return hashlib.sha256(b"\1" + climb(node, index, split, path[:-1]) + path[-1]).digest()
    return hashlib.sha256(b"\1" + path[-1] + climb(node, index - split, size - split, path[:-1])).digest()


def accepts(lines: Iterable[bytes], keys: dict[str, Any], kept: Mapping[int, str]) -> bool:
    """Tell whether an export is what it should be; `kept` has the hashes of seals that were kept, by number."""
    try:
        _verify(list(lines), KeySet.import_key_set(cast(Any, keys)), kept)
    except (AssertionError, LookupError, ValueError, TypeError):
        return False
    return True


def _verify(lines: list[bytes], keys: KeySet, kept: Mapping[int, str]) -> None:
    told = [next(iter(json.loads(line).items())) for line in lines]
    (first, opening), (second, _) = told[:2]
    last, ending = told.pop()
    assert (first, second, last) == ("export", "keys", "end")
    assert opening["format"] == "delegation.audit.export.1"
    assert ending["lines"] == len(told)
    log = _Log(keys, kept, is_whole=opening["organization"] is None)
    hear = {"entry": log.entry, "covered": log.cover, "head": log.head, "anchor": log.anchor}
    for kind, line in told[2:]:
        hear[kind](line)
    log.close()
    log.judge_beginning()
    assert log.heads == log.places.keys()
    assert max(kept, default=0) <= log.place("seals")[0]


class _Log:
    """What is remembered of the log while it is heard."""

    def __init__(self, keys: KeySet, kept: Mapping[int, str], *, is_whole: bool) -> None:
        self.keys, self.kept, self.is_whole = keys, kept, is_whole
        self.places: dict[str, tuple[int, str]] = {}
        self.heads: set[str] = set()
        self.seal: dict[str, Any] | None = None
        self.leaves: list[bytes] = []
        self.names: list[bytes] = []
        self.begins: dict[str, tuple[int, str]] = {}
        self.purges: dict[int, tuple[int, str]] = {}
        self.sealed = 0

    def anchor(self, line: Mapping[str, Any]) -> None:
        """Hear where a chain begins to be told."""
        assert self.begins.keys() == self.places.keys()
        assert line["chain"] not in self.places
        self.begins[line["chain"]] = self.places[line["chain"]] = (line["sequence"], line["hash"])

    def judge_beginning(self) -> None:
        """Compare where the seals begin with what was kept, or with the records of purges."""
        if not self.begins:
            return
        number, digest = self.begins["seals"]
        if number in self.kept:
            assert self.kept[number] == digest
            return
        assert self.is_whole
        assert not 0 < max(self.kept, default=0) < number
        assert (number, digest) in [purge for at, purge in self.purges.items() if at <= self.sealed]

    def place(self, chain: str) -> tuple[int, str]:
        """Return the last place of a chain."""
        return self.places.get(chain, (0, _START))

    def close(self) -> None:
        """Compare the leaves of a seal with its root."""
        if self.seal is not None and self.is_whole:
            assert self.names == sorted(set(self.names))
            assert (len(self.leaves), tree(self.leaves).hex()) == (self.seal["size"], self.seal["root"])

    def entry(self, line: Mapping[str, Any]) -> None:
        """Hear an entry."""
        chain, number = line["chain"], line["sequence"]
        sequence, digest = self.place(chain)
        text = framed("delegation.audit.1", digest, chain, sequence + 1, line["body"])
        assert (number, line["hash"]) == (sequence + 1, hashlib.sha256(text).hexdigest())
        self.places[chain] = (number, line["hash"])
        record = json.loads(line["body"]) if chain == "audit" else {}
        if record.get("action") == "log.purged":
            self.purges[number] = (record["detail"]["seal"], record["detail"]["hash"])
        if chain == "seals":
            self.close()
            self.seal, self.leaves, self.names = _seal(line["body"], self.keys), [], []
            assert (self.seal["number"], self.seal["previous"]) == (number, digest)
            assert self.kept.get(number, line["hash"]) == line["hash"]

    def cover(self, line: Mapping[str, Any]) -> None:
        """Hear of a place that the seal covers."""
        assert self.seal is not None
        assert self.seal["number"] == line["seal"]
        assert (line["sequence"], line["hash"]) == self.place(line["chain"])
        self.sealed = line["sequence"] if line["chain"] == "audit" else self.sealed
        self.leaves.append(leaf(line))
        self.names.append(line["chain"].encode())
        if not self.is_whole:
            path = [bytes.fromhex(node) for node in line["path"]]
            assert climb(leaf(line), line["index"], self.seal["size"], path).hex() == self.seal["root"]

    def head(self, line: Mapping[str, Any]) -> None:
        """Hear where a chain ends."""
        assert (line["sequence"], line["hash"]) == self.place(line["chain"])
        self.heads.add(line["chain"])


def _seal(body: str, keys: KeySet) -> dict[str, Any]:
    signed = json.loads(body)["seal"]
    try:
        found = jws.deserialize_compact(signed, keys, algorithms=["ES256", "Ed25519"])
    except Exception as error:
        raise ValueError(signed) from error
    assert found.headers()["typ"] == "audit-seal+jwt"
    seal: dict[str, Any] = json.loads(found.payload or b"")
    assert seal.keys() == _SEAL_MEMBERS
    return seal
