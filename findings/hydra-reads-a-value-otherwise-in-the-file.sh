#!/usr/bin/env bash
# hydra-core 1.3.8 (omegaconf 2.3.1): the same text as a value in the configuration file and as an override on the command line.
# Guess: key=text on the command line sets what "key: text" in the file does; that is what an override is for.
# Instead: two grammars read them. "inf" and "nan" are numbers on the command line and words in the file; ".inf" is the number in the
#   file and a word on the command line. "on", "yes", "off" and "no" are booleans in the file only, where they are words on
#   the command line, and words are true. 12:30 is 750 in the file, an aspect of 3:2 is 182, 010 is 8, 0x10 is 16; on the
#   command line all are texts.
# Matters: a clipping norm of inf, "augment=off", a seed with leading zeros, a ratio or a time limit: a run repeated from the file
#   that holds the command line's settings is another run; without a schema nothing checks the type.
# Do: true/false, quotes around texts in both places, numbers in digits alone, and structured configurations.
# Seen, file and command line: inf 'inf' inf; .inf inf '.inf'; off False 'off'; 12:30 750 '12:30'; 010 8 '010'; 1e-3 0.001 0.001
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check hydra-core==1.3.8 omegaconf==2.3.1
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import math
import sys
from importlib.metadata import version
from pathlib import Path

from hydra import compose, initialize_config_dir

TEXTS = ("inf", ".inf", "nan", "off", "yes", "12:30", "3:2", "010", "0x10", "1e-3", "1_000", "true", "null")
folder = Path("conf").absolute()
folder.mkdir()
(folder / "empty.yaml").write_text("value: 0\n")
seen = {}
print("hydra-core", version("hydra-core"), "omegaconf", version("omegaconf"))
for number, text in enumerate(TEXTS):
    (folder / f"case{number}.yaml").write_text(f"value: {text}\n")
    with initialize_config_dir(str(folder), version_base=None):
        in_file = compose(f"case{number}").value
        on_command_line = compose("empty", overrides=[f"value={text}"]).value
    same = type(in_file) is type(on_command_line) and (in_file == on_command_line or text == "nan")
    seen[text] = in_file, on_command_line, same
    print(f"{text}: file {in_file!r}, command line {on_command_line!r}", "" if same else "(differ)")
differ = [text for text, (_, _, same) in seen.items() if not same]
if not (differ == list(TEXTS[:9]) and seen["inf"][1] == seen[".inf"][0] == math.inf and seen["off"][:2] == (False, "off")
        and seen["12:30"][:2] == (750, "12:30") and seen["010"][:2] == (8, "010")):
    sys.exit("CHANGED: the file and the command line are now read otherwise")
PY
