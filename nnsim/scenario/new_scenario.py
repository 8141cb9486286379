"""The text of a new scenario: a lesson, a question and a challenge that hold, with what each line is for.

It is written for somebody who has never seen one: every line that they will change says what it may be. A scenario
that exists can be the beginning, too; then its task is kept, and the lesson is the one of the template.
"""

import re
import tomllib

from nnsim.scenario.scenario import Scenario
from nnsim.scenario.toml_text import quoted
from nnsim.text import clean_line

SCHEMA_LINE = "#:schema ./nnsim.schema.json"  # by which editors find the schema that lies beside the file
SCHEMA_FILE = "nnsim.schema.json"

HEAD = f"""{SCHEMA_LINE}
# A scenario of nnsim: a task, a network, and a lesson about it.
#
#     nnsim check --try FILE    says whether it is correct, and tries what the lesson claims and asks
#     nnsim open FILE           opens it
#     nnsim schema              has every key with what it may be; docs/scenarios.md explains them
"""

TASK = """
format = 1
title = {title}
summary = "Two clouds of points, and a line between them"      # a sentence for the list
group = "My lessons"      # the heading in the list; leave it out for "Your own"
order = 1                 # the place in the list: smaller is earlier
panes = ["lesson", "decision", "loss", "data"]      # what may be shown, the most important first

# The data: two clouds of points. Other kinds are "table" (numbers written here), "csv" (a file beside this one),
# "spiral", "circle", "digits", ... ; nnsim explain data lists them.
[data]
kind = "gauss"
noise = 0.1         # how far the clouds reach into each other, 0 to 1
seed = 7            # of the points; without it every run has points of its own

# The network. hidden = [8, 8] would be two hidden layers of eight units each.
[model]
hidden = [4]
activation = "tanh"
output = "sigmoid"
initializer = "xavier"

[loss]
kind = "binary-cross-entropy"

[schedule]
kind = "constant"
rate = 0.1          # the learning rate

[train]
epochs = 100
batch_size = 0      # rows in a step; 0 is all of them

[random]
seed = 1            # the same seed gives the same run, number by number
"""

LESSON = '''
# ---------------------------------------------------------------- the lesson: one [[lesson]] a page
#
# A page has a text in Markdown, and at most one of: a question (ask), a challenge (goal), a condition (when).

[[lesson]]
text = """
# {heading}

Say what there is to see, in short sentences. A word that is new is bold once, with its meaning beside it: the
**loss** is one number that says how wrong all answers are together.

Press `enter` for the next page.
"""
show = ["{lead}"]      # what is on the screen beside the lesson; the first pane leads

# A question is answered before the answer is seen. nnsim computes which answer is right, here from the loss of the
# run at the place that `at` names: true is the first choice. Other answers: "lowest loss" (which run), "loss" (a
# number; without choices and with `tolerance = 0.05` it is typed).
[[lesson]]
text = """
## What will happen?

The network has not learned anything yet.
"""
ask = "Will the loss be smaller in epoch {late} than in epoch 1?"
choices = ["yes, it falls", "no, it rises"]
answer = "loss at epoch {late} < loss at epoch 1"
at = "epoch {late}"
why = """
Say why. What you claim can be tried with other seeds: put the phrase, and what makes it true, into `claims`.
The loss falls here, whatever the seed.
"""
claims = [{{ says = "The loss falls here", holds = "loss at epoch {late} < loss at epoch 1" }}]
show = ["loss", "{lead}"]

# A challenge is reached when its goal holds. `within` says in how many epochs, `using` which settings may be
# changed. The last hint names a setting, by which `nnsim check --try` tries it.
[[lesson]]
text = """
## Your turn

Make it faster. `e` changes a setting, `r` begins again.
"""
goal = "{goal}"
within = {within}
using = ["schedule.rate"]
hints = ["How large may a step be?", "Try `schedule.rate = {rate}`."]
show = ["loss"]
'''


def template(name: str) -> str:
    """The text of a new scenario.  Args: name: of its file, from which its title is made."""
    title = clean_line(name.replace("-", " ").replace("_", " "), 60).capitalize() or "My scenario"
    task = TASK.format(title=quoted(title))
    lesson = LESSON.format(heading=title, lead="decision", late=50, goal="loss<0.04", within=20, rate=3)
    return HEAD + task + lesson


def from_scenario(scenario: Scenario) -> str:
    """The text of a scenario that exists, in a copy to be changed; it gets a lesson where it has none."""
    text = scenario.text
    while text.startswith("#:schema"):
        text = text.partition("\n")[2]
    head, rest = _divided(text)
    kept = [line for line in head.splitlines() if not re.match(r"(order|group)\s*=", line)]
    copied = f"{HEAD}#\n# It begins as a copy of {scenario.name}.\n\n" + "\n".join(kept).strip() + "\n\n" + rest
    if scenario.lesson.parts:  # it teaches already, in its own way
        return copied
    late = min(scenario.plan().train.epochs, 50)
    lead = next((one for one in scenario.panes if one not in ("lesson", "loss")), "data")
    lesson = LESSON.format(heading=scenario.title, lead=lead, late=late, goal="loss<0.1", within=late, rate=1)
    return f"{copied.rstrip()}\n{lesson}"


def _divided(text: str) -> tuple[str, str]:
    """What stands before the first table, and the rest from it on."""
    for found in re.finditer(r"^[ \t]*\[", text, re.MULTILINE):
        try:
            tomllib.loads(text[: found.start()])
        except ValueError:
            continue
        return text[: found.start()], text[found.start() :]
    return text, ""
