"""Networks that read pictures: their kernels and maps, of the row and the step under the cursor."""

import numpy as np
import pytest

from screens.plots import Images, MapRow, MapRows, Matrix, draw, look

pytestmark = pytest.mark.filterwarnings("error")
RNG = np.random.default_rng(3)
DATA = f"""kind = "table"
inputs = {RNG.integers(0, 5, (8, 30)).tolist()}
targets = {[[place % 2] for place in range(8)]}
picture = [6, 5]"""
MODEL = """layers = [
    { kind = "convolution", filters = 3, activation = "relu" },
    { kind = "pooling" },
    { kind = "convolution", filters = 2, kernel = 1, activation = "tanh" },
    { kind = "dense", units = 2 },
]"""


def titles(picture):
    return [row.title.split(",")[0] for row in picture.rows]


async def test_the_network_is_drawn_as_its_kernels_and_the_maps_of_a_row(bench):
    async with bench("network", data=DATA, model=MODEL, size=(80, 30)) as opened:
        await opened.press("4", "right", "down")
        picture, trainer = opened.pane.plot.picture, opened.trainer
        assert isinstance(picture, MapRows)
        assert titles(picture) == [
            "convolution1: 3 kernels of 3 x 3",
            "convolution1: 3 maps of 4 x 3",
            "pooling1: 3 maps of 2 x 1",
            "convolution2: 2 maps of 2 x 1",
        ]
        kernels = trainer.plan.network.weighted[0].kernels(trainer.parameters)[:, 0]
        assert np.array_equal(picture.rows[0].pictures, kernels)
        # A map by hand: the kernel times each window, and ReLU.
        image = trainer.plan.examples.inputs[opened.pane.row].reshape(6, 5)
        bias = trainer.plan.network.weighted[0].biases(trainer.parameters)
        for unit in range(3):
            by_hand = [
                [(kernels[unit] * image[i : i + 3, j : j + 3]).sum() + bias[unit] for j in range(3)]
                for i in range(4)
            ]
            assert picture.rows[1].pictures[unit] == pytest.approx(np.maximum(by_hand, 0.0), rel=1e-12)
        assert picture.inset.captions == (f"row {opened.pane.row + 1}",)
        assert any("convolution2: 2 maps of 2 x 1" in line for line in opened.lines())


async def test_backward_draws_gradients_and_h_the_weights_behind_the_maps(bench):
    async with bench("network", data=DATA, model=MODEL, size=(80, 30)) as opened:
        await opened.press("1", "right", "full_stop", "full_stop", "full_stop")
        picture, trainer = opened.pane.plot.picture, opened.trainer
        assert titles(picture)[:2] == [
            "dC/dw of convolution1: 3 kernels of 3 x 3",
            "dC/dz of convolution1: 3 maps of 4 x 3",
        ]
        layer, bound = trainer.plan.network.weighted[0], next(iter(trainer.entered.walk()))
        assert np.array_equal(picture.rows[0].pictures, layer.kernels(trainer.gradient)[:, 0])
        assert np.array_equal(picture.rows[1].pictures, bound.delta[:, opened.pane.row].reshape(3, 4, 3))
        await opened.press("d", "h")
        assert isinstance(opened.pane.plot.picture, Matrix)
        assert opened.pane.plot.picture.label == "layer1 4-2, weights"
        await opened.press("h", "u")
        assert isinstance(opened.pane.plot.picture, Matrix)  # where a weight is marked
        assert any("layer1: from unit 1 to unit 1" in line for line in opened.lines())


async def test_the_weights_have_a_histogram_for_each_convolution_and_pictures_of_the_kernels(bench):
    async with bench("weights", data=DATA, model=MODEL, size=(80, 40)) as opened:
        text = opened.text()
        for head in ("convolution1: 27 weights", "convolution2: 6 weights", "layer1: 8 weights"):
            assert head in text
        await opened.press("i")
        kernels = opened.trainer.plan.network.weighted[0].kernels(opened.trainer.parameters)[:, 0]
        assert np.array_equal(opened.pane.gallery.picture.pictures, kernels)
        assert opened.pane.border_subtitle.startswith("filter 1: ")


@pytest.mark.parametrize(("width", "height"), [(1, 1), (8, 3), (20, 6), (40, 12), (80, 24), (200, 60)])
@pytest.mark.parametrize("unicode", [True, False])
def test_maps_are_drawn_at_any_size(width, height, unicode):
    rows = tuple(
        MapRow(f"row {n}", RNG.normal(size=(count, n, n)), (-2.0, 2.0), True)
        for n, count in ((3, 8), (26, 8), (13, 9))
    )
    inset = Images(RNG.random((1, 28, 28)), ("row 1",))
    drawn = draw(MapRows(rows, inset), width, height, look(unicode=unicode))
    assert len(drawn) == height
    assert all(strip.cell_length == width for strip in drawn)
    text = "\n".join(strip.text for strip in drawn)
    if (width, height) == (200, 60):
        assert all(f"row {n}" in text for n in (3, 26, 13))
    if (width, height) == (40, 12):
        assert "row 3, first 4" in text  # of eight
