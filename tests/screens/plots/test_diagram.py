"""Network drawings tell sign and size of every weight by glyphs and numbers, not by colour alone."""

import re

import numpy as np
import pytest

from nnsim.text.number_format import signed
from screens.plots import Diagram, Look, Matrix, Units, draw, look, number
from screens.plots.diagram import room, size_of
from screens.plots.diagram_labels import label_places
from screens.plots.matrix import pooled

PLAIN, ASCII, SIXTEEN = look(colours=0), look(colours=0, unicode=False), look(colours=16)


def fan(weights):
    """One input per weight, all into one unit."""
    values = np.asarray(weights, dtype=float)
    names = tuple(f"x{i + 1}" for i in range(len(values)))
    return Diagram((Units("inputs", names, np.ones(len(values))), Units("layer1", ("y",), np.array([0.5]))),
                   (values[:, None],))  # fmt: skip


def dots(line):
    return sum(bin(ord(char) - 0x2800).count("1") for char in line if 0x2800 <= ord(char) < 0x2900)


def drawn(weight, largest, appearance=PLAIN):
    """The row of a single straight line, beside an invisible rest that sets the scale."""
    picture = Diagram(
        (Units("inputs", ("x",), np.ones(1)), Units("layer1", ("y",), np.ones(1)), Units("l", ("z",), np.ones(1))),
        (np.array([[weight]]), np.array([[largest]])),
    )
    strips = draw(picture, 150, 5, appearance)
    row = next(strip.text for strip in strips if "x " in strip.text and "y " in strip.text)
    return row[row.index("x") : row.index("y")]


def test_a_line_is_the_wider_the_larger_the_weight_and_dashed_where_it_is_negative():
    widths = [dots(drawn(weight, 9.0)) for weight in (0.1, 2.0, 5.0, 8.0)]
    assert widths == sorted(widths)
    assert len(set(widths)) == 4
    for weight in (2.0, 5.0, 8.0):
        assert dots(drawn(-weight, 9.0)) < 0.7 * dots(drawn(weight, 9.0))
    assert [size_of(weight, 9.0) for weight in (0.1, 2.0, -5.0, 8.0, 9.0)] == [0, 1, 2, 3, 3]


def test_in_ascii_characters_tell_sign_and_size():
    found = [set(drawn(weight, 9.0, ASCII)) & set("+*#-~=") - set("0.123456789") for weight in (8.0, 5.0)]
    assert "#" in found[0]
    assert "*" in found[1]
    assert "=" in drawn(-8.0, 9.0, ASCII)
    assert "~" in drawn(-5.0, 9.0, ASCII)


@pytest.mark.parametrize("appearance", [Look(), PLAIN, ASCII, SIXTEEN])
def test_numbers_stand_on_the_lines(appearance):
    weights = [1.25, -3.5, 0.002, -70.0]
    text = "\n".join(strip.text for strip in draw(fan(weights), 80, 16, appearance))
    for weight in weights:
        assert f" {signed(weight)} " in text
    if not appearance.unicode:
        assert text.isascii()


def test_the_largest_weights_lie_on_top_and_the_rest_is_counted():
    weights = np.linspace(-1, 1, 900).reshape(30, 30)
    names = tuple(str(i) for i in range(30))
    units = Units("a", names, np.ones(30))
    text = draw(Diagram((units, units), (weights,)), 150, 40, PLAIN)[0].text
    assert "the 160 largest of 900" in text


def test_inputs_made_of_one_column_are_told_apart_where_there_is_no_room_for_their_names():
    names = ("sold: days", "sold: season cos", "sold: season sin", "city=Oslo", "city=Bergen")
    inputs = Units("inputs", names, np.ones(5))
    hidden = Units("layer1", tuple("123456"), np.ones(6))
    strips = draw(Diagram((inputs, hidden, hidden), (np.ones((5, 6)), np.ones((6, 6)))), 40, 16, PLAIN)
    found = re.findall(r"(\S+) ■", "\n".join(strip.text for strip in strips))
    assert len(set(found)) == 5
    assert all(name in whole for name, whole in zip(found, names, strict=True))
    assert max(map(len, found)) < len("sold: days")  # there was no room


def test_what_is_folded_away_is_counted():
    units = Units("a", ("1", "2"), np.ones(2), more_above=3, more_below=58)
    text = "\n".join(s.text for s in draw(Diagram((units, units), (np.ones((2, 2)),), before=2, after=4), 60, 16))
    assert "… 58 more" in text
    assert "… 3 more" in text
    assert "‹2" in text
    assert "4›" in text


def test_a_count_is_written_whole_or_without_its_word():
    units = Units("layer", ("1", "2"), np.ones(2), more_below=11)
    for width in range(24, 70):
        text = "\n".join(s.text for s in draw(Diagram((units, units), (np.ones((2, 2)),)), width, 9))
        assert not re.search(r"… 11 (m|mo|mor)\b", text), width
        assert text.count("… 11") == 2


def test_biases_and_activations_are_written():
    column = Units("layer1", ("1", "2"), np.array([0.731, 0.0]), np.array([-1.2, 0.5]))
    text = "\n".join(s.text for s in draw(Diagram((column, column), (np.ones((2, 2)),)), 80, 16, PLAIN))
    for part in ("●0.731", "○0", "b", "-1.2", "+0.5"):
        assert part in text


def test_numbers_that_are_not_finite_are_drawn_as_such():
    text = "\n".join(s.text for s in draw(fan([np.nan, np.inf, 1.0]), 80, 16, PLAIN))
    assert "NaN" in text
    assert "inf" in text


@pytest.mark.parametrize("appearance", [Look(), PLAIN, ASCII, SIXTEEN])
def test_every_size_is_filled_exactly(appearance):
    rng = np.random.default_rng(3)
    for width in (0, 3, 8, 20, 34, 61, 200):
        for height in (0, 1, 2, 3, 5, 6, 17, 48):
            columns, units = room(width, height, 4)
            parts = [Units(f"layer{i} tanh", tuple(f"n{j}" for j in range(units)), rng.normal(size=units),
                           rng.normal(size=units) * 1e-7, 2, 3, 0) for i in range(columns)]  # fmt: skip
            weights = [rng.normal(size=(units, units)) for _ in range(columns - 1)]
            for picture in (Diagram(tuple(parts), tuple(weights), (0, 0, 0)), Matrix(rng.normal(size=(40, 30)),
                            tuple(f"x{i}" for i in range(40)), picked=(39, 29))):  # fmt: skip
                strips = draw(picture, width, height, appearance)
                assert [strip.cell_length for strip in strips] == [width] * height
                if not appearance.unicode:
                    assert all(strip.text.isascii() for strip in strips)


# Matrix


def test_a_small_matrix_is_written_out():
    values = np.array([[1.5, -2.25], [0.001, -1e-5]])
    lines = [s.text for s in draw(Matrix(values, ("x1", "x2"), first_column=7, picked=(1, 0)), 60, 10, PLAIN)]
    assert "unit 7" in lines[1]
    assert lines[2].split() == ["x1", "+1.5", "-2.25"]
    assert lines[3].split() == ["▶x2", "+0.001", "-1e-5"]


@pytest.mark.parametrize(("appearance", "positive", "negative"), [(PLAIN, "█", "Ξ"), (ASCII, "#", "~")])
def test_a_large_matrix_is_glyphs_that_tell_sign_and_size(appearance, positive, negative):
    values = np.zeros((20, 50))
    values[3, 10], values[3, 30] = 9.0, -9.0
    values[4, 10], values[4, 30] = 2.0, -2.0
    lines = [s.text for s in draw(Matrix(values, tuple(f"x{i}" for i in range(20))), 55, 22, appearance)]
    left = 5
    assert lines[2 + 3][left + 10] == positive
    assert lines[2 + 3][left + 30] == negative
    shades = {lines[2 + 4][left + 10], lines[2 + 4][left + 30], lines[2 + 5][left + 10]}
    assert len(shades | {positive, negative}) == 5
    assert "largest 9" in lines[0]


def test_a_block_shows_its_largest_magnitude_with_its_sign():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(100, 64))
    small = pooled(values, 10, 16)
    for row in range(10):
        for column in range(16):
            block = values[10 * row : 10 * row + 10, 4 * column : 4 * column + 4].ravel()
            assert small[row, column] == block[np.argmax(np.abs(block))]


def test_infinite_weights_of_single_precision_are_the_largest():
    values = np.array([[1.0, -np.inf], [np.inf, np.nan]], np.float32)
    assert pooled(values, 1, 2).tolist() == [[1e300, -1e300]]


def test_a_number_never_shows_a_negative_zero():
    assert number(-0.0) == "0"


def test_few_weights_are_written_out_in_a_quarter_of_a_screen():
    rng = np.random.default_rng(1)
    column = Units("layer1 sigmoid", ("1", "2"), rng.uniform(size=2))
    weights = (np.array([[-7.07, -1.86], [-7.14, -1.87]]), np.array([[-16.4], [11.2]]))
    last = Units("layer2 sigmoid", ("y",), np.array([0.069]))
    text = "\n".join(s.text for s in draw(Diagram((column, column, last), weights), 58, 15, PLAIN))
    for value in (-7.07, -1.86, -7.14, -1.87, -16.4, 11.2):
        assert f" {signed(value)} " in text


def test_units_are_full_by_one_scale_and_told_by_shape():
    hidden, output = np.array([-0.03, 0.025]), np.array([-0.11])
    columns = (Units("inputs", ("1", "2"), np.ones(2)), Units("a", ("1", "2"), hidden), Units("b", ("y",), output))
    picture = Diagram(columns, (np.ones((2, 2)), np.ones((2, 1))), unit_label="dC/dz")
    for height in (9, 17):
        text = "\n".join(s.text for s in draw(picture, 60, height, PLAIN))
        assert "◈-0.03" in text
        assert "○0.025" in text
        assert "◆-0.11" in text
        assert "0.11" in text.partition("inputs")[0]
    assert "full: 0.11" in text
    later = Diagram(columns[1:], (np.ones((2, 1)),), before=1)
    assert "■" not in "\n".join(s.text for s in draw(later, 60, 9, PLAIN))


def nearest_line(lines, start, end, column, row):
    """Which line passes nearest to a cell."""
    share = (column - start + 0.5) / (end - start)
    return min(
        range(len(lines)), key=lambda one: abs(lines[one][0] + (lines[one][1] - lines[one][0]) * share - row)
    )


@pytest.mark.parametrize(
    ("sources", "targets", "gap"),
    [((6, 13), (6, 13), 14), ((6, 14), (5, 10, 16), 20), ((6, 13), (4, 8, 11, 15), 40)],
)
def test_labels_lie_on_their_own_lines_and_apart(sources, targets, gap):
    lines = tuple((one, other) for one in sources for other in targets)
    start, width = 10, 7
    places = label_places(lines, start, start + gap, width)
    taken = set()
    for index, (left, row) in enumerate(places):
        for column in range(left, left + width):
            assert start < column < start + gap - 1
            assert (column, row) not in taken
            taken.add((column, row))
        assert any(
            nearest_line(lines, start, start + gap, column, row) == index for column in range(left, left + width)
        )
        for other, (y0, y1) in enumerate(lines):
            heights = [y0 + (y1 - y0) * (column - start + 0.5) / gap for column in range(left, left + width)]
            assert other == index or min(abs(one - row) for one in heights) > 0.5


def test_labels_without_room_for_all_are_left_out_all():
    assert label_places(((6, 4), (6, 8), (13, 4), (13, 8), (6, 11), (13, 11), (6, 15), (13, 15)), 10, 24, 7) is None
    weights = np.arange(1.0, 9.0).reshape(2, 4)
    units = [Units("a", tuple(str(i + 1) for i in range(n)), np.ones(n)) for n in (2, 4)]
    text = "\n".join(s.text for s in draw(Diagram(tuple(units), (weights,)), 36, 17, PLAIN)[1:])
    assert not any(f"+{weight:.0f} " in text for weight in weights.ravel())


@pytest.mark.parametrize("width", [36, 38, 58, 78, 118])
def test_the_legend_says_at_every_width_that_dots_tell_no_sign(width):
    weights = (np.array([[0.0673, -1e-4], [0.5, 0.2]]), np.array([[1.0], [2.0]]))
    units = [Units("a", tuple(str(i + 1) for i in range(n)), np.full(n, 0.108)) for n in (2, 2, 1)]
    for label in ("weights", "dC/dw, step 1,234"):
        head = draw(Diagram(tuple(units), weights, label=label), width, 17, PLAIN)[0].text
        assert "··" in head
        assert "±<5%" in head or "+ or -" in head


def test_a_name_is_cut_only_where_there_is_no_room():
    inputs, output = (
        Units("inputs", ("x", "y"), np.ones(2)),
        Units("layer1", ("class",), np.array([0.441]), np.array([-0.236])),
    )
    picture = Diagram((inputs, output), (np.array([[0.019], [-0.0051]]),))
    text = "\n".join(strip.text for strip in draw(picture, 38, 17, PLAIN))
    assert "class ●0.441" in text
    assert "+0.019" in text


def test_a_value_has_as_many_digits_whatever_its_sign():
    columns = [
        Units(name, ("1", "2"), values)
        for name, values in (
            ("inputs", np.ones(2)),
            ("layer1", np.array([-0.0254, 0.0254])),
            ("layer2", np.ones(2)),
        )
    ]
    picture = Diagram(tuple(columns), (np.ones((2, 2)), np.ones((2, 2))))
    text = "\n".join(strip.text for strip in draw(picture, 38, 17, PLAIN))
    assert "-0.025 " in text
    assert "◑0.025 " in text or "○0.025 " in text
