"""`nnsim open` for runs: recordings and logs of other programs, any number of them, on a screen or in words."""

from collections.abc import Sequence
from pathlib import Path

from nnsim.cli.open import named_theme, require_screen
from nnsim.cli.output import report_damage
from nnsim.logs.log_source import name_rules
from nnsim.logs.run_set import RunSet
from nnsim.output_files import OutputFiles


def open_runs(
    paths: Sequence[Path], names: Sequence[str], files: OutputFiles, theme: str | None, plain: bool
) -> int:
    """Opens runs.  Args: names: what --map says.  Returns: the exit status.  Raises: NnsimError."""
    rules = name_rules(names, files)
    if plain:
        from nnsim.cli.plain import converse_about
        from nnsim.session.session import Session

        with RunSet(paths, rules) as runs:
            status = converse_about(Session.of_runs(runs), files)
            report_damage(paths[0], runs.damage)
        return status
    require_screen()
    from screens.app import open_run_set

    chosen = named_theme(theme)
    with RunSet(paths, rules) as runs:
        status = open_run_set(runs, files, chosen)
        report_damage(paths[0], runs.damage)
    return status
