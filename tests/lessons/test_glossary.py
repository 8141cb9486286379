"""The glossary: one plain sentence for each word, in the terminal, in the workbench and in the plain console."""

import json
import re

import pytest

from nnsim.cli import execute
from nnsim.errors import NnsimError
from nnsim.lessons.glossary import read_glossary

GLOSSARY = read_glossary()
LONGEST = 20  # words in the sentence of a term


@pytest.mark.parametrize("term", GLOSSARY.terms, ids=lambda term: term.name)
def test_a_term_is_one_plain_sentence_that_uses_its_name_and_builds_on_terms_that_do_not_build_on_it(term):
    assert re.fullmatch(r"[A-Z][^.!?()]*\.", re.sub(r"(?<=\d)\.(?=\d)", "", term.sentence))
    assert len(term.sentence.split()) <= LONGEST
    assert term in GLOSSARY.found_in(term.sentence), "it names itself, in one of its forms"
    below = [term.name]
    for name in below:
        found = GLOSSARY.term(name)
        assert found is not None, name
        assert found.name == name
        below += [one for one in found.builds_on if one not in below]
        assert term.name not in found.builds_on, f"{name} builds on {term.name} again"


def test_no_two_terms_go_by_the_same_name():
    names = [re.sub(r"[\s-]", "", name).lower() for term in GLOSSARY.terms for name in dict.fromkeys(term.names)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("spelled", ["learning rate", "Learning-Rate", "learning_rates", "lr", "rate", "step size"])
def test_a_term_is_found_by_its_forms_and_synonyms(spelled):
    assert GLOSSARY.find(spelled).name == "learning rate"


def test_a_typo_is_answered_with_the_nearest():
    with pytest.raises(NnsimError, match=r"nothing is called 'gradeint', did you mean 'gradient'\?"):
        GLOSSARY.find("gradeint")


def test_the_terms_of_a_text_are_told_from_its_code_and_the_marked_from_the_others():
    text = "A **gradient** has no\n`momentum`. Hidden\nunits have losses, and a **warning**.\n```\nepoch\n```"
    assert [one.name for one in GLOSSARY.found_in(text)] == ["gradient", "hidden unit", "loss"]
    assert [one.name for one in GLOSSARY.marked_in(text)] == ["gradient"]


def test_explain_tells_words_and_methods_alike(capsys):
    assert execute(["explain", "learning", "rate"]) == 0
    told = capsys.readouterr().out
    assert GLOSSARY.find("rate").sentence in told
    assert "builds on" in told
    assert execute(["explain", "dropout"]) == 0
    told = capsys.readouterr().out
    assert GLOSSARY.find("dropout").sentence in told
    assert "dropout (model.layers)" in told
    assert execute(["explain"]) == 0
    told = capsys.readouterr().out
    assert all(one.name in told for one in GLOSSARY.terms)


def test_explain_in_json(capsys):
    assert execute(["explain", "momentum", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (term,), (method,) = told["terms"], told["methods"]
    assert set(term) == {"name", "sentence", "forms", "synonyms", "builds_on", "first"}
    assert (term["name"], term["builds_on"]) == ("momentum", ["step"])
    assert (method["name"], method["family"]) == ("momentum", "optimizers")
    assert execute(["explain", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["terms"]] == [one.name for one in GLOSSARY.terms]
    assert "optimizers" in [one["name"] for one in told["families"]]


@pytest.mark.parametrize("words", [["gradeint"], ["adm"], ["x" * 10_000]])
def test_what_nothing_is_called_ends_with_one_line(capsys, words):
    assert execute(["explain", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"nnsim: nothing is called .*\(nnsim explain lists all\)\n", told.err)


def test_terms_from_all_over_are_explained_on_the_command_line(capsys):
    for term in GLOSSARY.terms[::9]:  # the methods are looked through for each, which takes its time
        assert execute(["explain", *term.name.split(" ")]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert f"{term.name} {term.sentence}" in told
        for one in (*term.builds_on, *term.synonyms, term.first):
            assert one in told
