"""Where the parts of a merged modular model come from, in their JSON form."""

from collections.abc import Mapping

from authz_core.language.json_values import Value

ORIGIN = ("module", "source_info")
"""The members of metadata that say it."""


def origin_of(metadata: Mapping[str, Value]) -> tuple[str | None, str | None]:
    """Return the module and the file that metadata names; an empty text counts as absent."""
    source = metadata["source_info"].fields((), ("file",)) if "source_info" in metadata else {}
    return text_or_none(metadata, "module"), text_or_none(source, "file")


def text_or_none(members: Mapping[str, Value], name: str) -> str | None:
    """Return a text that may be absent or empty, which are the same."""
    return members[name].text() or None if name in members else None


def origin_form(module: str | None, file: str | None) -> dict[str, object]:
    """Return the metadata that names a module and a file."""
    form: dict[str, object] = {} if module is None else {"module": module}
    return form if file is None else {**form, "source_info": {"file": file}}
