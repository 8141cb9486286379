"""Many maps at once: as large as there is room for, in the tones of their values, the picked one in sight."""

import numpy as np
import pytest

from screens.plots import Look, Tile, Tiles, draw, look
from screens.plots.plot_style import HEAT, HEAT_TONES
from screens.plots.small_multiples import layout

LOOKS = [Look(), look(colours=0), look(colours=16), look(colours=0, unicode=False)]
NETWORKS = [(4, 1), (8, 8, 8, 1), (1, 1), (2, 3, 10), (1,), (64, 64, 10)]


def tiles_of(counts, width, height, picked=(0, 0), **more):
    """Maps of a network, each of one value: its place among all of its layer, of 0 to 1."""
    names = [(f"layer{index + 1}", count) for index, count in enumerate(counts)]
    places = layout(names, width, height)
    shape = 2 * places.height, places.width
    groups = tuple(
        (name, tuple(Tile(str(i + 1), np.full(shape, i / count), (0.0, 1.0), 0.5) for i in range(count)))
        for name, count in names
    )
    return Tiles(groups, picked, **more), places


@pytest.mark.parametrize("counts", NETWORKS)
@pytest.mark.parametrize("size", [(78, 20), (118, 36), (198, 46), (36, 15)])
def test_maps_have_room_and_do_not_waste_it(counts, size):
    _, places = tiles_of(counts, *size)
    shown = places.lines[: places.visible]
    assert 1 + sum(places.size(group)[1] + 1 for group, _, _ in shown) <= size[1]
    assert all(places.left + count * (places.size(group)[0] + 1) - 1 <= size[0] for group, _, count in shown)
    assert places.last >= (places.width, places.height)
    assert [sum(n for g, _, n in places.lines if g == group) for group in range(len(counts))] == list(counts)
    assert places.height == 2 or places.visible == len(places.lines), (
        "all are seen unless they are as small as can be"
    )
    # A row more for each line would not fit, or the maps would be too narrow for their height.
    taller = 1 + len(places.lines) * (places.height + 2) <= size[1]
    assert not taller or 3 * (places.height + 1) > 2 * places.width


def test_a_layer_keeps_to_its_line_unless_the_maps_would_be_much_smaller():
    assert tiles_of((8, 1), 78, 20)[1].lines == ((0, 0, 8), (1, 0, 1))
    assert len(tiles_of((64, 1), 78, 20)[1].lines) > 2


@pytest.mark.parametrize("appearance", LOOKS)
@pytest.mark.parametrize("picked", [(0, 0), (1, 37), (2, 9)])
def test_the_picked_map_is_in_sight_and_marked(picked, appearance):
    picture, places = tiles_of((64, 64, 10), 78, 20, picked)
    lines = [strip.text for strip in draw(picture, 78, 20, appearance)]
    mark = "▶" if appearance.unicode else ">"
    assert sum(line.count(f"{mark}{picked[1] + 1}") for line in lines) == 1
    assert places.visible < len(places.lines)
    first = places.first(picked)
    assert f"lines {first + 1}-{first + places.visible} of {len(places.lines)}" in lines[0]


def test_each_map_has_the_tones_of_its_values():
    picture, places = tiles_of((4, 2), 78, 20)
    drawn = draw(picture, 78, 20, Look())
    for number, (group, _, count) in enumerate(places.lines):
        row = [segment.style for segment in drawn[2 + number * (places.height + 1)] for _ in segment.text]
        for index in range(count):
            style = row[places.left + index * (places.size(group)[0] + 1)]
            tone = HEAT[int(picture.groups[group][1][index].values[0, 0] * HEAT_TONES)]
            assert (style.color, style.bgcolor.name) == (None, tone)


@pytest.mark.parametrize("appearance", LOOKS)
@pytest.mark.parametrize("discretized", [False, True])
def test_every_size_is_filled_exactly(appearance, discretized):
    for width in (0, 1, 4, 7, 20, 34, 61, 118):
        for height in (0, 1, 3, 4, 9, 17, 36):
            picture, _ = tiles_of((3, 2), width, height, (1, 1), discretized=discretized)
            strips = draw(picture, width, height, appearance)
            assert [strip.cell_length for strip in strips] == [width] * height
            assert appearance.unicode or all(strip.text.isascii() for strip in strips)


def test_the_scale_is_told():
    picture, _ = tiles_of((3, 2), 118, 36)
    assert draw(picture, 118, 36, Look())[0].text.split() == ["0", "█" * HEAT_TONES, "1"]
    own = Tile("1", picture.groups[0][1][0].values, (0.25, 0.5), 0.5, fitted=True)
    mixed = Tiles((("layer1", (own, *picture.groups[0][1][1:])),))
    lines = [strip.text.rstrip() for strip in draw(mixed, 118, 36, Look())]
    assert lines[0].endswith("each on its own scale (some fitted)")
    assert lines[1].startswith("layer1 ▶1 0.25…0.5")
