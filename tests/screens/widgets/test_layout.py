"""Where panes stand: they never lie over each other, fill what they can, and are where the design says."""

from itertools import product

import pytest

from screens.widgets.layout import LEAST_WIDTH, PANE_HEIGHT, PANE_WIDTH, grid_layout, lead_layout, whole_layout

SIZES = [(80, 21), (99, 40), (100, 29), (100, 30), (120, 37), (179, 44), (180, 45), (200, 47), (300, 90)]


def boxes(layout):
    return {place.slot: (place.x, place.y, place.width, place.height) for place in layout.places}


def covered(layout):
    """Each cell that a pane stands on, once for each pane."""
    return sorted(
        cell
        for one in layout.places
        for cell in product(range(one.x, one.x + one.width), range(one.y, one.y + one.height))
    )


def cells(width, height):
    return sorted(product(range(width), range(height)))


@pytest.mark.parametrize(
    ("panes", "focused", "size", "slots", "rows"),
    [
        (6, 0, (40, 9), [0], 1),
        (6, 5, (40, 9), [5], 1),
        (6, 0, (80, 21), [0, 1, 2, 3], 2),
        (6, 4, (80, 21), [2, 3, 4, 5], 2),
        (6, 0, (120, 37), [0, 1, 2, 3, 4, 5], 2),
        (7, 0, (120, 37), [0, 1, 2, 3, 4, 5], 2),
        (7, 0, (200, 47), [0, 1, 2, 3, 4, 5, 6], 2),
        (3, 0, (200, 47), [0, 1, 2], 2),
    ],
)
def test_a_grid_shows_all_panes_where_it_can_and_the_focused_one_always(panes, focused, size, slots, rows):
    layout = grid_layout(panes, focused, *size)
    assert list(layout.slots) == slots
    assert len({place.y for place in layout.places}) == rows


@pytest.mark.parametrize(("panes", "size"), [*product((1, 2, 3, 5, 8), [(40, 9), (41, 17), *SIZES])])
def test_the_panes_of_a_grid_fill_the_body_and_are_large_enough(panes, size):
    layout = grid_layout(panes, panes - 1, *size)
    assert covered(layout) == cells(*size)
    assert all(place.width >= PANE_WIDTH and place.height >= PANE_HEIGHT for place in layout.places)
    assert panes - 1 in layout.slots


LESSON, LEAD = 1, 0


@pytest.mark.parametrize(
    ("size", "panes", "wide", "expected"),
    [
        ((80, 21), 2, False, {LESSON: (0, 0, 34, 21), LEAD: (34, 0, 46, 21)}),
        ((80, 21), 4, False, {LESSON: (0, 0, 34, 21), LEAD: (34, 0, 46, 21)}),
        ((120, 37), 2, False, {LESSON: (0, 0, 42, 37), LEAD: (42, 0, 78, 37)}),
        ((120, 37), 3, False, {LESSON: (0, 0, 42, 25), LEAD: (42, 0, 78, 37), 2: (0, 25, 42, 12)}),
        ((120, 37), 3, True, {LESSON: (0, 0, 42, 37), LEAD: (42, 0, 78, 25), 2: (42, 25, 78, 12)}),
        (
            (120, 37), 4, False,
            {LESSON: (0, 0, 42, 25), LEAD: (42, 0, 78, 25), 2: (42, 25, 78, 12), 3: (0, 25, 42, 12)},
        ),
        ((200, 47), 2, False, {LESSON: (0, 0, 60, 47), LEAD: (60, 0, 140, 47)}),
        ((200, 47), 3, False, {LESSON: (0, 0, 60, 31), LEAD: (60, 0, 140, 47), 2: (0, 31, 60, 16)}),
        ((200, 47), 3, True, {LESSON: (0, 0, 60, 47), LEAD: (60, 0, 140, 31), 2: (60, 31, 140, 16)}),
        (
            (200, 47), 4, True,
            {LESSON: (0, 0, 50, 47), LEAD: (50, 0, 100, 47), 2: (150, 0, 50, 24), 3: (150, 24, 50, 23)},
        ),
    ],
)  # fmt: skip
def test_a_lead_stands_beside_the_lesson_with_at_most_two_more(size, panes, wide, expected):
    layout = lead_layout(panes, LESSON, *size, wide=wide)
    assert boxes(layout) == expected
    assert layout.lead == LEAD


@pytest.mark.parametrize(("size", "panes", "wide"), [*product(SIZES, (2, 3, 4, 6), (False, True))])
def test_a_lead_layout_fills_the_body_and_its_lead_has_the_largest_place(size, panes, wide):
    layout = lead_layout(panes, 0, *size, wide=wide)
    assert covered(layout) == cells(*size)
    assert all(place.width >= LEAST_WIDTH and place.height >= PANE_HEIGHT for place in layout.places)
    lead = next(place for place in layout.places if place.slot == LEAD)
    assert len(layout.places) <= 4
    areas = sorted(place.width * place.height for place in layout.places)
    assert lead.width * lead.height == areas[-1] >= 0.43 * size[0] * size[1]


def test_panes_without_room_take_turns_in_the_place_of_the_lead():
    small = lead_layout(4, 3, 80, 21)
    assert (small.tabs, boxes(small)) == ((0, 2, 3), {3: (34, 0, 46, 21), LESSON: (0, 0, 34, 21)})
    many = lead_layout(6, 5, 120, 37)
    assert (many.tabs, set(many.slots)) == ((0, 4, 5), {5, LESSON, 2, 3})
    assert lead_layout(4, 2, 120, 37).slots == (LEAD, LESSON, 2, 3)


def test_where_two_columns_have_no_room_the_pane_with_the_focus_has_all_of_it():
    layout = lead_layout(3, 2, 60, 12)
    assert (layout.places, layout.lead, layout.tabs) == (whole_layout(2, 60, 12).places, LEAD, (0, 1, 2))
    assert lead_layout(1, 0, 200, 47).places == whole_layout(0, 200, 47).places
