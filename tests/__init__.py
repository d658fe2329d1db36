"""The tests: they mirror the packages; beside them stand the suites that go across."""
