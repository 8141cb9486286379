"""What is seen of a workbench by the tests of its controls, and picking from its lists."""

from screens.dialogs.picker import PickDialog


def kinds(opened):
    return [pane.kind for pane in opened.workbench.panes]


def told(opened):
    return [one.message for one in opened.pilot.app._notifications]


async def pick(opened, label):
    """Pick a line of the list that is open."""
    dialog = opened.pilot.app.screen
    assert isinstance(dialog, PickDialog)
    options = dialog.query_one("OptionList")
    lines = [str(options.get_option_at_index(i).prompt) for i in range(options.option_count)]
    options.highlighted = next(i for i, line in enumerate(lines) if label in line)
    await opened.press("enter")
