"""Prints the lowest version of each dependency and extra that pyproject.toml allows, as constraints for pip."""

import re
import sys
import tomllib
from pathlib import Path


def floors(pyproject: str) -> list[str]:
    """`name==version` for every requirement of the package and of its extras; developers' tools stay free.

    Raises ValueError for a requirement without a lower bound: nobody has said which version is the lowest.
    """
    project = tomllib.loads(pyproject)["project"]
    wanted = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    found = []
    for requirement in dict.fromkeys(wanted):
        match = re.match(r"(nnsim\[|([A-Za-z0-9_.-]+)(?:\[[^]]*\])?\s*>=\s*([0-9.]+))", requirement)
        if match is None:
            raise ValueError(f"{requirement!r} has no lower bound")
        if match[2]:
            found.append(f"{match[2]}=={match[3]}")
    return found


if __name__ == "__main__":
    print("\n".join(floors(Path(sys.argv[1]).read_text(encoding="utf-8"))))
