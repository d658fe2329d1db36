from random import Random
from tests.end_to_end.history import History
from tests.end_to_end.test_any_history import lived_through
def test_z(found_tenant):
    for seed in range(1000, 1025):
        lived_through(History(found_tenant(), Random(seed)), 80)
