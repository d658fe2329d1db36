"""The check by itself, as the run of the service quotes it, too."""

from benchmarks.check import check_figures


def test_a_size_has_a_figure_for_spread_questions_and_one_for_repeated_ones() -> None:
    """Both say beside which number of relationships they stand."""
    titles = [figure.title for figure in check_figures((2_000,), 20)]

    assert titles == ["2,000 relationships, questions spread", "2,000 relationships, the same 200 questions"]
