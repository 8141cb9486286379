"""400 damaged scenario files: each is refused in one line, or it is a scenario and trains."""

import random
from collections import Counter

from damaged_scenarios import damaged, outcome
from shared import THIRD

from scenarios import names, path_of


def test_no_damaged_file_raises_anything_but_a_scenario_error(tmp_path):
    originals = [path_of(name).read_text() for name in names()]
    file = tmp_path / "damaged.toml"
    came_to = Counter()
    cases = 500 // THIRD
    for seed in range(cases):
        file.write_bytes(damaged(random.Random(seed), originals))
        came_to["valid" if outcome(file) == "valid" else "refused"] += 1
    assert min(came_to.values()) > cases / 25, "the damage reaches both sides of the door"
