"""Compares nnsim's frames and its start with those of a plain Textual app, and with the ratios of the last release,
in a minute and a half.

    python benchmarks/quick.py [--write]

The first pages of some lessons play at 10 epochs a second in a terminal of 120x40 cells, training included, and all
panes of one scenario at once. Processor time and bytes a frame are told as parts of those of the plain app, in the
same run; how long commands and first pictures take, as parts of what benchmarks/start.py compares them with. A
ratio that is far above the one kept in benchmarks/quick.json ends this with status 1. `--write` keeps the new ones.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests" / "terminal")]

from report import surroundings  # noqa: E402
from stages import EPOCHS, Cost, opened, plain_app, plays  # noqa: E402
from start import COMMANDS, PAINTS, command_ratio, new_home, paint_ratio  # noqa: E402
from timed_terminal import SIZE, idle  # noqa: E402

KEPT = ROOT / "benchmarks" / "quick.json"
# What is played, and the keys that come before: all panes side by side are behind p.
PLAYED = {
    "xor": ("xor", ()),
    "playground-spiral": ("playground-spiral", ()),
    "digits": ("digits", ()),
    "optimizer-race": ("optimizer-race", ()),
    "xor, all panes": ("xor", ("p", "#")),
}
ROOM = 1.6  # a ratio may be so much larger than the one that is kept: other work on the machine, another processor
WATCHED_S = 4.0
START_ROUNDS = 3
FLOOR = 0.02  # and by as much as this, for those that are next to nothing


def played(scenario: str, keys: tuple[str, ...]) -> Cost:
    """What a scenario takes that plays.  Args: keys: that are pressed first."""
    terminal = opened(scenario, SIZE, "--set", f"train.epochs={EPOCHS}")
    try:
        for key in keys:
            terminal.keys(key)
            idle(terminal, 0.5)
        assert plays(terminal), f"{scenario} does not play:\n{terminal.text}"
        idle(terminal, 1.0)
        return terminal.measured(scenario, "", WATCHED_S)
    finally:
        terminal.close()


def started() -> dict[str, float]:
    """How many times as long each start takes as what it is compared with."""
    with new_home() as environment:
        found = {row[0]: command_ratio(environment, row[0], START_ROUNDS)[1] for row in COMMANDS}
        return found | {row[0]: paint_ratio(environment, row[0], START_ROUNDS)[1] for row in PAINTS}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep these ratios")
    write = parser.parse_args().write
    plain = plain_app(SIZE)
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    print(f"{surroundings()}; the plain app: {plain.cpu_ms:.0f} ms and {plain.size:,.0f} bytes a frame")
    print("| played | frames a second | processor, part of stock | bytes, part of stock | kept |")
    print("| --- | ---: | ---: | ---: | --- |")
    found: dict[str, dict[str, float]] = {}
    lost = []
    for name, (scenario, keys) in PLAYED.items():
        cost = played(scenario, keys)
        ratios = found[name] = {
            "cpu": round(cost.cpu_ms / plain.cpu_ms, 3), "bytes": round(cost.size / plain.size, 3)
        }  # fmt: skip
        before = kept.get(name, ratios)
        lost += [f"{name}: {key}" for key, value in ratios.items() if value > ROOM * before[key] + FLOOR]
        row = f"| {name} | {cost.frames:.1f} | {ratios['cpu']:.2f} | {ratios['bytes']:.3f} "
        print(f"{row}| {before['cpu']:.2f}, {before['bytes']:.3f} |", flush=True)
    print("\n| started | part of what it is compared with | kept |\n| --- | ---: | ---: |")
    for name, ratio in started().items():
        found[name] = {"time": round(ratio, 2)}
        before = kept.get(name, found[name])
        lost += [name] if ratio > ROOM * before["time"] else []
        print(f"| {name} | {ratio:.2f} | {before['time']:.2f} |", flush=True)
    if write:
        KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    elif lost:
        print(f"more than what is kept allows: {', '.join(lost)}")
    return 1 if lost and not write else 0


if __name__ == "__main__":
    sys.exit(main())
