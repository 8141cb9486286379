"""Home is the course: it lists what there is, says what is done and next, and opens it."""

import pytest
from harness import notices, strips
from waiting import until

from nnsim.lessons.course import read_course
from nnsim.lessons.progress import GivenPrediction, LessonProgress, add_note
from nnsim.output_files import ANYWHERE
from nnsim.recording import save
from nnsim.scenario import catalog
from nnsim.serve.served_folder import ServedFolder
from nnsim.timeline.run import Run
from screens.app import NnsimApp
from screens.dialogs.basic import KeysDialog
from screens.home import Home
from screens.panes import PANES
from screens.widgets.lesson_preview import short_lines
from screens.workbench.workbench import Workbench


@pytest.fixture
def recordings(tmp_path, monkeypatch, scenario):
    """A folder of recordings with one of XOR in it."""
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    folder = ANYWHERE.recordings
    folder.mkdir(parents=True)
    run = Run(scenario("xor"))
    run.advance_to(40)
    save(folder / "mine.nnsim", [run.timeline])
    return folder


def screen_text(app):
    """What is on the screen, line by line."""
    _, height = app.size
    lines = strips(app)
    return "\n".join("".join(segment.text for segment in strip) for strip in lines[:height])


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
async def test_the_course_and_what_is_next_are_shown(size, recordings):
    first = catalog.entries()[0]
    app = NnsimApp()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: first.title[:20] in screen_text(app))
        assert f"0 of {len(catalog.entries())}" in screen_text(app)
        if size[0] >= 80:
            await until(pilot, lambda: first.title.upper() in screen_text(app))
            assert "begin" in screen_text(app)
            assert "answered" in screen_text(app)
        if size[0] >= 120:
            assert "words on the way" in screen_text(app)
            assert "recordings: 1" in screen_text(app)
        if size[0] >= 200:
            assert "Words on the way" in screen_text(app)


def line(app, title):
    return next(row for row in screen_text(app).splitlines() if title[:20] in row)


async def test_progress_is_told_in_the_list_and_beside_it(recordings):
    first, second = read_course(ANYWHERE).lessons[:2]
    asked = first.questions[0]
    given = {asked: GivenPrediction("a", True)}
    add_note(ANYWHERE, first.key, LessonProgress(first.pages, first.pages, given, first.challenges, 240.0, 1.0))
    add_note(ANYWHERE, second.key, LessonProgress(3, 3, {}, (), 60.0, 2.0))
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: second.entry.title.upper()[:20] in screen_text(app))
        assert f"1 of {len(catalog.entries())} lessons · 5 minutes so far" in screen_text(app)
        done, begun = line(app, f"✓ {first.entry.title}"), line(app, f"◐ {second.entry.title}")
        assert done.split("│")[1].split()[-4:] == [f"1/{len(first.questions)}", "★", "4", "min"]
        assert begun.split("│")[1].split()[-4:-2] == [f"0/{len(second.questions)}", "☆"]
        assert f"You stopped on page 3 of {second.pages}." in screen_text(app)
        assert "go on there" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Workbench)
        await until(pilot, lambda: app.screen.lesson.pane.learner is not None)
        assert app.screen.lesson.pane.learner.page == 2
        await pilot.press("q")
        await pilot.press("up")
        await until(pilot, lambda: first.entry.title.upper()[:20] in screen_text(app))
        assert "Done, in 4 minutes." in screen_text(app)
        assert "read it again" in screen_text(app)


async def test_what_was_done_in_a_lesson_is_seen_when_it_is_left(recordings):
    first = read_course(ANYWHERE).lessons[0]
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: first.entry.title[:20] in screen_text(app))
        await pilot.press("enter")
        await pilot.pause()
        workbench = app.screen
        await until(pilot, lambda: workbench.lesson.pane.learner is not None)
        workbench.lesson.pane.turn(1)
        await pilot.press("q")
        await until(pilot, lambda: f"You stopped on page 2 of {first.pages}." in screen_text(app))


async def test_groups_fold_and_unfold(recordings):
    app = NnsimApp()
    first, second, *_, last = read_course(ANYWHERE).groups
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: first.lessons[0].entry.title[:20] in screen_text(app))
        assert f"▸ {second.title}" in screen_text(app)
        assert second.lessons[0].entry.title[:20] not in screen_text(app)
        await pilot.press("left")
        await until(pilot, lambda: f"▸ {first.title}" in screen_text(app))
        assert f"· {first.lessons[1].entry.title[:20]}" not in screen_text(app)
        assert "enter unfold" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: f"▾ {first.title}" in screen_text(app))
        await pilot.press("end")
        await pilot.press("right")
        await until(pilot, lambda: last.lessons[0].entry.title[:20] in screen_text(app))


async def test_a_heading_is_seen_with_the_first_scenario_below_it_and_opens_nothing(recordings):
    heading = catalog.entries()[0].group
    app = NnsimApp()
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, lambda: heading in screen_text(app))
        await pilot.press("end")
        await until(pilot, lambda: heading not in screen_text(app))
        await pilot.press("home")
        await until(pilot, lambda: heading in screen_text(app))
        await pilot.click("#lesson-list", offset=(2, 0))
        assert isinstance(app.screen, Home)


async def test_a_lesson_is_found_by_a_word(recordings):
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "First steps" in screen_text(app))
        await pilot.press("slash", *"himmel")
        await until(pilot, lambda: "First steps" not in screen_text(app))
        found = next(one for one in catalog.entries() if one.name == "optimizer-race-himmelblau")
        assert found.title in screen_text(app)
        await pilot.press("escape")  # the cursor stays on it, among all the others
        await until(pilot, lambda: "Adam does not stay at rest" in screen_text(app))
        assert found.title.upper() in screen_text(app)
        await pilot.press("slash", *"himmel", "enter")
        await pilot.pause()
        assert app.screen.session.scenario.name == found.name
        await pilot.press("q", "q")


async def test_own_scenarios_are_listed_and_opened(recordings, tmp_path):
    (tmp_path / "mine.toml").write_text(
        'title = "My own lesson"\nsummary = "s"\ngroup = "Week 1"\norder = 0\n[data]\nkind = "parity"\nbits = 2\n'
        '[lesson]\ntext = "Read."\n'
    )
    (tmp_path / "broken.toml").write_text('title = "Broken"\nsummary = "s"\norder = 1\n[data]\n[data]\n')
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "▾ Week 1" in screen_text(app))
        assert "! Broken" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen.session.scenario.name == "mine"
        await pilot.press("q")
        await pilot.press("down")
        await until(pilot, lambda: "Its file is not correct" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: any("broken.toml" in text for text in notices(app)))
        assert isinstance(app.screen, Home)


async def test_a_configuration_that_is_wrong_is_told_in_a_line(recordings, tmp_path):
    (tmp_path / "nnsim").mkdir(exist_ok=True)
    (tmp_path / "nnsim" / "config.toml").write_text("scenario = 1\n")
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: any("did you mean 'scenarios'?" in text for text in notices(app)))


async def test_a_network_on_an_own_table(recordings, tmp_path):
    (tmp_path / "flats.csv").write_text("size,price\n" + "".join(f"{one},{2 * one}\n" for one in range(30)))
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("o", *"none.csv", "enter")
        assert "none.csv: there is no such file" in screen_text(app)
        await pilot.press(*["backspace"] * 8, *"flats.csv price", "enter")
        await until(pilot, lambda: isinstance(app.screen, Workbench))
        assert app.screen.session.scenario.title == "flats.csv"
        await pilot.press("q", "q")


async def test_the_lead_pane_of_a_lesson_is_drawn_when_the_cursor_rests(recordings):
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        picture = app.screen.query_one("#picture")
        await until(pilot, lambda: picture.pane is not None)
        lead = picture.pane
        await until(pilot, lambda: len(set(screen_text(app).splitlines()[10:20])) > 5)
        assert lead.kind in PANES
        assert not lead.can_focus
        await pilot.press("down")
        assert picture.pane is None
        await until(pilot, lambda: picture.pane is not None)
        assert picture.pane is not lead


async def test_enter_opens_the_scenario_and_q_comes_back_and_quits(recordings):
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("down", "up", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Workbench)
        assert app.screen.session.scenario.name == catalog.entries()[1].name
        await pilot.press("q")
        assert isinstance(app.screen, Home)
        await pilot.press("q")
    assert app.return_value == 0


async def test_a_recording_opens_as_a_replay(recordings):
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Workbench)
        assert not app.screen.session.view.live
        await pilot.press("end")
        assert app.screen.session.cursor.step == 40
        await pilot.press("q", "q")


async def test_a_damaged_recording_is_refused_in_a_sentence(recordings):
    (recordings / "mine.nnsim").write_bytes(b"no recording")
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Home)
        assert "mine.nnsim" in notices(app)[0]


async def test_keys_are_listed(recordings):
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("question_mark")
        assert isinstance(app.screen, KeysDialog)
        await pilot.press("escape")
        assert isinstance(app.screen, Home)


async def test_saving_writes_a_recording_that_home_then_lists(recordings, scenario):
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"xor: one", "enter")
        await until(pilot, lambda: isinstance(app.screen, Workbench))
        await pilot.press(*"25", "right", "w", "enter")
        await until(pilot, (recordings / "xor-seed1.nnsim").exists)
        saved = [path.name for path in recordings.glob("*.nnsim")]
        assert sorted(saved) == ["mine.nnsim", "xor-seed1.nnsim"]
        await pilot.press("w", "enter")  # the next free name: nothing is overwritten
        await until(pilot, (recordings / "xor-seed1-2.nnsim").exists)
        await pilot.press("q", "R")
        await until(pilot, lambda: "xor-seed1.nnsim" in screen_text(app))


@pytest.mark.parametrize("training", [False, True])
async def test_a_served_home_offers_no_key_that_the_server_refuses(training, recordings, tmp_path):
    app = NnsimApp(served=ServedFolder.at(tmp_path, training))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "quit" in screen_text(app))
        shown = screen_text(app)
        assert "own table" not in shown
        for offered in ("t the keys", "R recordings", "R  recordings"):
            assert (offered in shown) is training
        assert "goes back to the lessons" not in shown


def test_a_small_screen_tells_the_whole_summary_of_every_lesson(recordings):
    for lesson in read_course(ANYWHERE).lessons:
        lines = [line.plain.strip() for line in short_lines(lesson, 74)]
        assert len(lines) <= 4
        assert lesson.entry.summary in " ".join(lines)
