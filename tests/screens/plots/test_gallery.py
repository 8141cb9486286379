"""Data whose inputs are a picture are shown as pictures, by their misread rows first."""

from functools import cache

import numpy as np
import pytest

from nnsim.data.digits import Digits
from screens.plots import Images, Matrix, draw, look, number
from screens.plots.images import resampled, tiling
from screens.plots.plot_style import HEAT_TONES

pytestmark = pytest.mark.filterwarnings("error")
# A cross, a ring and a bar of 3 x 3 pixels, eight of each.
SHAPES = ["010111010", "111101111", "000111000"]
ROWS = [(number, [int(one) for one in SHAPES[number]]) for number in [0, 1, 2] * 8]
DATA = (
    f'kind = "table"\npicture = [3, 3]\nclasses = ["cross", "ring", "bar"]\n'
    f"inputs = {[row for _, row in ROWS]}\ntargets = {[[number] for number, _ in ROWS]}"
)
MODEL = 'hidden = [3]\noutput = "softmax"'
APART = "[train]\nvalidation = 0.25"


def texts(picture, width, height, **given):
    return [strip.text for strip in draw(picture, width, height, look(**given))]


@cache
def digits():
    return Digits().examples(rng=np.random.default_rng(0), read=bytes).inputs.reshape(-1, 8, 8)


def digit(row):
    return digits()[row].copy()


def tones(strip, given):
    """The tones of the upper and the lower halves of a row of cells, from 0 on, None where there are none."""
    found = []
    for segment in strip:
        for char in segment.text:
            lower = segment.style.bgcolor if segment.style else None
            upper = segment.style.color if char == "▀" else lower
            seen = lower is not None and lower.name in given.heat
            found.append(tuple(given.heat.index(one.name) for one in (upper, lower)) if seen else None)
    return found


def test_a_pixel_is_half_a_cell():
    given, pixels = look(), digit(0)
    strips = draw(Images(pixels[None], ("0",), count=1000), 10, 5, given)
    shown = np.array([tones(strip, given)[1:9] for strip in strips[:4]])  # (cells down, across, upper and lower)
    pixel_tones = np.minimum((pixels * HEAT_TONES).astype(int), HEAT_TONES - 1)
    assert np.array_equal(shown.transpose(0, 2, 1).reshape(8, 8), pixel_tones)
    assert strips[4].text.split() == ["0"]


def test_without_colours_halves_of_cells_keep_the_shape_of_a_digit():
    pixels = digit(1)
    drawn = texts(Images(pixels[None], count=1000), 10, 5, colours=2)
    halves = {" ": (0, 0), "░": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}
    shown = np.array([[halves[char] for char in line[1:9]] for line in drawn[:4]])
    assert np.array_equal(shown.transpose(0, 2, 1).reshape(8, 8), pixels > 0.5)


def test_in_ascii_a_pixel_is_two_cells_of_its_density():
    pixels = digit(1)
    drawn = texts(Images(pixels[None]), 20, 10, unicode=False)
    density = " .:*#"
    for line, row in zip(drawn[:8], pixels, strict=True):
        assert line[1:17] == "".join(2 * density[min(int(5 * value), 4)] for value in row)


@pytest.mark.parametrize("given", [{}, {"colours": 2}, {"unicode": False}])
@pytest.mark.parametrize("size", [(0, 0), (3, 2), (9, 5), (17, 40), (200, 50)])
def test_any_room_is_filled_exactly(size, given):
    pictures = digits()[:60].copy()
    pictures[0, 0, :3] = np.nan, np.inf, -np.inf
    for signed in (False, True):
        picture = Images(pictures, ("caption",) * 60, signed=signed, marked=3, label="weights")
        lines = texts(picture, *size, **given)
        assert [len(line) for line in lines] == [size[0]] * size[1]


def test_more_pictures_rather_than_larger_ones_and_large_ones_rather_than_none():
    assert tiling((8, 8), 58, 17, 1797, 7) == (6, 3, 8, 8, 8, 5)
    assert tiling((8, 8), 78, 19, 1797, 7).across == 8
    assert tiling((8, 8), 118, 35, 1797, 7).across == 16
    assert tiling((8, 8), 198, 45, 1797, 7).across == 16
    assert tiling((28, 28), 58, 17, 60_000, 7).across == 14  # pooled two by two, for six to be seen
    assert tiling((28, 28), 198, 46, 60_000, 7).across == 28
    assert tiling((28, 28), 8, 4, 60_000, 7) is None


def test_pixels_that_share_a_place_are_averaged():
    pixels = np.arange(20.0).reshape(1, 4, 5)
    pooled = resampled(pixels, 2, 2)
    assert np.array_equal(pooled, [[[3.0, 5.5], [13.0, 15.5]]])
    assert np.array_equal(resampled(pixels, 8, 5)[0, ::2], pixels[0])


async def test_the_rows_are_pictures_the_worst_first_with_target_and_answer(bench):
    async with bench("data", data=DATA, model=MODEL, extra=APART) as opened:
        await opened.press("9", "right")
        gallery = opened.pane.gallery.picture
        found, examples = opened.session.focused.evaluation(9), opened.trainer.plan.examples
        order = np.argsort(-np.abs(found.predictions - examples.targets).max(axis=1), kind="stable")
        assert np.array_equal(gallery.pictures, examples.inputs[order].reshape(-1, 3, 3)[: len(gallery.pictures)])
        apart = {tuple(row) for row in opened.trainer.validation[0].tolist()}
        assert apart
        shown = order[: len(gallery.pictures)].tolist()
        for row, caption, role in zip(shown, gallery.captions, gallery.roles, strict=True):
            target, answer = (int(one[row].argmax()) for one in (examples.targets, found.predictions))
            names = [examples.classes[one][:5] for one in (target, answer)]
            assert caption.startswith("→".join(names)[:4])
            assert (caption.count("WRONG") + caption.count("✗") == 1) == (target != answer) == (role == "warning")
            assert caption.endswith("v") == (row in opened.trainer.validation_rows)
        first = int(order[0])
        assert opened.pane.border_subtitle.startswith(f"row {first + 1}: {examples.classes[ROWS[first][0]]}→")


async def test_the_cursor_walks_over_the_pictures_and_the_table_is_a_key_away(bench):
    async with bench("data", data=DATA, model=MODEL, size=(40, 13)) as opened:
        assert opened.pane.border_subtitle.startswith("row 1: cross→")
        first = opened.pane.gallery.picture
        await opened.press("down", "down", "down")
        assert opened.pane.border_subtitle.startswith("row 4: cross→")
        await opened.pilot.click(opened.pane.gallery, offset=(22, 1))
        await opened.press()
        assert opened.pane.border_subtitle.startswith("row 2: ring→")
        for _ in range(5):
            await opened.press("pagedown")
        assert opened.pane.border_subtitle.startswith("row 24: bar→")
        last = opened.pane.gallery.picture
        assert len(last.pictures) < 24
        assert last.marked == len(last.pictures) - 1
        assert not np.array_equal(first.pictures, last.pictures)
        assert any("▶" in line for line in opened.lines())
        await opened.press("i")
        assert opened.lines()[0].split()[0] == "row"
        await opened.press("i")
        assert opened.pane.gallery.display
        assert not opened.pane.lines.display


async def test_the_row_under_the_cursor_goes_through_the_network(bench):
    async with bench("data", "network", data=DATA, model=MODEL, size=(120, 30)) as opened:
        network = opened.workbench.panes[1]
        await opened.press("5", "right", "o")
        assert network.row == 0  # as long as nobody has chosen one
        await opened.press("down", "down", "down")
        assert opened.pane.border_subtitle.startswith("row 4: cross→")
        assert network.border_subtitle.startswith("row 4/24")
        assert network.plot.picture.inset.captions == ("row 4",)


async def test_the_network_shows_the_picture_that_goes_through_it(bench):
    async with bench("network", data=DATA, model=MODEL) as opened:
        await opened.press("down")
        inset, row = opened.pane.plot.picture.inset, opened.pane.row
        assert np.array_equal(inset.pictures, np.reshape([ROWS[row][1]], (1, 3, 3)))
        assert any(line.rstrip().endswith(f"row {row + 1}") for line in opened.lines())
        assert row == 1  # a ring, four times as large, on a terminal without colours
        ring = ["█" * 12] * 2 + ["█" * 4 + " " * 4 + "█" * 4] * 2 + ["█" * 12] * 2
        assert [line[-12:] for line in opened.lines()[1:7]] == ring
        await opened.press("h")
        assert isinstance(opened.pane.plot.picture, Matrix)
        assert [line[-12:] for line in opened.lines()[1:7]] == ring


async def test_every_unit_of_the_first_layer_has_a_picture_of_its_weights(bench):
    async with bench("weights", data=DATA, model=MODEL) as opened:
        await opened.press("9", "right", "i", "down")
        shown, layer = opened.pane.gallery.picture, opened.trainer.plan.network.layers[0]
        weights = layer.weights(opened.trainer.parameters)
        assert np.array_equal(shown.pictures, weights.T.reshape(3, 3, 3))
        assert shown.scale == (-np.abs(weights).max(), np.abs(weights).max())
        assert opened.lines()[0].startswith("░▒▓█ +  -=≡Ξ -  up to ")
        assert opened.pane.border_subtitle.startswith("unit 2: ")
        for unit, line in enumerate(weights.T.reshape(3, 3, 3)[:, 0]):
            left = opened.lines()[-1 - next(i for i, one in enumerate(opened.lines()[::-1]) if "unit 1" in one)]
            column = left.index(f"unit {unit + 1}")
            for pixel, value in enumerate(line.tolist()):
                glyph = opened.lines()[1][column + 4 * pixel]
                assert (glyph in "░▒▓█") == (value > 0) or glyph == "·", (unit, pixel)
        await opened.press("i")
        assert opened.lines()[0].startswith("layer1: 27 weights")


async def test_weights_that_belong_to_no_pixels_stay_histograms(bench):
    async with bench("weights") as opened:
        await opened.press("i")
        assert any("reads no pictures" in said for said in opened.notices)
        assert not opened.pane.gallery.display


@pytest.mark.parametrize("names", [("no", "yes"), ("0", "1")])
async def test_one_output_for_two_classes_is_told_by_their_names(names, bench):
    classes = 'classes = ["no", "yes"]' if names[0] == "no" else ""
    data = (
        f'kind = "table"\npicture = [3, 3]\n{classes}\n'
        f"inputs = {[row for _, row in ROWS]}\ntargets = {[[number // 2] for number, _ in ROWS]}"
    )
    async with bench("data", data=data, model='hidden = [1]\noutput = "sigmoid"', size=(120, 40)) as opened:
        answers = opened.session.focused.evaluation(0).predictions[:, 0] > 0.5
        captions = opened.pane.gallery.picture.captions
        assert len(captions) == 24
        for (number_of, _), answer, caption in zip(ROWS, answers.tolist(), captions, strict=True):
            target = number_of // 2
            wrong = " WRONG" if answer != target else ""
            assert caption.replace("✗", "WRONG") == f"{names[target]}→{names[answer]}{wrong}"


async def test_numbers_to_predict_are_captions_of_target_and_answer(bench):
    data = (
        'kind = "table"\npicture = [3, 3]\n'
        f"inputs = {[row for _, row in ROWS[:3]]}\ntargets = {[[number + 0.5] for number, _ in ROWS[:3]]}"
    )
    async with bench("data", data=data, model='hidden = [1]\noutput = "linear"') as opened:
        answers = opened.session.focused.evaluation(0).predictions[:, 0].tolist()
        expected = tuple(f"{row + 0.5:g}→{number(value)}" for row, value in enumerate(answers))
        assert opened.pane.gallery.picture.captions == expected


@pytest.mark.parametrize("size", [(60, 0), (60, 1), (0, 20), (1, 2)])
def test_pictures_without_any_room_are_no_error(size):
    picture = Images(np.zeros((5, 8, 8)), label="weights")
    assert [strip.cell_length for strip in draw(picture, *size)] == [size[0]] * size[1]
