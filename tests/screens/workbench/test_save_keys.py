"""Copying, saving and leaving, without an app: what is written, asked and said."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from textual.strip import Strip

from nnsim.recording import open_recording
from nnsim.session.session import Session
from screens.dialogs.basic import ChoiceDialog
from screens.dialogs.picker import PickDialog
from screens.workbench.capture_keys import CaptureKeys
from screens.workbench.save_keys import SaveKeys


def test_a_pane_is_copied_as_text_into_a_file_and_the_clipboard(context, tmp_path):
    made = context(folder=tmp_path)
    made.cells = [Strip.blank(3), Strip.blank(4)]
    CaptureKeys(made).copy()
    dialog, answer = made.asked.pop()
    assert isinstance(dialog, PickDialog)
    answer("pane txt")
    (path,) = (tmp_path / "pictures").iterdir()
    assert path.name == "small-step20-loss.txt"
    assert made.clipboard == [path.read_text()]
    assert made.said[-1].endswith("to the clipboard")
    made.cells = []
    answer("pane svg")
    assert made.said[-1].startswith("This pane is not on the screen")


def test_the_command_of_a_run_is_copied_or_the_reason_why_none_gives_it(context):
    made = context()
    CaptureKeys(made).copy_command()
    reason = "no file here holds its scenario 'small'"
    assert made.said.pop() == f"No command gives this run: {reason}. w saves it, nnsim replay shows it."
    made.session = Session.of_timelines([made.session.focused.timeline])
    made.recorded_in = Path("one two.nnsim")
    CaptureKeys(made).copy_command()
    assert made.clipboard == ["nnsim replay 'one two.nnsim'"]


def test_a_session_is_saved_and_left_then(context, tmp_path):
    made = context(folder=tmp_path)
    keys = SaveKeys(made)
    made.session.focused.timeline.mark(5, "here")
    keys.leave()
    dialog, answer = made.asked.pop()
    assert isinstance(dialog, ChoiceDialog)
    answer("k")
    _, save = made.asked.pop()
    save(str(tmp_path / "recordings" / "one.nnsim"))
    assert made.done[-1] == "leave"
    with open_recording(tmp_path / "recordings" / "one.nnsim") as recording:
        assert recording.timelines[0].marked(5) == "here"


@pytest.mark.parametrize("saved", [True, False])
def test_leaving_asks_nothing_after_saving_nor_while_all_is_recorded(context, saved):
    made = context()
    keys = SaveKeys(made)
    made.session.editor.change("schedule.rate", 0.5)
    keys.leave()
    assert made.asked.pop()
    if saved:
        made.session.saving.note_saved()
    else:
        made.session.saving.written = SimpleNamespace(failed=False)
    keys.leave()
    assert (made.asked, made.done[-1]) == ([], "leave")


def test_nothing_is_saved_through_a_closed_door(context):
    made = context()
    SaveKeys(made).save()
    assert made.said == ["this session is read-only: nothing is written"]
    assert made.asked == []
