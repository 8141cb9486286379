"""The commands of the course: to go on with it, and for those who write lessons for it."""

from pathlib import Path

import click

from nnsim.cli.options import LANGUAGE, PLAIN, READ_ONLY, STUDENT, THEME_OPTION, asked_theme, output_files
from nnsim.errors import NnsimError


def add_lesson_commands(nnsim: click.Group) -> None:
    """Adds them to the group of all commands."""

    @nnsim.command("learn", epilog="Example: nnsim learn")
    @STUDENT
    @THEME_OPTION
    @LANGUAGE
    @PLAIN
    @READ_ONLY
    @click.option("--reset", is_flag=True, help="Forget what is done, and begin the course anew.")
    @click.option("--yes", "sure", is_flag=True, help="Let --reset ask nothing.")
    def learn_command(student: str, plain: bool, reset: bool, sure: bool) -> int:
        """Go on with the course where you left it.

        What is done, answered and reached is kept in a small file of yours; --reset keeps the former one beside it.
        """
        if reset:
            from nnsim.cli.learn import reset as begin_anew

            return begin_anew(output_files(), sure)
        if sure:
            raise NnsimError("--yes: says nothing without --reset (allowed: with it)")
        from nnsim.cli.learn import learn

        return learn(output_files(), plain, student, asked_theme())

    @nnsim.command("new", epilog="Example: nnsim new my.toml --from xor")
    @click.argument("path", type=click.Path(path_type=Path), metavar="FILE.toml")
    @click.option("--from", "begin_with", metavar="SCENARIO", help="Begin with a copy of this one.")
    @click.option("--overwrite", is_flag=True, help="Replace the file.")
    @READ_ONLY
    def new_command(path: Path, begin_with: str | None, overwrite: bool) -> int:
        """Write a scenario to begin with: a commented one, with a lesson, a question and a challenge.

        Beside it goes the schema by which editors complete keys and name what is wrong.
        """
        from nnsim.cli.new import write_new

        return write_new(path, begin_with, overwrite, output_files())

    @nnsim.command("schema", epilog="Example: nnsim schema > nnsim.schema.json")
    def schema_command() -> int:
        """Print the JSON Schema of scenario files (draft 2020-12), for editors and other tools."""
        from nnsim.cli.schema import print_schema

        return print_schema()
