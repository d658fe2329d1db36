"""The rules are plain functions outside of test files; what they find wrong is shown in full all the same."""

import pytest

pytest.register_assert_rewrite("tests.assurance.comparing", "tests.assurance.rules")
