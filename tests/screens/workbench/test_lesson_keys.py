"""The keys that lead through a lesson: an open question is asked for, its end is told, and what comes next."""

from harness import opened
from waiting import until

from nnsim.output_files import ANYWHERE
from nnsim.scenario import catalog
from nnsim.scenario.setting_fields import controls, named
from nnsim.session.session import Session
from screens.app import NnsimApp
from screens.dialogs.basic import KeysDialog
from screens.workbench.settings_dialog import CHALLENGE, SettingsDialog
from screens.workbench.workbench import Workbench

LESSON = """
[[lesson]]
text = "Think."
ask = "Which gradient is the smallest?"
choices = ["layer 1", "layer 2"]
answer = "smallest grad"
at = "epoch 2"
[[lesson]]
text = "Do."
goal = "loss<0.001"
using = ["regularization", "schedule.rate"]
"""


async def test_an_open_question_asks_for_its_answer_before_enter_skips_it(bench):
    async with bench("lesson", "loss", extra=LESSON, size=(100, 30)) as one:
        await one.press("enter")
        assert one.lesson.learner.page == 0
        assert one.notices[-1] == "The page asks: a or b answers it. enter again skips the question."
        await one.press("enter")
        assert one.lesson.learner.page == 1
        assert one.notices[-1] == "Skipped: backspace goes back to the question."
        await one.press("backspace", "a", "enter")  # who has answered is not asked again
        assert one.lesson.learner.page == 1


async def test_the_end_tells_what_was_answered_and_reached_and_offers_the_next_scenario():
    name, following = [entry.name for entry in catalog.entries()][:2]
    app = NnsimApp(Session.of_scenario(catalog.read(name)))
    async with opened(app, (120, 40), notifications=True) as one:
        last = len(one.session.scenario.lesson.parts) - 1
        one.lesson.learner.open(last)
        await one.press()
        while not one.notices:
            await one.press("enter")
        asked = sum(part.question is not None for part in one.session.scenario.lesson.parts)
        assert one.notices[-1].startswith(f"The end of the lesson: 0 of {asked} question")
        assert f"enter again opens the next: {catalog.read(following).title}." in one.notices[-1]
        before = one.workbench
        await one.pilot.press("enter")
        await until(one.pilot, lambda: isinstance(app.screen, Workbench) and app.screen is not before)
        assert app.screen.session.scenario.name == following
        assert len(app.screen_stack) == 2  # in its place, not above it


async def test_the_settings_begin_with_those_that_the_open_challenge_allows(bench):
    async with bench("lesson", extra=LESSON, size=(100, 30)) as one:
        await one.press("enter", "enter", "e")
        dialog = one.app.screen
        assert isinstance(dialog, SettingsDialog)
        first = [row if isinstance(row, str) else row.key for row in dialog.rows]
        assert first[0] == CHALLENGE
        assert first[1] == "schedule.rate"
        assert first[2].startswith("regularization.")
        assert first.count("schedule.rate") == 1
        await one.press(*"learning_rate")
        assert next(row.key for row in dialog.rows if not isinstance(row, str)) == "schedule.rate"


def test_the_learning_rate_is_found_by_its_names():
    found = controls(catalog.read("xor").plan("article", {}))
    for text in ("learning rate", "learning_rate", "learning-rate", "lr"):
        assert named(found, text)[0].key == "schedule.rate", text
    assert "train.batch_size" in [one.key for one in named(found, "batch_size")]


async def test_the_list_of_keys_begins_with_eight_and_has_groups(bench):
    async with bench("lesson", extra=LESSON, size=(100, 30)) as one:
        await one.press("?")
        assert isinstance(one.app.screen, KeysDialog)
        told = one.app.screen.tables().plain
        head, _, rest = told.partition("the lesson")
        assert sum(word in head for word in ("enter", "space", "tab", "change settings", "answer a")) == 5
        assert len([line for line in head.splitlines()[1:] if line.strip()]) <= 8
        places = [
            rest.index(title) for title in ("\ntime", "\nplaces", "\nruns and settings", "\npanes", "\nthe program")
        ]
        assert places == sorted(places)


async def test_the_palette_begins_with_what_was_used_last(bench):
    async with bench("loss") as one:
        app = one.app
        app.note_action("Fork: a second run from here")
        app.note_action("Next theme")
        await one.press("colon")
        options = app.screen.query_one("CommandList")

        def lines():
            return [
                " ".join(str(options.get_option_at_index(i).prompt).split()) for i in range(options.option_count)
            ]

        await until(one.pilot, lambda: lines()[:2] == ["Next theme T", "Fork: a second run from here f"])


def test_a_whole_run_plays_in_a_minute():
    for name in ("xor", "digits", "optimizer-race-ravine"):
        session = Session.of_scenario(catalog.read(name))
        session.playback.play(True)
        seconds = 0
        while session.playback.playing and seconds <= 60:
            seconds += 1
            for _ in range(10):
                session.playback.elapse(0.1)
                # Time alone moves the goal here; the runs are taken to be trained as far as that.
                session.state.cursor = session.state.goal
            if session.state.goal >= session.view.end:
                break
        assert session.state.goal >= session.view.end, name


async def test_answers_that_no_file_holds_are_asked_about(bench):
    async with bench("lesson", extra=LESSON, size=(100, 30)) as one:
        one.session.saving.keeps_answers = False
        await one.press("a")
        await one.pilot.press("q")
        assert (
            str(one.app.screen.query_one("Static").render()) == "1 answer is not saved: k keep · l leave · esc stay"
        )
        await one.press("escape")
        one.session.saving.note_saved()
        assert not one.session.saving.unsaved
    assert ANYWHERE.writable


async def test_a_guess_tells_no_loss_before_it_is_asked_for():
    async with opened(NnsimApp(Session.of_scenario(catalog.read("a-guess"))), (120, 40)) as one:
        predictions = next(pane for pane in one.workbench.panes if pane.kind == "predictions")
        for _ in one.session.tracks:
            assert "loss" not in f"{predictions.border_subtitle}{one.status}"
            await one.press("v")
        await one.press("enter", "c", "right")
        assert "loss after the update 1.42" in predictions.border_subtitle


async def test_answers_of_a_network_tell_no_loss_while_an_open_question_is_about_it(bench):
    ask = 'ask = "Below 9?"\nchoices = ["yes", "no"]\nanswer = "loss<9"\nat = "epoch 1"'
    async with bench("predictions", "lesson", extra=f'[[lesson]]\ntext = "Read."\n[[lesson]]\n{ask}') as one:
        await one.press("right")
        assert "loss after the update" in one.pane.border_subtitle
        await one.press("enter")
        assert "loss" not in one.pane.border_subtitle
        await one.press("a")
        assert "loss after the update" in one.pane.border_subtitle


async def test_the_settings_begin_with_the_one_that_the_page_of_the_challenge_names():
    async with opened(NnsimApp(Session.of_scenario(catalog.read("a-guess"))), (120, 40)) as one:
        one.lesson.learner.open(one.lesson.learner.lesson.challenges[0])
        await one.press("e")
        options = one.app.screen.query_one("OptionList")
        assert "model.initializer.values" in str(options.get_option_at_index(options.highlighted).prompt)


async def test_what_was_said_of_the_end_of_a_lesson_does_not_lie_over_home(bench):
    async with bench("lesson", extra='[[lesson]]\ntext = "a"\n[[lesson]]\ntext = "b"') as one:
        await one.press("enter", "enter")
        assert "The end of the lesson" in one.notices[-1]
        await one.pilot.press("q")
        assert not one.notices
