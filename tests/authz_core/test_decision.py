"""A decision is a value to be matched, not a truth."""

from authz_core import Allowed, Decision, Denied, Reason
from tests.authz_core.worlds import fact

PATH = (fact("user:anne", "viewer", "doc:a"),)


def test_a_decision_has_no_truth_of_its_own() -> None:
    """Neither answer defines a truth value or a length, so that a type checker can refuse it as a condition."""
    for kind in (Allowed, Denied):
        assert not hasattr(kind, "__bool__")
        assert not hasattr(kind, "__len__")


def test_a_decision_is_matched() -> None:
    """An answer is taken apart by matching, the path of one and the reason of the other in first place."""
    decisions: list[Decision] = [Allowed(PATH), Denied(Reason.NOT_HELD, "detail")]
    seen: list[object] = []
    for decision in decisions:
        match decision:
            case Allowed(path):
                seen.append(path)
            case Denied(reason, detail):
                seen.append((reason, detail))

    assert seen == [PATH, (Reason.NOT_HELD, "detail")]


def test_answers_with_the_same_proof_are_equal() -> None:
    """Answers are compared by their path, were it built or not, and never equal to anything else."""
    late = Allowed(lambda: PATH)

    assert late == Allowed(PATH)
    assert hash(late) == hash(Allowed(PATH))
    assert late != Allowed(())
    assert late != PATH
    assert repr(late) == f"Allowed(path={PATH!r})"


def test_a_path_is_built_once() -> None:
    """Asking again for the path gives the very same one."""
    late = Allowed(lambda: tuple(PATH))

    assert late.path is late.path


def test_reasons_are_words_for_programs() -> None:
    """A reason is a stable lower-case word."""
    assert {reason.value for reason in Reason} == {
        "not_held",
        "unknown_type",
        "unknown_relation",
        "not_delegable",
        "administrative",
        "too_complex",
        "context_missing",
        "condition_failed",
    }
