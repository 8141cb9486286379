"""What a teacher begins with, and is told: `nnsim new`, the warnings of `nnsim check`, and `nnsim check --try`."""

import json
import os

import pytest

import scenarios
from nnsim.lessons.trials import named_settings, try_challenge, try_claims, try_question
from nnsim.scenario.new_scenario import SCHEMA_FILE, SCHEMA_LINE, template
from nnsim.scenario.scenario import parse_scenario, read_scenario


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_new_scenario_is_correct_and_holds(nnsim, tmp_path):
    made = nnsim("new", "my-clouds.toml")
    assert (made.status, made.err) == (0, "")
    assert "my-clouds.toml: written, and nnsim.schema.json beside it" in made.out
    text = (tmp_path / "my-clouds.toml").read_text()
    assert text.startswith(f"{SCHEMA_LINE}\n#")
    assert (tmp_path / SCHEMA_LINE.partition(" ")[2]).is_file()
    checked = nnsim("check", "my-clouds.toml")
    assert (checked.status, checked.err) == (0, "")
    tried = nnsim("check", "--try", "my-clouds.toml")
    assert (tried.status, tried.err) == (0, "")
    assert "right is yes, it falls: loss at epoch 50 is " in tried.out
    assert "claim 'The loss falls here': holds with 5 of 5 seeds" in tried.out
    assert "with nothing changed: not reached, in 5 seeds" in tried.out
    assert "with the last hint, schedule.rate = 3: reached in all 5 seeds" in tried.out
    assert tried.out.splitlines()[-1] == "all of it holds"


def test_the_template_holds_for_seeds_that_nobody_chose():
    scenario = parse_scenario(template("x"), name="x", source="x.toml")
    first, asking, setting = scenario.lesson.parts
    seeds = range(1000, 1060)
    assert first.text.startswith("# X")
    assert try_question(scenario, asking, seeds) == {"yes, it falls": 60}
    (tried,) = try_claims(scenario, asking.claims[:1], seeds)
    assert len(tried.held) == 60
    assert try_challenge(scenario, setting, {}, seeds) == []
    assert len(try_challenge(scenario, setting, named_settings(setting.hints[-1]), seeds)) == 60


def test_nothing_is_replaced_unless_it_is_asked_for(nnsim, tmp_path):
    (tmp_path / "my.toml").write_text("mine")
    refused = nnsim("new", "my.toml")
    assert (refused.status, refused.err) == (
        2, "nnsim: my.toml: is there already (allowed: a new name, or --overwrite)\n",
    )  # fmt: skip
    assert (tmp_path / "my.toml").read_text() == "mine"
    assert not (tmp_path / SCHEMA_FILE).exists()
    (tmp_path / SCHEMA_FILE).write_text('{"title": "another"}')
    assert nnsim("new", "my.toml", "--overwrite").status == 0
    assert "mine" not in (tmp_path / "my.toml").read_text()
    assert json.loads((tmp_path / SCHEMA_FILE).read_text()) == {"title": "another"}
    assert nnsim("new", "my.txt").err.endswith("is no name of a scenario (allowed: one that ends in .toml)\n")
    assert "read-only" in nnsim("new", "other.toml", "--read-only").err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["my.toml", SCHEMA_FILE]


@pytest.mark.parametrize("name", ["xor", "digits", "needle-in-a-haystack", "optimizer-race"])
def test_a_copy_of_a_scenario_is_the_same_task_and_lesson(nnsim, tmp_path, name):
    assert nnsim("new", "copy.toml", "--from", name).status == 0
    copy, own = read_scenario(tmp_path / "copy.toml"), read_scenario(scenarios.path_of(name))
    assert (copy.table, copy.lesson, copy.variants, copy.panes) == (own.table, own.lesson, own.variants, own.panes)
    text = (tmp_path / "copy.toml").read_text()
    assert f"# It begins as a copy of {name}." in text
    assert "\norder =" not in text.partition("\n[")[0]
    assert nnsim("check", "copy.toml").status == 0


def test_a_copy_brings_its_data_and_gets_a_lesson_where_there_is_none(nnsim, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "rows.csv").write_text(
        "a,b,y\n" + "".join(f"{one},{one % 3},{one % 2}\n" for one in range(30))
    )
    (tmp_path / "old" / "own.toml").write_text(
        'title = "Own"\nsummary = "s"\n[data]\nkind = "csv"\npath = "rows.csv"\ntarget = "y"\n'
    )
    assert nnsim("new", "copy.toml", "--from", "old/own.toml").status == 0
    assert (tmp_path / "rows.csv").read_bytes() == (tmp_path / "old" / "rows.csv").read_bytes()
    lesson = read_scenario(tmp_path / "copy.toml").lesson
    assert [bool(one.question) for one in lesson.parts] == [False, True, False]
    assert len(lesson.challenges) == 1
    (tmp_path / "rows.csv").write_text("mine")
    assert "rows.csv: is there already, and another file" in nnsim("new", "b.toml", "--from", "old/own.toml").err
    assert not (tmp_path / "b.toml").exists()


TASK = """title = "t"
summary = "s"
[data]
kind = "parity"
bits = 2
[model]
hidden = [3]
[train]
epochs = 30
"""


def checked(nnsim, lesson, *options):
    with open("my.toml", "w") as file:
        file.write(TASK + lesson)
    return nnsim("check", *options, "my.toml")


def test_a_goal_that_is_true_at_the_start_is_warned_of(nnsim):
    done = checked(nnsim, '[[lesson]]\ntext = "a"\n[[lesson]]\ngoal = "loss<9"\n[[lesson]]\ngoal = "epoch 1"\n')
    assert done.status == 0
    assert done.out == "my.toml: ok (1 variant, 13 parameters)\n"
    assert done.err.startswith("nnsim: my.toml: lesson[1].goal: loss<9 is true at the start already: loss ")
    assert done.err.count("\n") == 1


def test_a_goal_beyond_the_end_is_named(nnsim):
    done = checked(nnsim, '[[lesson]]\ngoal = "epoch 31"\n')
    assert (done.status, done.err) == (
        2, "nnsim: my.toml: lesson[0].goal: epoch 31 lies beyond the end of the run (allowed: epoch 0 to 30)\n",
    )  # fmt: skip


def test_what_does_not_hold_is_said_and_is_the_exit_status(nnsim):
    lesson = """
[[lesson]]
ask = "How much?"
answer = "loss"
tolerance = 0.1
at = "epoch 20"
why = "The loss is 0.5 there. It is small. Nothing holds here."
claims = [{ says = "Nothing holds", holds = "loss at epoch 20 > 9" }]
[[lesson]]
goal = "loss<0.2 and epoch 5"
hints = ["`schedule.rate = 0.001`"]
[[lesson]]
goal = "loss<9"
[[lesson]]
goal = "loss<0.01"
hints = ["Try more."]
"""
    done = checked(nnsim, lesson, "--try")
    assert done.status == 1
    told = done.out.splitlines()
    assert told[2] == "page 1, question: How much?"
    assert told[3].startswith("    right is 0.")
    assert told[4].startswith("    with the other seeds: 0.")
    assert told[5].startswith("page 1, claim 'Nothing holds': could not be confirmed, 0 of 5 seeds; seed ")
    assert told[6] == "page 1, why: 'The loss is 0.5 there.': no claim says what makes it true"
    assert "    with the last hint, schedule.rate = 0.001: not reached, in 5 seeds" in told
    assert "    with nothing changed: reached in all 5 seeds, so it asks for nothing" in told
    assert (
        told.count("    the last hint names no setting to try it with (allowed: such as `schedule.rate = 2`)") == 2
    )
    assert told[-1] == "not confirmed: 5 things"


def test_only_scenarios_are_tried(nnsim, tmp_path):
    (tmp_path / "rows.csv").write_text("a,y\n1,2\n3,4\n")
    done = nnsim("check", "--try", "rows.csv")
    assert (done.status, done.err) == (2, "nnsim: --try: rows.csv is no scenario (allowed: FILE.toml)\n")


def test_a_check_takes_less_than_a_second_of_the_processor(program, tmp_path):
    before = sum(os.times()[2:4])
    assert program("check", "digits").status == 0
    assert sum(os.times()[2:4]) - before < 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", f"{'a' * 300}.toml"),
        ("import", f"{'a' * 300}.csv", "-o", "a.nnsim"),
        ("check", f"{'a' * 300}.csv"),
        ("run", f"{'a' * 300}.csv"),
        ("sweep", "--resume", f"{'a' * 300}.nnsweep"),
        ("serve", "web", "a" * 300, "--port", "0"),
        ("grade", "a" * 300),
    ],
)
def test_a_name_that_no_file_system_holds_is_refused_in_one_line(nnsim, arguments):
    refused = nnsim(*arguments)
    assert (refused.status, refused.out) == (2, "")
    assert "too long" in refused.err
    assert refused.err.count("\n") == 1


def test_the_commands_it_proposes_can_be_pasted(nnsim):
    assert "open it: nnsim open 'a b.toml'" in nnsim("new", "a b.toml").out
    assert "open it: nnsim open ./-x.toml" in nnsim("new", "--", "-x.toml").out
