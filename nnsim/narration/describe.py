"""What the panes show, in sentences: for a screen reader, a line or a script."""

from collections.abc import Iterator

import numpy as np

from nnsim.analysis.chain_rule import Place, central_difference, weight_terms
from nnsim.analysis.feature_importance import permutation_importance
from nnsim.analysis.run_table import USUAL, first_difference_of, parse_filter, row_of
from nnsim.analysis.scoring import Answers, in_units, judge, parts
from nnsim.analysis.weight_histograms import unit_counts
from nnsim.diagnosis import signs
from nnsim.errors import NnsimError
from nnsim.narration.commentary import narrate, of_step
from nnsim.session.view import Capability, View, lacking
from nnsim.text import count
from nnsim.text.number_format import percent, rounded
from nnsim.timeline import ImportedLog, Timeline
from nnsim.training.trainer import PHASES

MOST_ROWS = 16
INSIDE = Capability.SETTINGS | Capability.DATA | Capability.PARAMETERS | Capability.REPLAY
MOST_PAIRS = 5
MEANING = {
    "forward": "the batch has gone through the layers",
    "loss": "the answers have been compared with the targets",
    "backward": "the error has been carried back to every weight",
}


def figure(value: float) -> str:
    return rounded(value, 4)


def layer_name(name: str) -> str:
    """`layer 1` for `layer1`: read as two words."""
    return name.replace("layer", "layer ")


def require(view: View, needs: Capability) -> None:
    """Raises: NnsimError saying what the focused run lacks."""
    if (reason := lacking(needs, view.focused)) is not None:
        raise NnsimError(reason.removesuffix("."))


def place(view: View) -> str:
    cursor, track = view.cursor, view.focused
    per_epoch, step = view.steps_per_epoch, view.step_of(track)
    log = track.log
    epochs = log.plan_at(step).train.epochs if isinstance(log, Timeline) else -(-log.length // per_epoch)
    whole = f"0 to {epochs:,}" if isinstance(log, ImportedLog) and log.counts_from_0 else f"{epochs:,}"
    text = f"{log.unit.capitalize()} {cursor.epoch(per_epoch):,} of {whole}"
    if per_epoch > 1:
        text += f", batch {cursor.batch(per_epoch)} of {per_epoch}"
    if cursor.phase:
        text += f", phase {cursor.phase_name}: {MEANING[cursor.phase_name]}"
    return text + "."


def whereabouts(view: View) -> Iterator[str]:
    track = view.focused
    text = [place(view)]
    if len(view.tracks) > 1:
        text.append(f"Run {view.label(track, view.tracks)}.")
    text.append(narrate(track.log, view.cursor_of(track)).text)
    yield " ".join(text)


def inside(view: View) -> Iterator[str]:
    track = view.focused
    step, phase = view.step_of(track), view.phase_of(track)
    if phase == 0:
        done = "The step is done: every weight has moved." if step else "Nothing is trained yet."
        yield f"{place(view)} {done}"
        yield from loss(view)
        return
    yield place(view)
    network = track.trainer_at(step, phase).entered
    assert network is not None, "a phase has been entered"
    if phase == 1:
        answers = network.outputs[0][:MOST_ROWS]
        more = "" if network.outputs.size <= len(answers) else ", and more"
        yield f"The outputs are {', '.join(figure(float(one)) for one in answers)}{more}."
    elif phase == 2:
        yield f"The loss of this batch is {figure(view.figures(track)['loss'])}."
    elif track.timeline.layers:
        known = view.figures(track)
        norms = [f"{layer_name(one)} {figure(known[f'gradient:{one}'])}" for one in track.timeline.layers]
        yield f"The gradients are: {', '.join(norms)}."
    else:
        yield "Random search computes no gradient."


def loss(view: View) -> Iterator[str]:
    track, log = view.focused, view.focused.log
    record = view.figures(track)
    if "loss" not in record and not isinstance(log, Timeline):
        yield "No loss is logged up to here."
        return
    if "loss" not in record:
        yield "There is no loss yet: nothing is trained." if not view.cursor.phase else "There is no loss yet."
        return
    begins = max(log.series["loss"].step_at(0), 0)
    first, now = figure(log.record(begins)["loss"]), figure(record["loss"])
    whose = view.whose(track, "loss").capitalize() or "The "
    text = [f"{whose}{of_step(log)}loss is {now}; in step {begins:,} it was {first}."]
    if "validation_loss" in record:
        text.append(f"The validation loss is {figure(record['validation_loss'])}.")
    yield " ".join(text)


def rate(view: View) -> Iterator[str]:
    track = view.focused
    step = view.known(track, "learning_rate")
    if not isinstance(track.log, Timeline):
        rate = view.figures(track).get("learning_rate")
        yield "No learning rate is logged." if rate is None else f"The learning rate is {figure(rate)}."
        return
    plan = track.timeline.plan_at(max(step - 1, 0))
    if not plan.solver.uses_gradient:
        yield "Random search has no learning rate."
        return
    now = float(track.trainer_at(max(step - 1, 0)).rates(max(step - 1, 0), 1)[0])
    after = None if view.cursor.phase or not step else track.timeline.rate_after(step)
    then = "" if after is None else f", from here on {figure(after)}"
    yield f"The learning rate is {figure(now)}{then}, schedule {type(plan.schedule).__name__.lower()}."


def gradients(view: View) -> Iterator[str]:
    track = view.focused
    record = view.figures(track)
    verdicts = signs.verdicts(track.log, view.known(track, "gradient"))
    text = []
    for layer in track.log.layers:
        norm = record.get(f"gradient:{layer}")
        if norm is not None:
            verdict = verdicts.get(layer)
            text.append(f"{layer_name(layer)} {figure(norm)}{f', {verdict}' if verdict else ''}")
    if text:
        whose = view.whose(track, "gradient")
        yield f"L2 norm of {whose or 'the '}gradient: {'; '.join(text)}."
    else:
        none = (
            "Random search computes no gradient." if isinstance(track.log, Timeline) else "No gradient is logged."
        )
        yield "There is no gradient yet." if track.log.layers else none


def predictions(view: View, most: int = MOST_ROWS) -> Iterator[str]:
    require(view, INSIDE)
    track = view.focused
    plan = track.timeline.plan
    found, examples = in_units(plan, track.evaluation(view.step_of(track))), plan.examples
    errors = np.abs(found.predictions - found.targets).max(axis=1)
    order = np.arange(examples.rows) if examples.rows <= most else np.argsort(-errors, kind="stable")[:most]
    if examples.rows > most:
        yield f"The worst {most} of {examples.rows:,} rows."
    for row in order:
        given = ", ".join(
            f"{name} {value:g}" for name, value in zip(examples.input_names, examples.inputs[row], strict=True)
        )
        wanted = ", ".join(f"{value:g}" for value in found.targets[row])
        answer = ", ".join(figure(float(value)) for value in found.predictions[row])
        text = f"Row {row + 1}, {given}: should be {wanted}, is {answer}"
        if found.right is not None:
            text += ", right" if found.right[row] else ", wrong"
        yield text + "."


def metrics(view: View) -> Iterator[str]:
    require(view, INSIDE)
    track = view.focused
    plan, step = track.timeline.plan, view.step_of(track)
    found = in_units(plan, track.evaluation(step))
    for name, rows in parts(track.asked_at(step)):
        yield f"{name.capitalize()}: " + " ".join(_judged(judge(plan, found, rows)))


def importance(view: View) -> Iterator[str]:
    """The columns by how much the loss rises when the values of one change places, the first few."""
    require(view, INSIDE)
    track = view.focused
    found, part = permutation_importance(track.asked_at(view.step_of(track)))
    yield f"Rise of the loss of the {part} rows when the values of one column change places:"
    for one in found[:MOST_ROWS]:
        yield f"{one.column} {figure(one.loss)}."
    if len(found) > MOST_ROWS:
        yield f"And {count(len(found) - MOST_ROWS, 'more column')}."


def _judged(answers: Answers) -> Iterator[str]:
    if answers.right is not None:
        share = percent(answers.right / answers.rows)
        yield f"{answers.right:,} of {answers.rows:,} answers right, accuracy {share}."
    if answers.confusion is not None:
        wrong = answers.confusion - np.diag(np.diag(answers.confusion))
        for place in np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]:
            true, said = divmod(int(place), len(answers.names))
            if wrong[true, said]:
                yield f"{wrong[true, said]:,} of class {answers.names[true]} answered as {answers.names[said]}."
    yield f"Mean absolute error {figure(answers.mean_absolute)}, R squared {figure(answers.r2)}."


def weights(view: View) -> Iterator[str]:
    require(view, INSIDE)
    track = view.focused
    trainer = track.trainer_at(view.step_of(track))
    plan = track.timeline.plan
    for layer, units in zip(plan.network.weighted, unit_counts(trainer), strict=True):
        values = layer.weights(trainer.parameters)
        text = f"{layer_name(layer.name).capitalize()}: {values.size:,} weights from {figure(float(values.min()))}"
        text += f" to {figure(float(values.max()))}, mean {figure(float(values.mean()))}."
        if units.dead is not None:
            text += f" {units.dead} of {units.units} units dead."
        if units.saturated is not None:
            text += f" {units.saturated:.0%} of the answers saturated,"
            text += f" {units.stuck} of {units.units} units in every row."
        yield text


def arithmetic(view: View, chosen: Place) -> Iterator[str]:
    """The gradient of one weight in the last step, row by row, with its check.  Raises: NnsimError."""
    require(view, INSIDE)
    track, step = view.focused, view.step_of(view.focused)
    plan = track.timeline.plan
    layers = plan.network.layers
    if chosen != chosen.within(layers):
        shape = "; ".join(f"{layer_name(one.name)} has {one.rows} by {one.units}" for one in layers)
        raise NnsimError(f"there is no such weight (allowed: layer, from, to; {shape})")
    if not plan.solver.uses_gradient or step == 0:
        yield "There is no gradient yet." if plan.solver.uses_gradient else "Random search computes no gradient."
        return
    trainer = track.trainer_at(step - 1, PHASES.index("backward") + 1)
    network = trainer.entered
    assert network is not None, "the backward phase has been entered"
    terms = weight_terms(network, chosen)
    weight = float(trainer.parameters[chosen.index(layers)])
    check = central_difference(network, trainer.parameters, chosen.index(layers), terms.gradient)
    after = float(track.trainer_at(step - 1, len(PHASES)).parameters[chosen.index(layers)])
    name = layer_name(layers[chosen.layer].name).capitalize()
    yield f"{name}, weight from {chosen.source + 1} to {chosen.unit + 1}."
    rows = list(zip(trainer.entered_rows.tolist(), terms.deltas, terms.inputs, terms.terms, strict=True))
    for row, delta, value, term in rows[:MOST_ROWS]:
        yield f"Row {row + 1:,}: delta {figure(delta)} times input {figure(value)} is {figure(term)}."
    more = f", with {len(rows) - MOST_ROWS:,} more rows," if len(rows) > MOST_ROWS else ""
    yield f"Their sum{more} is the gradient, {figure(terms.gradient)}."
    verdict = {"agrees": "it agrees", "DIFFERS": "it does not agree", "at a kink": "it differs, at a kink of ReLU"}
    yield f"The central difference is {figure(check.difference)}; {verdict.get(check.verdict, check.verdict)}."
    given = track.timeline.parameters_at(step).get(chosen.index(layers))
    then = "" if given is None else f"; then it was set to {figure(given)} by hand"
    yield f"The update took the weight from {figure(weight)} to {figure(after)}{then}."


def runs(view: View, text: str = "") -> Iterator[str]:
    """All runs, or those that an expression asks for, a sentence each; the first is what the others differ from.

    Raises: NnsimError where the expression is none.
    """
    asked = parse_filter(text)
    rows = [row_of(index, view.label(one, view.tracks), one.log) for index, one in enumerate(view.tracks)]
    kept = asked.apply(rows)
    first = view.tracks[kept[0].index].log if kept else None
    yield f"{len(kept)} of {count(len(rows), 'run')}." if len(kept) < len(rows) else f"{count(len(rows), 'run')}."
    for row in kept:
        log = view.tracks[row.index].log
        told = [f"{row.name}: {count(row.steps, 'step')}"]
        for name in USUAL:
            found = row.figures.get(name)
            if found is not None:
                word = "highest" if "accuracy" in name else "lowest"
                value, step = getattr(found, word), getattr(found, f"{word}_step")
                told.append(
                    f"{name.replace('_', ' ')} {figure(found.last)}, {word} {figure(value)} in step {step:,}"
                )
        if first is not None and log is not first:
            differs = first_difference_of(log, first)
            told.append("differs nowhere" if differs is None else f"differs from step {differs:,}")
        yield "; ".join(told) + "."
