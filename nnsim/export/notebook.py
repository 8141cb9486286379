"""Notebook: the plain NumPy program of a run in cells, with the lesson's text between them."""

from collections.abc import Iterator
from importlib import import_module
from itertools import zip_longest
from typing import Any

from nnsim.export.exporter import Exporter, Extra, Pieces, Request
from nnsim.export.numpy_source import program_files
from nnsim.export.programs.program import Program, Section
from nnsim.scenario.lesson_schema import LETTERS, LessonPart
from nnsim.text import clean_line
from nnsim.timeline import Timeline

NBFORMAT = Extra("nbformat", "notebook", "nbformat", "numpy")


def notebook(timeline: Timeline, program: Program) -> str:
    """The notebook of a run, as JSON: code cells for the program's sections, the lesson's pages between them."""
    nbformat: Any = import_module("nbformat")  # which has no types of its own
    v4 = nbformat.v4
    pages = [page(part) for part in timeline.scenario.lesson.parts]
    codes = cells(program.sections)
    before = spread([one for one in pages if one], len(codes) + 1)
    titled = any(pages) and pages[0].startswith("# ")  # the lesson has a title of its own
    title = "" if titled else f"# {clean_line(timeline.scenario.title)}"
    name = f"{clean_line(timeline.name)}, in plain NumPy."
    left_out = [f"Left out: {one}." for one in program.left_out]
    made = [v4.new_markdown_cell("\n\n".join(filter(None, [title, name, *left_out])))]
    for texts, code in zip_longest(before, codes):
        made += [v4.new_markdown_cell(text) for text in texts or ()]
        made += [v4.new_code_cell(code)] if code is not None else []
    for number, cell in enumerate(made, start=1):
        cell["id"] = f"cell-{number}"  # else drawn at random: the same run would not give the same file
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    found = v4.new_notebook(cells=made, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    nbformat.validate(found)
    text: str = v4.writes(found)
    return text + "\n"


def cells(sections: tuple[Section, ...]) -> list[str]:
    """The code of each cell: imports and functions together, then a section each."""
    found: list[str] = []
    for section in sections:
        lines = [f"# {section.title}"] if section.title else []
        text = "\n".join([*lines, *(one.text for one in section.block)])
        untitled = not section.title and len(found) == 1
        if untitled and text.startswith("def "):
            found[0] += f"\n\n\n{text}"
        else:
            found.append(text)
    return found


def page(part: LessonPart) -> str:
    """A page of a lesson as Markdown: its text, its question or challenge, the answer folded away."""
    texts = [part.text.strip()]
    if part.question is not None:
        question = part.question
        choices = [f"- {letter}: {one}" for letter, one in zip(LETTERS, question.choices, strict=False)]
        texts += [f"**{question.ask}**", "\n".join(choices)]
        if question.why:
            texts.append(f"<details><summary>Answer</summary>\n\n{question.why.strip()}\n\n</details>")
    if part.challenge is not None:
        texts.append(f"**Challenge:** `{part.challenge.asked}`")
    return "\n\n".join(one for one in texts if one)


def spread(pages: list[str], places: int) -> list[list[str]]:
    """Pages in their order over so many places, the first at the first place."""
    found: list[list[str]] = [[] for _ in range(places)]
    for index, text in enumerate(pages):
        found[index * places // len(pages)].append(text)
    return found


def _files(request: Request) -> Iterator[tuple[str, Pieces]]:
    return program_files(request, "notebook", False, notebook)


NOTEBOOK = Exporter(".ipynb", _files, options=frozenset(), needs=NBFORMAT, takes_scenarios=True)
