"""The gap pane has a row for each value of the sweep, and says by what its rows go."""

import pytest

pytestmark = pytest.mark.filterwarnings("error")
FOLDS = """
[sweep]
key = "train.fold"
values = [1, 2]
[train]
folds = 2
[[variants]]
name = "slow-descent"
[[variants]]
name = "quick-descent"
[variants.set]
"schedule.rate" = 5.0
"""
SIZES = """
[sweep]
key = "model.hidden"
values = [[1], [2]]
"""


async def test_rows_of_one_size_go_by_the_value_and_fit_a_narrow_pane(bench):
    async with bench("gap", "loss", "gradients", "lesson", extra=FOLDS, size=(80, 40)) as opened:
        await opened.press("9", "right")
        upper, head, *rows = opened.lines()
        assert upper.split() == ["slow-", "quick-"]
        assert head.split() == ["fold", "descent", "descent", "ratio"]
        assert [row.split()[0] for row in rows[:2]] == ["1", "2"]
        assert opened.pane.border_title == "The gap by fold"
        assert "…" not in opened.text()
        for row in rows[:2]:
            slow, quick, ratio = map(float, row.split()[1:4])
            assert ratio == pytest.approx(quick / slow, rel=2e-3)


async def test_one_variant_has_no_ratio_and_sizes_go_by_parameters(bench):
    async with bench("gap", extra=SIZES) as opened:
        await opened.press("right")
        head, *rows = opened.lines()
        assert head.split() == ["parameters", "main"]
        assert [row.split()[0] for row in rows[:2]] == ["5", "9"]
        assert "ratio" not in opened.text()
