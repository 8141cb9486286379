"""The rows of a pane's frame, and the styles of a plot, are kept as long as they are what Textual would draw."""

import pytest
from rich.text import Text
from textual import events
from textual.containers import Vertical
from textual.geometry import Region

from screens.panes.pane import MOST_ROWS, Pane
from screens.widgets.lines import Lines, StripWidget


def parts(rows):
    return [[(part.text, part.style) for part in row.simplify()] for row in rows]


def whole(widget):
    return Region(0, 0, *widget.outer_size)


def drawn(pane):
    return parts(pane.render_lines(whole(pane)))


def anew(pane):
    """The frame as Textual draws it where nothing is kept."""
    pane._styles_cache.clear()
    return parts(super(Pane, pane).render_lines(whole(pane)))


@pytest.fixture
def asked(monkeypatch):
    """How often Textual is asked to draw rows of a pane."""
    regions, render = [], Vertical.render_lines

    def counted(widget, crop):
        regions.append(crop)
        return render(widget, crop)

    monkeypatch.setattr(Vertical, "render_lines", counted)
    return regions


async def test_three_rows_make_a_frame_and_are_asked_for_once(bench, asked):
    async with bench("loss", "weights") as opened:
        opened.pane.notify_style_update()
        asked.clear()
        first = drawn(opened.pane)
        assert len(asked) == 3
        assert drawn(opened.pane) == first
        assert len(asked) == 3
        opened.pane.set_reading("0.2500")
        again = drawn(opened.pane)
        assert len(asked) == 4
        assert again[:-1] == first[:-1]
        opened.pane.set_reading("0.2501")  # as wide as before
        assert drawn(opened.pane)[-1] != again[-1]
        assert drawn(opened.pane) == anew(opened.pane)


async def test_a_part_of_the_frame_is_drawn_as_textual_draws_it(bench):
    async with bench("loss") as opened:
        width, height = opened.pane.outer_size
        for crop in (Region(3, 0, width - 5, height), Region(0, 2, width, 1), Region(0, 0, width, height + 2)):
            found = parts(opened.pane.render_lines(crop))
            opened.pane._styles_cache.clear()
            assert found == parts(super(Pane, opened.pane).render_lines(crop))


async def test_no_more_rows_are_kept_than_are_worth_it(bench):
    async with bench("loss") as opened:
        for number in range(3 * MOST_ROWS):
            opened.pane.set_reading(f"{number}")
            drawn(opened.pane)
            assert len(opened.pane._row_cache) <= MOST_ROWS
        assert drawn(opened.pane) == anew(opened.pane)


CHANGES = ("T", "tab", "T", "shift+tab", "z", "T", "z", "blur", "T", "focus", "e", "T", "escape", "100", "80", "F")


async def test_what_changes_the_look_of_a_frame_or_a_plot_drops_what_is_kept(bench):
    async with bench("loss", "gradients", "weights", "lesson", size=(80, 24)) as opened:
        app = opened.pilot.app
        for change in CHANGES:
            if change == "blur":
                app.post_message(events.AppBlur())
            elif change == "focus":
                app.post_message(events.AppFocus())
            elif change.isdecimal():
                await opened.pilot.resize_terminal(int(change), 24)
            else:
                await opened.pilot.press(change)
            await opened.pilot.pause()
            for pane in opened.workbench.panes:
                if not pane.display:
                    continue
                assert drawn(pane) == anew(pane), f"{pane.kind} after {change}"
                for inner in pane.query(StripWidget):
                    if inner.display and inner.size:
                        kept = parts(inner.render_lines(whole(inner)))
                        inner.notify_style_update()
                        assert parts(inner.render_lines(whole(inner))) == kept, f"{inner} after {change}"


READINGS = ["0.2500", "loss 0.25 · accuracy 75%", "", "→", "[b]", "a reading" * 20, "1.5e-4 to 0.98", "日本", "x"]


async def test_another_reading_makes_the_edge_that_textual_would_draw(bench, asked):
    async with bench("loss", "weights") as opened:
        pane = opened.pane
        drawn(pane)
        asked.clear()
        for said in (*READINGS, *reversed(READINGS)):
            pane.border_subtitle = said
            row = pane.render_lines(whole(pane))[-1]
            count = len(asked)
            assert parts([row]) == anew(pane)[-1:], said
            del asked[count:]
        assert 0 < len(asked) < 12, "most rows are made of the one before"


async def test_a_line_that_stays_is_rendered_once(bench, monkeypatch):
    made, render = [], Lines._strip

    def counted(widget, text):
        made.append(text.plain)
        return render(widget, text)

    monkeypatch.setattr(Lines, "_strip", counted)
    async with bench("predictions", "weights") as opened:
        lines = opened.pane.lines
        lines.show([Text("one"), Text("two", "bold"), Text("three")])
        made.clear()
        lines.show([Text("one"), Text("two"), Text("more")])
        assert made == ["two", "more"], "another style is another look"
        assert [row.text.strip() for row in lines._strips[:3]] == ["one", "two", "more"]
