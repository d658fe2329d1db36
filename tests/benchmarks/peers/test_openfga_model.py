"""The model for OpenFGA: the same permissions, written its way."""

from authz_core import (
    Allowed,
    Relationship,
    Relationships,
    build_model,
    check,
    model_of,
    parse_json,
    parse_object,
    parse_subject,
)
from benchmarks.organization import Size
from benchmarks.peers.openfga_model import model, named
from benchmarks.questions import catalog, questions, relationships

SIZE = Size(workspaces=2, projects=2, apps=2, users=12, groups=8, assignments=20)


def test_it_answers_every_question_as_the_catalog_does() -> None:
    """Read back by our own engine, it says of each user and each permission on each resource what the catalog says."""
    theirs, ours = model_of(parse_json(model(catalog()))), build_model(catalog())
    facts = list(relationships(SIZE))
    there = Relationships(_fact(subject, named(relation), thing) for subject, relation, thing in facts)
    here = Relationships(_fact(*fact) for fact in facts)
    asked = [
        (user, permission.slug, resource)
        for user in SIZE.people()
        for resource, _ in SIZE.resources()
        for permission in catalog().permissions
        if named(permission.slug) in theirs.types[resource.partition(":")[0]]
    ]

    answers = {
        (
            isinstance(check(theirs, there, parse_subject(f"user:{user}"), named(slug), parse_object(thing)), Allowed),
            isinstance(check(ours, here, parse_subject(f"user:{user}"), slug, parse_object(thing)), Allowed),
        )
        for user, slug, thing in asked
    }

    assert len(asked) > 1_000
    assert answers == {(True, True), (False, False)}


def test_a_permission_that_is_left_out_changes_answers() -> None:
    """The comparison could have failed: without what is inherited, whoever is allowed above is refused below."""
    broken = model(catalog())
    app = next(each for each in broken["type_definitions"] if each["type"] == "app")
    app["relations"]["document_edit"] = {"this": {}}
    app["metadata"]["relations"]["document_edit"] = {"directly_related_user_types": [{"type": "user"}]}
    facts = Relationships(_fact(subject, named(relation), thing) for subject, relation, thing in relationships(SIZE))
    allowed = questions(SIZE).allowed

    answers = {
        check(
            model_of(parse_json(broken)),
            facts,
            parse_subject(f"user:{user}"),
            "document_edit",
            parse_object(f"app:{app}"),
        )
        for user, app in allowed
    }

    assert not any(isinstance(answer, Allowed) for answer in answers)


def _fact(subject: str, relation: str, thing: str) -> Relationship:
    return Relationship(parse_subject(subject), relation, parse_object(thing))
