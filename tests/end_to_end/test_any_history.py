"""Whatever happens in whatever order, every answer is that of the formula (semantics: effective rights)."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.end_to_end.history import History
from tests.end_to_end.tenant import Tenant


@pytest.mark.semantics("5")
@pytest.mark.threat("I1")
@pytest.mark.threat("I2")
@pytest.mark.threat("I6")
@pytest.mark.threat("I7")
@pytest.mark.threat("4")
@pytest.mark.threat("7")
@pytest.mark.threat("11")
@pytest.mark.parametrize(("histories", "steps"), [(8, 25), pytest.param(150, 60, marks=pytest.mark.slow)])
def test_answers_follow_any_history(found_tenant: Callable[[], Tenant], histories: int, steps: int) -> None:
    """After any steps of any people, introspection, evaluation and exchange equal the formula worked out by hand."""
    answers: Counter[bool] = Counter()

    class Here(History):
        """Histories in fresh organizations of this module's deployment."""

        def __init__(self) -> None:
            self.tenant, self.answers = found_tenant(), answers
            super().__init__()

    run_state_machine_as_test(Here, settings=settings(max_examples=histories, stateful_step_count=steps))
    assert min(answers[True], answers[False]) > histories * steps // 10
