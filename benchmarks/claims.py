"""Tries what lessons claim, and what their challenges ask, on seeds that nobody chose; prints tables in Markdown.

    python benchmarks/claims.py [SCENARIO...] [--seeds 3,14,15 | --count N] [--questions] [--write]

A claim (`claims` of a page) is tried with 10 seeds, one of the shipped run (`seed = "this"`) with its own. A
challenge is tried with 20: doing nothing, which must never reach it, and with the settings that its last hint
names, which must reach it in at least 19. The seeds are drawn anew each time and said above the tables; `--seeds`
names them. `--questions` adds how often each choice is the right one. `--write` puts the tables into
docs/claims.md. The exit status is 1 where a claim fails or a challenge is too easy or too hard.
"""

import argparse
import os
import random
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from report import put  # noqa: E402

from nnsim.lessons.trials import mending, try_challenge, try_claims, try_question  # noqa: E402
from nnsim.scenario.scenario import read_scenario  # noqa: E402
from scenarios import names, path_of  # noqa: E402

DOCUMENT = ROOT / "docs" / "claims.md"
CLAIM_SEEDS, CHALLENGE_SEEDS = 10, 20
REACHED_AT_LEAST = 0.95  # of the seeds, with the last hint
LARGEST_SEED = 99_999  # one that is easily typed


def _scenario(
    task: tuple[str, Sequence[int], bool],
) -> tuple[list[list[str]], list[list[str]], list[list[str]], bool]:
    """The rows of one scenario in each of the tables, and whether all is well."""
    name, seeds, questions = task
    scenario = read_scenario(path_of(name))
    claims, challenges, asked, well = [], [], [], True
    for page, part in enumerate(scenario.lesson.parts, start=1):
        for tried in try_claims(
            scenario, part.claims, seeds[:CLAIM_SEEDS] if len(seeds) == CHALLENGE_SEEDS else seeds
        ):
            claim = tried.claim
            whole = len(tried.held) == len(tried.seeds)
            well &= whole
            says = " ".join(claim.says.split()).replace("|", "\\|") + ("" if claim.any_seed else " (shipped seed)")
            holds = f"{len(tried.held)}" if whole else f"**{len(tried.held)}** {tried.told}"
            claims.append([name, f"{page}", says, f"{len(tried.seeds)}", holds])
        if part.challenge is not None:
            idle = try_challenge(scenario, part, {}, seeds)
            groups = [[one] for one in seeds] if scenario.faults else [list(seeds)]
            hinted = [
                one
                for some in groups
                for one in try_challenge(scenario, part, mending(scenario, part, some[0]), some)
            ]
            missed = sorted(set(seeds) - set(hinted))
            easy, hard = bool(idle), len(hinted) < REACHED_AT_LEAST * len(seeds)
            well &= not easy and not hard
            goal = part.challenge.goal.text + (
                f" within {part.challenge.within:,}" if part.challenge.within else ""
            )
            told = (
                f"**{len(idle)}** {idle}" if easy else "0",
                f"**{len(hinted)}** not {missed}" if hard else f"{len(hinted)}",
            )
            challenges.append([name, goal, f"{len(seeds)}", *told])
        if part.question is not None and questions:
            counted = try_question(scenario, part, seeds)
            right = ", ".join(f"{choice}: {count}" for choice, count in counted.most_common())
            asked.append([name, f"{page}", part.question.ask, right])
    return claims, challenges, asked, well


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table in Markdown."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=[])
    parser.add_argument("--seeds", default="", help="seeds, divided by commas")
    parser.add_argument("--count", type=int, default=CHALLENGE_SEEDS, help="how many are drawn")
    parser.add_argument("--questions", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    drawn = random.SystemRandom().sample(range(LARGEST_SEED + 1), given.count)
    seeds = [int(one) for one in given.seeds.replace(",", " ").split()] or sorted(drawn)
    print(f"Seeds: {', '.join(map(str, seeds))}", flush=True)
    chosen = given.scenarios or names()
    claims, challenges, asked, well = [], [], [], True
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for rows in pool.map(_scenario, [(name, seeds, given.questions) for name in chosen]):
            claims += rows[0]
            challenges += rows[1]
            asked += rows[2]
            well &= rows[3]
    told = table(("scenario", "page", "claim", "seeds tried", "holds in"), claims)
    told += [
        "",
        *table(("scenario", "challenge", "seeds", "reached by doing nothing", "by the last hint"), challenges),
    ]
    if asked:
        told += ["", *table(("scenario", "page", "question", "right choice, and in how many seeds"), asked)]
    print("\n".join(told))
    if given.write:
        put("claims", [f"Seeds: {', '.join(map(str, seeds))}.", "", *told], DOCUMENT)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
