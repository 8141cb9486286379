"""The command line. Each command imports what it needs when it runs, so that the small ones answer at once."""

import os

from nnsim import __version__
from nnsim.cli.output import complain, drop_output, prepare, say
from nnsim.errors import NnsimError

USAGE_ERROR = 2
COMPLETING = "_NNSIM_COMPLETE"  # by which a shell asks click how a line may go on
INTERRUPTED = 130  # 128 + SIGINT, as a shell says it


def execute(arguments: list[str]) -> int:
    """Carry out a command line; what is wrong with it is said in one line. Returns: the exit status."""
    prepare()
    try:
        return _dispatch(arguments)
    except NnsimError as error:
        complain(str(error))
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        drop_output()  # its reader has closed it
        return 1


def _dispatch(arguments: list[str]) -> int:
    # Importing click takes longer than the first two, which scripts and shells ask, and a tenth of what Textual
    # itself needs before it has painted anything.
    if arguments == ["--version"]:
        say(f"nnsim {__version__}")
        return 0
    if arguments in (["list"], ["list", "--json"]):
        from nnsim.cli.list import list_scenarios

        return list_scenarios(as_json="--json" in arguments)
    if not arguments and COMPLETING not in os.environ:
        from nnsim.cli.open import show_home
        from nnsim.output_files import OutputFiles

        return show_home(OutputFiles.of(os.environ))
    if len(arguments) == 2 and arguments[0] == "open" and _names_scenario(arguments[1]):
        from pathlib import Path

        from nnsim.cli.open import show_scenario, show_sweep
        from nnsim.cli.task_options import TaskOptions
        from nnsim.output_files import SWEEP_SUFFIX, OutputFiles
        from nnsim.scenario.student import student_name

        if arguments[1].lower().endswith(SWEEP_SUFFIX):
            return show_sweep(Path(arguments[1]), OutputFiles.of(os.environ))
        options = TaskOptions(arguments[1], student=student_name(None, os.environ))
        return show_scenario(options, OutputFiles.of(os.environ))
    from nnsim.cli.commands import invoke

    return invoke(arguments)


def _names_scenario(text: str) -> bool:
    """Whether this is a scenario and no option, table or run."""
    return not text.startswith("-") and (text.endswith(".toml") or not os.path.exists(text))
