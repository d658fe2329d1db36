"""Modular models: what several files make up together, and what they must not say."""

import pytest

from authz_core import (
    InvalidDocument,
    merge_modules,
    model_of,
    module_path,
    parse_dsl,
    validate_document,
)
from tests.authz_core.refusals import refusal

CORE = """module core
type user
type organization
  relations
    define member: [user]
"""
WIKI = """module wiki
extend type organization
  relations
    define can_create_page: member
type page
  relations
    define owner: [organization]
    define viewer: [user, user with late] or member from owner
condition late(hour: int) { hour > 20 }
"""
FILES = {"core.fga": CORE, "wiki/pages.fga": WIKI}


def said(**files: str) -> list[str]:
    """The faults of files that cannot be merged, each as its code, file and offending text."""
    with pytest.raises(InvalidDocument) as caught:
        merge_modules({f"{name}.fga": text for name, text in files.items()})
    return [
        f"{fault.code} {fault.position.file if fault.position else None} {fault.found}" for fault in caught.value.faults
    ]


def test_files_make_one_model() -> None:
    """Types of all files, extended by others, are one model of the version that has modules."""
    merged = merge_modules(FILES)

    assert merged.schema_version == "1.2"
    assert merged.module is None
    assert [type_.name for type_ in merged.types] == ["user", "organization", "page"]
    assert not any(type_.extends for type_ in merged.types)
    assert list(model_of(merged).types["organization"]) == ["member", "can_create_page"]
    assert list(model_of(merged).conditions) == ["late"]


def test_each_part_remembers_where_it_comes_from() -> None:
    """Types and conditions know their module and file, and relations do where an extension added them."""
    merged = merge_modules(FILES)
    organization = merged.types[1]
    added = organization.relations[1]

    assert (organization.module, organization.file) == ("core", "core.fga")
    assert [(each.module, each.file) for each in merged.conditions] == [("wiki", "wiki/pages.fga")]
    assert (organization.relations[0].module, organization.relations[0].file) == (None, None)
    assert (added.module, added.file) == ("wiki", "wiki/pages.fga")


def test_the_order_of_files_does_not_matter() -> None:
    """An extension may stand in a file before the one that defines its type."""
    there = model_of(merge_modules(FILES))
    back = model_of(merge_modules(dict(reversed(FILES.items()))))

    assert there.types == back.types


def test_several_files_share_a_module_and_may_extend_one_type() -> None:
    """A module is as many files as one likes, and each of them may extend a type once."""
    extension = "module wiki\nextend type organization\n  relations\n    define {}: [user]\n"
    merged = merge_modules({**FILES, "a.fga": extension.format("a"), "b.fga": extension.format("b")})

    validate_document(merged)
    assert list(model_of(merged).types["organization"]) == ["member", "can_create_page", "a", "b"]


def test_an_extension_may_add_nothing() -> None:
    """To extend a type by no relation is pointless and legal."""
    merged = merge_modules({"core.fga": CORE, "wiki.fga": "module wiki\nextend type organization\n"})

    assert list(model_of(merged).types["organization"]) == ["member"]


def test_any_module_may_name_what_another_defines() -> None:
    """Names are looked up in the whole model once all files are read, and not found in none of them."""
    other = "module other\ntype note\n  relations\n    define reader: [user, page#viewer with late]\n"

    validate_document(merge_modules({"other.fga": other, **FILES}))
    with pytest.raises(InvalidDocument) as caught:
        validate_document(merge_modules({"core.fga": CORE, "other.fga": other}))
    assert [(fault.code, fault.position and fault.position.file) for fault in caught.value.faults] == [
        ("invalid-type", "other.fga"),
        ("condition-not-defined", "other.fga"),
    ]


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ("model\n  schema 1.1\ntype page\n", "not-a-module other.fga model"),
        ("module other\ntype user\n", "duplicated-error other.fga user"),
        ("module other\nextend type ghost\n", "extended-type-not-defined other.fga ghost"),
        (
            "module other\nextend type organization\n  relations\n    define member: [user]\n",
            "duplicated-error other.fga member",
        ),
    ],
)
def test_files_contradict_each_other_nowhere(other: str, fault: str) -> None:
    """Types and relations are defined once in all files, and extended only where they are defined."""
    assert said(core=CORE, other=other) == [fault]


def test_conditions_are_defined_once_in_all_files() -> None:
    """A condition is as global as a type."""
    again = "module other\ncondition late(hour: int) { hour > 22 }\n"

    assert said(core=CORE, wiki=WIKI, other=again) == ["duplicated-error other.fga late"]


def test_two_files_that_add_one_relation_are_refused() -> None:
    """Of two extensions that add a relation of one name, the later one is at fault."""
    extension = "module wiki\nextend type organization\n  relations\n    define a: [user]\n"

    assert said(core=CORE, one=extension, two=extension) == ["duplicated-error two.fga a"]


def test_the_faults_of_all_files_are_reported_together() -> None:
    """Whoever mends a modular model learns of the faults of every file at once."""
    assert said(core="module core\ntype\n", other="model\n  schema 1.2\n", wiki=WIKI)[:2] == [
        "syntax-error core.fga ",
        "not-a-module other.fga model",
    ]
    assert said(core="module core\ntype a\n", other="module x\ntype a\nextend type b\n") == [
        "duplicated-error other.fga a",
        "extended-type-not-defined other.fga b",
    ]


@pytest.mark.parametrize("version", ["1.1", "1.3", ""])
def test_modules_need_the_version_that_has_them(version: str) -> None:
    """No other schema version has modules."""
    with pytest.raises(InvalidDocument) as caught:
        merge_modules(FILES, version)

    assert [fault.code for fault in caught.value.faults] == ["invalid-schema"]


def test_a_plain_model_may_say_the_version_of_modules() -> None:
    """What is no module may have schema version 1.2 too."""
    assert refusal(validate_document, parse_dsl("model\n  schema 1.2\ntype user\n")) is None


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("core.fga", "core.fga"),
        ("a/b-c/d_1.fga", "a/b-c/d_1.fga"),
        ("a%2fb.fga", "a/b.fga"),
        ("a%2Fb%2Efga", "a/b.fga"),
        (f"{'a' * 100}.fga", f"{'a' * 100}.fga"),
    ],
)
def test_a_path_is_decoded_once(written: str, path: str) -> None:
    """A manifest names files by plain relative paths, in which some characters may be escaped."""
    assert module_path(written) == path


@pytest.mark.parametrize(
    "path",
    [
        *("/core.fga", "../core.fga", "a/../core.fga", "..\\core.fga", "a\\core.fga", "core.txt", "core", "", ".fga"),
        *("%2fcore.fga", "%2e%2e/core.fga", "%2E%2E%2Fcore.fga", "..%5ccore.fga", "%252fcore.fga", "core.fga/"),
        *("a b.fga", "é.fga", "core.fga\n", "a:b.fga", "core.FGA", "~/core.fga", f"{'a' * 101}.fga", "a.b.fga"),
    ],
)
def test_a_path_leads_nowhere_else(path: str) -> None:
    """A path that leaves the folder of the manifest, in whatever disguise, or names another kind of file is refused."""
    for ask in (module_path, lambda name: merge_modules({name: CORE})):
        with pytest.raises(InvalidDocument) as caught:
            ask(path)
        assert [fault.code for fault in caught.value.faults] == ["invalid-module-path"]
