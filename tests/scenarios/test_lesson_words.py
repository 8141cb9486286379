"""Lessons are in plain words: sentences and pages are short, words of the field are explained where they come."""

import re
from pathlib import Path

import pytest
from shared import bundled

from nnsim.lessons.glossary import read_glossary
from nnsim.scenario.catalog import entries, read
from nnsim.scenario.method_reference import names as method_names
from scenarios import TOUR

GLOSSARY = read_glossary()
COURSE = [entry.name for entry in entries()]  # in the order in which it is learnt
LONGEST_SENTENCE, LONGEST_PAGE = 15, 112  # words
# Words of the field, of which a lesson may use those that the glossary explains.
TECHNICAL = (Path(__file__).parents[1] / "data" / "technical_words.txt").read_text("utf-8").split()
# These stand in lessons in their everyday sense, or beside the sentence that says what is meant.
EVERYDAY = {"function", "matrix", "axis"}


def pages(name):
    """The pages of a lesson as they are read: everything that each of them says."""
    for part in bundled(name).lesson.parts:
        question = part.question
        yield [part.text, *((question.ask, question.why) if question else ()), *part.hints]


def sentences(markdown):
    """The sentences of a text, without its headings and marks; what stands before a colon is one too."""
    text = re.sub(r"```.*?```|(?m:^#+ [^\n]*$)", "\n\n", markdown, flags=re.DOTALL)
    for block in re.split(r"\n\s*\n|\n(?=- |\d+\. )", text):
        plain = re.sub(r"[*`]", "", " ".join(block.split())).removeprefix("- ")
        yield from (one for one in re.split(r"(?<=[.?!:])\s+", plain) if one)


def words(text):
    return [one for one in text.split() if re.search(r"\w", one)]


def test_sentences_are_told_apart():
    text = "# A head\n\nOne is `here`. It is 0.5:\nit **ends**?\n\n- Three!\n- Four"
    assert list(sentences(text)) == ["One is here.", "It is 0.5:", "it ends?", "Three!", "Four"]


@pytest.mark.parametrize("name", [*COURSE, "tour"])
def test_a_sentence_is_short_and_has_no_bracket_with_words_in_it(name):
    lesson = read(str(TOUR)).lesson if name == "tour" else bundled(name).lesson
    for number, part in enumerate(lesson.parts, start=1):
        question = part.question
        for text in (part.text, *((question.ask, question.why) if question else ()), *part.hints):
            for one in sentences(text):
                assert len(words(one)) <= LONGEST_SENTENCE, (number, one)
                assert not re.search(r"\([^()]*[A-Za-z]{2}", one), (number, one)


@pytest.mark.parametrize("name", COURSE)
def test_a_page_is_short(name):
    for number, part in enumerate(bundled(name).lesson.parts, start=1):
        question = part.question
        asked = [question.ask, *question.choices] if question else []
        for text in (" ".join([part.text, *asked]), question.why if question else ""):
            assert len(words(text)) <= LONGEST_PAGE, number


def test_every_term_is_marked_where_it_stands_first_and_nowhere_else():
    first, marked = {}, {}
    for name in COURSE:
        for number, texts in enumerate(pages(name), start=1):
            text = "\n\n".join(texts)
            for term in GLOSSARY.found_in(text):
                first.setdefault(term.name, (name, number))
            for term in GLOSSARY.marked_in(text):
                marked.setdefault(term.name, []).append((name, number))
    assert marked == {term: [place] for term, place in first.items()}
    assert {term.name: term.first for term in GLOSSARY.terms if term.first} == {
        term: name for term, (name, _) in first.items()
    }


@pytest.mark.parametrize("name", COURSE)
def test_what_a_lesson_marks_is_a_term(name):
    for texts in pages(name):
        for text in texts:
            for one in re.findall(r"\*\*([^*]+)\*\*", text):
                assert GLOSSARY.term(" ".join(one.split())) is not None, one


@pytest.mark.parametrize("name", COURSE)
def test_a_word_of_the_field_is_explained(name):
    explained = {word.lower() for term in GLOSSARY.terms for form in term.words for word in form.split()}
    explained |= {one.lower() for one in method_names()} | EVERYDAY
    for number, texts in enumerate(pages(name), start=1):
        said = set(re.findall(r"[a-z][a-z-]+[a-z]", re.sub(r"`[^`]*`", " ", " ".join(texts)).lower()))
        used = {one for one in TECHNICAL if {one, f"{one}s", f"{one}es", f"{one}d"} & said}
        assert used <= explained, number


def test_a_term_that_no_lesson_explains_is_found():
    glossary = {word.lower() for term in GLOSSARY.terms for form in term.words for word in form.split()}
    assert {"logit", "eigenvalue", "momentum"} <= glossary
    assert "jacobian" not in glossary
