"""What figures of other programs are called here: an ordered table of rules, to which a person may add.

A rule is a pattern and a name. The first rule that fits a whole name, whatever its case, decides; `{1}` in our name
is what the first group of the pattern has found. Two figures never share a name: the one that an earlier rule names
has it, and the other keeps its own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nnsim.components import nearest
from nnsim.errors import NnsimError
from nnsim.text import clean_line, quote

LONGEST = 80  # characters of a name, as recordings hold them
TRAINING, VALIDATION, PARTED = r"(?:train|training|tr)", r"(?:val|valid|validation|eval|evaluation|dev)", r"[/_. -]"
TRAIN, HELD_OUT = f"(?:{TRAINING}{PARTED})", f"(?:{VALIDATION}{PARTED})"
LOSS = r"(?:loss|cost|objective|nll)"
ACCURACY = r"(?:acc|accuracy|top1|acc1|acc@1|binary_accuracy|categorical_accuracy|sparse_categorical_accuracy)"
LOG_LOSS = r"(?:(?:binary_|multi_|m)?log_?loss|(?:binary_|categorical_)?cross_?entropy)"  # of boosted trees, too
RATE = r"(?:lr|learning[_ -]?rate)"


@dataclass(frozen=True)
class NameRule:
    """Args: pattern: a regular expression that a whole name fits. name: ours, in which {1} is its first group."""

    pattern: str
    name: str
    optional: bool = False  # whether it may fit nothing, though a person gave it

    def apply(self, original: str) -> str | None:
        """Our name for a name that fits, else None."""
        found = re.fullmatch(self.pattern, original, re.IGNORECASE)
        if found is None:
            return None
        groups = [clean_line(one or "", LONGEST).replace("/", ".") for one in found.groups()]
        return self.name.format(original, *groups)


# The figure itself before its means over an epoch, a plain name before one with a prefix of its program.
RULES = (
    NameRule(rf"{TRAIN}?{LOSS}(?:[/_](?:step|batch))?", "loss"),
    NameRule(rf"(?:batch|step)[/_]{LOSS}|{LOSS}[/_]{TRAINING}", "loss"),
    NameRule(rf"{TRAIN}?{LOSS}[/_]epoch|epoch[/_]{LOSS}", "loss"),
    NameRule(rf"{HELD_OUT}{LOSS}(?:[/_]epoch)?", "validation_loss"),
    NameRule(rf"{LOSS}[/_]{VALIDATION}", "validation_loss"),
    NameRule(rf"{TRAIN}?{ACCURACY}(?:[/_](?:step|batch))?", "accuracy"),
    NameRule(rf"{TRAIN}?{ACCURACY}[/_]epoch|epoch[/_]{ACCURACY}", "accuracy"),
    NameRule(rf"{HELD_OUT}{ACCURACY}(?:[/_]epoch)?", "validation_accuracy"),
    NameRule(rf"{ACCURACY}[/_]{VALIDATION}", "validation_accuracy"),
    NameRule(rf"(?:{TRAIN}|optim(?:izer)?[/_.]|opt[/_.])?{RATE}(?:[/_-].*)?", "learning_rate"),
    NameRule(
        r"(?:.*[/_.])?(?:grad(?:ient)?s?[_-]?norm|grad_2(?:\.0)?_norm)(?:[/_.-](?:total|all|global))?",
        "gradient:all",
    ),
    NameRule(r"(?:.*/)?grad(?:ient)?s?(?:_2(?:\.0)?)?[_-]?norms?[/.:](.+)", "gradient:{1}"),
    NameRule(r"gradients?[/:](.+)", "gradient:{1}"),
    NameRule(r"(?:weight|param(?:eter)?)s?[_-]norms?[/.:](.+)", "weight_norm:{1}"),
    NameRule(rf"{TRAIN}?{LOSS}[/_]epoch", "loss_epoch"),
    NameRule(rf"{TRAIN}?{ACCURACY}[/_]epoch", "accuracy_epoch"),
    NameRule(rf"{TRAIN}?{LOG_LOSS}", "loss"),
    NameRule(rf"{HELD_OUT}{LOG_LOSS}", "validation_loss"),
    NameRule(rf"{HELD_OUT}(.+)", "validation_{1}"),
    NameRule(rf"{TRAIN}(.+)", "{1}"),
)
# Steps and epochs are places, and no figures.
STEPS = (
    "step",
    "_step",
    "global_step",
    "steps",
    "iteration",
    "iterations",
    "iter",
    "n_iter",
    "it",
    "update",
    "batch",
)
EPOCHS = ("epoch", "epochs")
TIMES = ("_timestamp", "timestamp", "_runtime", "time", "wall_time", "wall time", "date")


def parse_rules(texts: Iterable[str]) -> tuple[NameRule, ...]:
    """Rules as a person writes them: `train/loss=loss`, where `*` stands for anything, and for `*` in our name.

    Raises: NnsimError naming the rule and what is allowed.
    """
    rules = []
    for text in texts:
        original, equals, name = text.partition("=")
        original, name = original.strip(), name.strip()
        if (
            not equals
            or not original
            or not name
            or name.count("*") > original.count("*")
            or original.count("*") > 1
        ):
            raise NnsimError(
                f"--map {quote(text)}: is no rule (allowed: such as 'train/loss=loss' or 'grad/*=gradient:*')"
            )
        if len(name) > LONGEST or clean_line(name, LONGEST) != name or "{" in name:
            raise NnsimError(
                f"--map {quote(text)}: {quote(name)} is no name of a figure (allowed: {LONGEST} characters)"
            )
        rules.append(NameRule(re.escape(original).replace(r"\*", "(.+)"), name.replace("*", "{1}")))
    return tuple(rules)


def our_names(originals: Sequence[str], rules: Sequence[NameRule] = ()) -> dict[str, str]:
    """Our name of each figure: by these rules first, then by the table.

    Raises: NnsimError where one of these rules fits no figure, or gives a name away twice.
    """
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    by_length = sorted(originals, key=len)  # a plain name goes before one with a prefix
    for number, rule in enumerate((*rules, *RULES)):
        fits = False
        for original in by_length:
            name = rule.apply(original)
            if name is None:
                continue
            fits = True
            name = clean_line(name, LONGEST)
            if original in found or not name:
                continue
            if name not in taken:
                found[original], taken[name] = name, original
            elif number < len(rules) and "{1}" not in rule.name and not rule.optional:
                raise NnsimError(f"--map {quote(original)}: {taken[name]} is called {name} already")
        if number < len(rules) and not fits and not rule.optional:
            said = rule.pattern.replace("(.+)", "*").replace("\\", "")
            near = nearest(said, list(originals))
            raise NnsimError(
                f"--map {quote(said)}: no figure is called so{near} (allowed: {', '.join(originals[:20])})"
            )
    for original in originals:
        if original not in found:
            name = plain = clean_line(original, LONGEST) or "?"
            number = 2
            while name in taken:
                name, number = f"{plain[: LONGEST - 6]} ({number})", number + 1
            found[original], taken[name] = name, original
    return {one: found[one] for one in originals}
