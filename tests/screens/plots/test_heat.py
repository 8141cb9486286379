"""Heat maps say by tones, shades and markers what the values are."""

import numpy as np
import pytest
from rich.color import ColorSystem

from screens.plots import Heat, Look, draw, look
from screens.plots.contours import line_dots
from screens.plots.heat import grid
from screens.plots.heat_legend import ASCII_SHADES, SHADES
from screens.plots.plot_style import HEAT, HEAT_TONES
from screens.plots.rasterize import Raster

PLAIN, ASCII = look(colours=0), look(colours=0, unicode=False)
SIXTEEN = look(colours=16)


def slope(width, height, **more):
    """A heat map of x + 2 y over the unit square, scaled to 0..1, at the size's own grid."""
    empty = Heat(np.empty((0, 0)), (0, 1), (0, 1), **more)
    x, y = grid(empty, width, height)
    return Heat((x[None, :] + 2 * y[:, None]) / 3, (0, 1), (0, 1), **more)


def cells(strip):
    """(character, style) of each cell."""
    return [(char, segment.style) for segment in strip for char in segment.text]


def canvas(picture, width, height, appearance):
    """The cells right of the axis and above the ticks, in rows from the top."""
    rows = [cells(strip) for strip in draw(picture, width, height, appearance)]
    across, down = len(grid(picture, width, height)[0]), len(grid(picture, width, height)[1]) // 2
    top = height - down - (2 if height >= 10 else 1)
    return [row[width - across :] for row in rows[top : top + down]]


@pytest.mark.parametrize("size", [(60, 16), (34, 6), (200, 48)])
def test_each_half_of_a_cell_has_the_tone_of_its_value(size):
    picture = slope(*size, threshold=9.0)  # out of reach: no line is drawn
    shown = canvas(picture, *size, Look())
    tones = np.minimum((picture.values[::-1] * HEAT_TONES).astype(int), HEAT_TONES - 1)
    for row, line in enumerate(shown):
        for column, (char, style) in enumerate(line):
            upper, lower = tones[2 * row, column], tones[2 * row + 1, column]
            assert style.bgcolor.name == HEAT[lower]
            if upper == lower:  # a ground alone is half of the bytes
                assert (char, style.color) == (" ", None)
            else:
                assert (char, style.color.name) == ("▀", HEAT[upper])


def test_tones_grow_lighter_with_the_value():
    light = [sum(int(tone[i : i + 2], 16) * part for i, part in ((1, 0.3), (3, 0.6), (5, 0.1))) for tone in HEAT]
    assert light == sorted(set(light))


@pytest.mark.parametrize(("appearance", "shades"), [(PLAIN, SHADES), (SIXTEEN, SHADES), (ASCII, ASCII_SHADES)])
def test_without_colours_shades_tell_the_value(appearance, shades):
    picture = slope(60, 16, threshold=9.0)
    halves = picture.values[::-1]
    means = (halves[::2] + halves[1::2]) / 2
    shown = canvas(picture, 60, 16, appearance)
    for line, row in zip(shown, means, strict=True):
        assert [char for char, _ in line] == [shades[int(value * 5)] for value in row]


def is_line(char):
    return "\u2801" <= char <= "\u28ff" or char == "~"


@pytest.mark.parametrize("appearance", [Look(), PLAIN, ASCII, SIXTEEN])
def test_the_line_of_the_threshold_parts_low_from_high(appearance):
    shown = canvas(slope(60, 16), 60, 16, appearance)
    down, across = len(shown), len(shown[0])
    for column in range(across):
        x = (column + 0.5) / across
        marked = [row for row in range(down) if is_line(shown[row][column][0])]
        crossing = (1.5 - x) / 2  # where x + 2 y = 0.5 * 3
        assert marked
        for row in marked:
            assert abs((down - row - 0.5) / down - crossing) <= 1.0 / down + 0.5 / across
    looks = {style for row in shown for char, style in row if is_line(char)}
    assert len(looks) == 1, "one colour all along"
    assert ("⠶⠶ 0.5" if appearance.unicode else "~~ 0.5") in legend(slope(60, 16), 60, 16, appearance)


def legend(picture, width, height, appearance=PLAIN):
    """What stands above the canvas."""
    down = len(grid(picture, width, height)[1]) // 2
    return " ".join(strip.text for strip in draw(picture, width, height, appearance)[: height - down - 2])


@pytest.mark.parametrize("width", [34, 38, 46, 60])
def test_no_row_between_the_legend_and_the_map_is_empty(width):
    x = np.linspace(0.1, 0.9, 30)
    points = {
        "points_x": x, "points_y": x, "points_high": x > 0.5, "points_wrong": x > 2, "points_held": x % 0.2 > 0.1,
    }  # fmt: skip
    for height in range(6, 26):
        for threshold in (0.5, 9.0):
            picture = slope(width, height, threshold=threshold, y_label="y", held_name="validation", **points)
            rows = draw(picture, width, height, PLAIN)
            down = len(grid(picture, width, height)[1]) // 2
            top = height - down - 1 - (height >= 10)
            assert all(strip.text.strip() for strip in rows[:top])


def test_what_is_not_drawn_is_not_in_the_legend():
    told = legend(slope(60, 16, threshold=9.0), 60, 16)
    assert "9" not in told
    assert "wrong" not in told
    assert "fitted" not in told
    assert "0.2" in legend(slope(60, 16, scale=(0.2, 0.4), fitted=True), 60, 16)
    assert "0.4 fitted" in legend(slope(60, 16, scale=(0.2, 0.4), fitted=True), 60, 16)


@pytest.mark.parametrize("size", [(36, 16), (60, 16), (118, 36)])
@pytest.mark.parametrize("appearance", [Look(), PLAIN, ASCII, SIXTEEN])
def test_the_legend_names_all_that_is_drawn(size, appearance):
    places = np.linspace(0.1, 0.9, 8)
    high, wrong, held = (np.array([index >> bit & 1 for index in range(8)], dtype=bool) for bit in range(3))
    picture = slope(*size, points_x=places, points_y=np.full(8, 0.3), points_high=high, points_wrong=wrong,
                    points_held=held, y_label="x2")  # fmt: skip
    shown = canvas(picture, *size, appearance)
    row = max(shown, key=lambda line: sum(char.isalpha() or char in "●○◆◇" for char, _ in line))
    glyphs = "".join(row[int(place * len(row))][0] for place in places)
    assert glyphs == ("○●◇◆◦•✧✦" if appearance.unicode else "o@xXvVwW")
    told = legend(picture, *size, appearance)
    for one in [*glyphs, "low", "high", "validation", "wrong", "0.5", "x2"]:
        assert one in told
    strips = [segment for strip in draw(picture, *size, appearance) for segment in strip]
    styles = {segment.style for segment in strips if glyphs[3] in segment.text}
    assert len(styles) == 1, "wrong answers look alike in the legend and in the picture"


def test_a_row_that_was_learnt_comes_before_one_that_was_not():
    picture = slope(60, 16, points_x=np.full(2, 0.5), points_y=np.full(2, 0.1), points_high=np.array([False, True]),
                    points_held=np.array([True, False]))  # fmt: skip
    drawn = "".join(char for row in canvas(picture, 60, 16, PLAIN) for char, _ in row)
    assert "●" in drawn
    assert "◦" not in drawn


@pytest.mark.parametrize("appearance", [Look(), PLAIN, ASCII, SIXTEEN])
def test_two_tones_have_nothing_between_them(appearance):
    picture = slope(60, 16, discretized=True)
    seen = {char if not appearance.heat else style.bgcolor.name for row in canvas(picture, 60, 16, appearance)
            for char, style in row}  # fmt: skip
    assert len(seen) == 2
    assert "below 0.5" in legend(picture, 60, 16, appearance)


@pytest.mark.parametrize("appearance", [Look(), PLAIN, ASCII, SIXTEEN])
def test_markers_tell_targets_and_wrong_answers(appearance):
    places = np.array([0.1, 0.4, 0.6, 0.9])
    picture = slope(60, 16, points_x=np.append(places, 0.1), points_y=np.full(5, 0.5),
                    points_high=np.array([False, True, False, True, True]),
                    points_wrong=np.array([False, False, True, True, False]))  # fmt: skip
    row = canvas(picture, 60, 16, appearance)
    columns = [int(place * len(row[0])) for place in places]
    middle = next(line for line in row if line[columns[3]][0] in "◆X")
    found = "".join(middle[column][0] for column in columns)
    assert found == ("◐●◇◆" if appearance.unicode else "?@xX")
    legend = draw(picture, 60, 16, appearance)[0].text
    for part in ("high", "low", "wrong", "both"):
        assert part in legend


def test_values_that_are_not_finite_are_told():
    text = "".join(strip.text for strip in draw(Heat(np.full((4, 4), np.nan), (0, 1), (0, 1)), 60, 16))
    assert "nothing finite to show" in text
    values = np.full((4, 4), np.inf)
    values[0, 0] = 1.0
    assert len(draw(Heat(values, (0, 1), (0, 1)), 60, 16)) == 16


def test_a_coarser_array_fills_the_map():
    values = np.array([[0.0, 0.0], [0.0, 1.0]])
    shown = canvas(Heat(values, (0, 1), (0, 1), threshold=9.0), 60, 16, PLAIN)
    assert shown[0][-1][0] == "█"
    assert shown[-1][0][0] == " "


def test_sixteen_colours_stay_sixteen():
    for strip in draw(slope(60, 16), 60, 16, SIXTEEN):
        for segment in strip:
            if segment.style and segment.style.color:
                assert segment.style.color.downgrade(ColorSystem.STANDARD).triplet is None
                assert segment.style.bgcolor is None


@pytest.mark.parametrize("appearance", [Look(), PLAIN, ASCII, SIXTEEN])
def test_every_size_is_filled_exactly(appearance):
    for width in (0, 1, 2, 7, 8, 20, 34, 61):
        for height in (0, 1, 2, 3, 4, 6, 9, 17):
            strips = draw(slope(width, height, points_x=np.array([0.5]), points_y=np.array([0.5]),
                                points_high=np.array([True]), points_wrong=np.array([True])),
                          width, height, appearance)  # fmt: skip
            assert [strip.cell_length for strip in strips] == [width] * height
            if not appearance.unicode:
                assert all(strip.text.isascii() for strip in strips)


@pytest.mark.parametrize(("across", "down", "thick"), [(2, 4, True), (2, 4, False), (1, 1, False)])
def test_the_dots_of_a_line_part_what_lies_above_from_what_lies_below(across, down, thick):
    """On a plane the samples between the values are known: what is left of the line is below its level."""
    raster = Raster(9, 7, across, down)
    x, y = (np.arange(2 * raster.width) + 0.5) / 2, (np.arange(2 * raster.height) + 0.5) / 2
    values = x[None, :] - 0.4 * y[:, None]
    values[0, :3] = np.nan
    bits = line_dots(values, 3.3, raster, thick)
    column, row = (np.arange(raster.columns) + 0.5) / across, (np.arange(raster.rows) + 0.5)[::-1] / down
    above = column[None, :] - 0.4 * row[:, None] >= 3.3
    expected = np.zeros_like(above)
    for first, second in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1),), (slice(1, None),)),
    ):
        differ = above[first] != above[second]
        expected[first] |= differ
        expected[second] |= differ & thick
    dots = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    found = np.array(
        [
            [bool(bits[r // down, c // across] & dots[r % down][c % across]) for c in range(raster.columns)]
            for r in range(raster.rows)
        ]
    )
    inside = np.zeros_like(expected)
    inside[down:-down, across:-across] = True  # samples at the edge hold the outermost value
    assert found[inside].tolist() == expected[inside].tolist()
    assert found.any()
