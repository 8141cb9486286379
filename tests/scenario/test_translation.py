"""Translations of lessons: chosen by locale and options, checked beside their scenario, without a say in grades."""

import json
import re
from pathlib import Path

import pytest
from shared import bundled

import scenarios
from nnsim.cli import execute
from nnsim.cli.environment import adopt_configuration
from nnsim.errors import NnsimError, ScenarioError
from nnsim.lessons.course import own_entries, own_files, read_course
from nnsim.lessons.glossary import glossary_of, read_glossary
from nnsim.lessons.learner import Learner
from nnsim.narration.console import Conversation
from nnsim.output_files import OutputFiles
from nnsim.recording import open_recording, save
from nnsim.scenario.catalog import entries, read_outline
from nnsim.scenario.language import LANGUAGE_VARIABLE, translations, wanted_language
from nnsim.scenario.scenario import read_scenario
from nnsim.scenario.scenario_hashes import part_hashes
from nnsim.scenario.translation import check_translation, in_language
from nnsim.serve.served_folder import ServedFolder
from nnsim.serve.session_request import environment
from nnsim.serve.web_server import locale_of
from nnsim.session.session import Session

GERMAN = [path for name in scenarios.names() for path in translations(scenarios.path_of(name))]

SMALL = """
title = "A task"
summary = "What it is about"
data = { kind = "table", inputs = [[0.0], [1.0]], targets = [[0.0], [1.0]] }

[[variants]]
name = "plain"

[[lesson]]
text = "Press `v` 3 times."

[[lesson]]
ask = "Is the loss low?"
choices = ["yes", "no"]
answer = "loss < 1e9"
at = "epoch 1"
why = "It is."
hints = ["Look."]
"""

TRANSLATED = """
title = "Eine Aufgabe"
summary = "Worum es geht"

[[lesson]]
text = "Drücke dreimal `v`, also 3 Mal."

[[lesson]]
ask = "Ist der Loss klein?"
choices = ["ja", "nein"]
why = "So ist es."
hints = ["Sieh hin."]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "task.toml").write_text(SMALL)
    (tmp_path / "task.de.toml").write_text(TRANSLATED)
    return tmp_path


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, ""),
        ({"LANG": "C.UTF-8"}, ""),
        ({"LANG": "POSIX"}, ""),
        ({"LANG": "de_AT.UTF-8"}, "de_AT"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de"}, "de"),
        ({"LANG": "de_DE", "LC_MESSAGES": "de_DE", "LC_ALL": "C"}, ""),
        ({"LANG": "fr_FR", "LC_ALL": ""}, "fr_FR"),
        ({"LC_ALL": "fr_FR.UTF-8", LANGUAGE_VARIABLE: "pt-br"}, "pt_BR"),
    ],
)
def test_the_language_is_that_of_the_variable_or_of_the_locale(environ, language):
    assert wanted_language(environ) == language


def test_what_is_no_language_is_refused(capsys):
    with pytest.raises(NnsimError, match=r"NNSIM_LANGUAGE: 'deutsch!' is no language \(allowed: de, pt_BR"):
        wanted_language({LANGUAGE_VARIABLE: "deutsch!"})
    assert execute(["list", "--language", "../x"]) == 2
    assert "--language: '../x' is no language" in capsys.readouterr().err


def test_the_configuration_goes_behind_the_variable(tmp_path):
    (tmp_path / "configuration").mkdir()
    configuration = tmp_path / "configuration" / "config.toml"
    configuration.write_text('language = "de"\n')
    found, asked = {"LANG": "fr_FR.UTF-8"}, {LANGUAGE_VARIABLE: "fr"}
    for environ in (found, asked):
        adopt_configuration(environ, OutputFiles(root=tmp_path))
    assert (wanted_language(found), wanted_language(asked)) == ("de", "fr")
    configuration.write_text('language = "no language"\n')
    with pytest.raises(NnsimError, match="language: 'no language' is no language"):
        adopt_configuration({}, OutputFiles(root=tmp_path))


def test_a_country_takes_the_translation_of_its_language_where_it_has_none(folder):
    scenario = read_scenario(folder / "task.toml")
    assert in_language(scenario, "de_AT")[0].title == "Eine Aufgabe"
    assert in_language(scenario, "fr") == (scenario, "")
    (folder / "task.de_AT.toml").write_text(TRANSLATED.replace("Eine", "A"))
    assert in_language(scenario, "de_AT")[0].title == "A Aufgabe"


def test_a_translation_is_no_scenario_of_its_own(folder, tmp_path):
    (folder / "notes.v2.toml").write_text(SMALL)  # its name only looks like one
    assert [path.name for path in own_files(folder)] == ["notes.v2.toml", "task.toml"]
    assert [path.name for path in ServedFolder.at(folder).scenarios()] == ["notes.v2.toml", "task.toml"]
    assert [one.title for one in own_entries([folder / "task.toml"], "de")] == ["Eine Aufgabe"]
    assert read_outline(folder / "task.toml", "de").title == "Eine Aufgabe"
    assert not any("." in name for name in scenarios.names())


def test_a_link_out_of_the_folder_is_no_translation(folder, tmp_path_factory):
    away = tmp_path_factory.mktemp("away") / "secret.toml"
    away.write_text(TRANSLATED)
    (folder / "task.de.toml").unlink()
    (folder / "task.de.toml").symlink_to(away)
    scenario = read_scenario(folder / "task.toml")
    assert in_language(scenario, "de") == (scenario, "")
    with pytest.raises(ScenarioError, match=r"task\.de\.toml: is a link out of its folder"):
        check_translation(folder / "task.de.toml")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('hints = ["Sieh hin."]', ""), "lesson[1].hints: 0 (allowed: 1, as the scenario has)"),
        (('why = "So ist es."', ""), "lesson[1].why: is missing (allowed: a text, as the scenario has one)"),
        (('why = "So', 'text = "Mehr."\nwhy = "So'), "lesson[1].text: 'Mehr.' is more than the scenario has"),
        (('"ja", ', ""), "lesson[1].choices: 1 (allowed: 2, as the scenario has)"),
        (("[[lesson]]\ntext", '[[lesson]]\ntext = "Davor"\n[[lesson]]\ntext'), "lesson: 3 pages (allowed: 2"),
        (('why = "So', 'answer = "loss > 1"\nwhy = "So'), "lesson[1].answer: unknown key"),
        (('title = "Eine Aufgabe"', ""), "title: is missing"),
        (("[[lesson]]", '[[variants]]\nname = "fast"\nsummary = "schnell"\n[[lesson]]'), "variants: 'fast' is no"),
        (('"Worum', "Worum"), "is no TOML"),
    ],
)
def test_what_does_not_fit_is_named_by_check_and_shown_as_it_was_written(folder, capsys, change, said):
    path = folder / "task.de.toml"
    path.write_text(TRANSLATED.replace(*change, 1))
    for name in ("task.toml", "task.de.toml"):
        assert execute(["check", str(folder / name)]) == 2
        assert f"nnsim: task.de.toml: {said}" in capsys.readouterr().err
    scenario = read_scenario(folder / "task.toml")
    shown, complaint = in_language(scenario, "de")
    assert shown is scenario
    assert complaint.startswith(f"task.de.toml: {said}")
    assert complaint.endswith("; the lesson stands here as it was written")


def test_choices_by_which_the_answer_is_found_stay(tmp_path):
    (tmp_path / "guess.toml").write_text(Path(scenarios.path_of("a-guess")).read_text("utf-8"))
    german = scenarios.path_of("a-guess.de").read_text("utf-8")
    (tmp_path / "guess.de.toml").write_text(
        german.replace('"flat", "steep", "between"', '"flach", "steil", "mittel"')
    )
    with pytest.raises(ExceptionGroup) as wrong:
        check_translation(tmp_path / "guess.de.toml")
    assert "choices: 'flach' (allowed: 'flat', which is a name)" in str(wrong.value.exceptions[0])


def test_keys_and_numbers_that_differ_are_doubted(folder, capsys):
    (folder / "task.de.toml").write_text(TRANSLATED.replace("`v`, also 3 Mal", "`w`"))
    assert execute(["check", str(folder / "task.toml")]) == 0
    err = capsys.readouterr().err
    assert "task.de.toml: lesson[0]: `w` is not on the page of the scenario" in err
    assert "task.de.toml: lesson[0]: 3 of the scenario's page is missing" in err


@pytest.mark.parametrize("path", GERMAN, ids=lambda path: path.stem)
def test_what_comes_with_nnsim_is_whole_and_explains_its_words(path):
    assert check_translation(path) == []
    original = bundled(path.name.partition(".")[0])
    shown, complaint = in_language(original, path.name.split(".")[1])
    assert not complaint
    words, english = glossary_of(shown.lesson), read_glossary()
    for mine, its in zip(shown.lesson.parts, original.lesson.parts, strict=True):
        marked = re.findall(r"\*\*([^*]+)\*\*", mine.text)
        assert [one for one in marked if words.term(one) is None] == []
        assert len(marked) == len(english.marked_in(its.text))


def test_hashes_recordings_and_grades_know_no_language(tmp_path):
    """A student who reads German and one who reads English hand the same in."""
    made = {}
    for language in ("", "de"):
        scenario = in_language(bundled("xor"), language)[0]
        session = Session.of_scenario(scenario, "article", {"train.epochs": 60})
        learner = Learner(scenario.lesson)
        learner.open(1)
        learner.predict(1)
        session.tracks[0].run.advance_to(60)
        session.follow.go_newest()
        learner.look(session.view)
        path = tmp_path / f"{language or 'own'}.nnsim"
        save(path, [session.tracks[0].timeline], answers=[*learner.given])
        with open_recording(path) as recording:
            made[language] = (recording.answers, recording.scenario.text, part_hashes(recording.scenario))
    assert made["de"] == made[""]
    assert made["de"][0][0].answer == "b: no"


def test_a_recording_of_our_lesson_is_shown_in_the_language(tmp_path, trained):
    path = tmp_path / "run.nnsim"
    save(path, [trained("xor", "article", {"train.epochs": 60}).timeline])
    with open_recording(path, language="de") as recording:
        assert recording.timelines[0].scenario.lesson.parts[1].question.shown.choices == ("ja", "nein")
    with open_recording(path) as recording:
        assert recording.timelines[0].scenario.lesson.parts[1].question.shown.choices == ("yes", "no")


def test_a_recording_of_another_lesson_of_this_name_is_not(tmp_path):
    text = bundled("xor").text.replace("# One line is not enough", "# Another lesson")
    (tmp_path / "xor.toml").write_text(text)
    session = Session.of_scenario(read_scenario(tmp_path / "xor.toml"), "article")
    save(tmp_path / "run.nnsim", [session.focused.timeline])
    with open_recording(tmp_path / "run.nnsim", language="de") as recording:
        assert "Another lesson" in recording.timelines[0].scenario.lesson.parts[0].text


def test_a_conversation_and_the_course_are_in_the_language(tmp_path):
    session = Session.of_scenario(in_language(bundled("xor"), "de")[0])
    talk = Conversation(session, stopping=lambda: False, files=OutputFiles(root=tmp_path))
    told = "\n".join(
        [*talk.greeting(), *talk.answer("lesson"), *talk.answer("lesson"), *talk.answer("words Gewicht")]
    )
    assert "XOR: Eine Gerade ist nicht genug." in told
    assert "a: ja." in told
    assert "Gewicht: Ein Gewicht ist eine Zahl" in told
    titles = {
        one.entry.name: one.entry.title for one in read_course(OutputFiles(root=tmp_path), language="de").lessons
    }
    assert (titles["a-guess"], titles["four-steps"]) == ("Eine Vermutung", entries()[4].title)


def test_list_says_summaries_in_the_language_and_json_the_files_own(capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.delenv(LANGUAGE_VARIABLE, raising=False)
    assert execute(["list"]) == 0
    assert "Vier Punkte, die keine Gerade trennen kann" in capsys.readouterr().out
    assert execute(["list", "--json"]) == 0
    assert {one["name"]: one["title"] for one in json.loads(capsys.readouterr().out)}["xor"] == bundled("xor").title


def test_a_translation_cannot_be_opened_alone(capsys, folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert execute(["open", "task.de.toml", "--plain"]) == 2
    assert (
        "task.de.toml: is the translation of task.toml (allowed: that, with --language de)"
        in capsys.readouterr().err
    )
    with pytest.raises(ScenarioError, match="is a translation of no scenario beside it"):
        check_translation(folder / "other.de.toml")


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de_AT.UTF-8"),
        ("fr;q=0.9", "fr.UTF-8"),
        ("", "C.UTF-8"),
        ("*", "*.UTF-8"),
        ("x" * 10_000, "xxxxxxxxxxxxxxxxxxxx.UTF-8"),
    ],
)
def test_a_browser_names_its_language(accepted, locale):
    assert locale_of(accepted) == locale


def test_a_served_session_has_the_language_of_its_client_or_of_the_server():
    assert wanted_language(environment("xterm", {"LANG": "de_DE.UTF-8"})) == "de_DE"
    assert wanted_language(environment("xterm", {"LANG": "de_DE.UTF-8"}, "fr")) == "fr"
    assert wanted_language(environment("xterm", {"LANG": "*.UTF-8"})) == ""
    assert wanted_language(environment("xterm", {LANGUAGE_VARIABLE: "de"})) == ""  # a client says its locale alone
