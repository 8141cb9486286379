"""What PyTorch has of the methods of nnsim: losses and optimizers, by their names and settings there."""

from collections.abc import Callable, Mapping

from nnsim.export.programs.loss_pieces import LOSSES as PIECES
from nnsim.export.programs.program import number
from nnsim.nn import losses as nn
from nnsim.nn.benchmark_functions import PlaneFunction
from nnsim.optim import adam_variants, adaptive, matrices, sgd
from nnsim.optim.lbfgs import LBFGS
from nnsim.optim.sgd import Optimizer
from nnsim.optim.sharpness_aware import SAM
from nnsim.scenario.plan import Plan

# ------------------------------------------------------------------ losses


def _mse(loss: nn.MSE, one_hot: bool) -> list[str]:
    total = ', reduction="sum"' if "sum" in loss.reduction else ""
    return [f"return F.mse_loss(answers, targets{total}){' / 2' if 'half' in loss.reduction else ''}"]


def _binary(loss: nn.BinaryCrossEntropy, one_hot: bool) -> list[str]:
    smooth = f"targets = targets * {number(1.0 - loss.smoothing)} + {number(0.5 * loss.smoothing)}"
    weight = f", pos_weight=torch.tensor({number(loss.positive_weight)})" if loss.positive_weight != 1.0 else ""
    call = f"return F.binary_cross_entropy_with_logits(answers, targets{weight})"
    return [smooth, call] if loss.smoothing else [call]


def _classes(loss: nn.SoftmaxCrossEntropy, one_hot: bool) -> list[str]:
    smoothing = f", label_smoothing={number(loss.smoothing)}" if loss.smoothing else ""
    weights = f"torch.tensor([{', '.join(map(number, loss.weights))}])"
    if one_hot:
        weight = f", weight={weights}" if loss.weights else ""
        return [f"return F.cross_entropy(answers, targets.argmax(dim=1){weight}{smoothing})"]
    if not loss.weights:
        return [f"return F.cross_entropy(answers, targets{smoothing})"]
    smooth = f"targets * {number(1.0 - loss.smoothing)} + {number(loss.smoothing)} / targets.shape[1]"
    return [
        f"weighted = {weights} * ({smooth})",
        f"count = ({weights} * targets).sum()  # PyTorch divides by the rows where targets are shares",
        "return -(weighted * F.log_softmax(answers, dim=1)).sum() / count",
    ]


def _focal(loss: nn.Focal, one_hot: bool) -> list[str]:
    weight, rest, focus = number(loss.positive_weight), number(1.0 - loss.positive_weight), number(loss.focus)
    return [
        "yes, no = F.logsigmoid(answers), F.logsigmoid(-answers)  # log(a), log(1 - a)",
        f"missed = {weight} * targets * torch.exp({focus} * no) * yes",
        f"return -(missed + {rest} * (1 - targets) * torch.exp({focus} * yes) * no).mean()",
    ]


# The body of `loss_of(answers, targets)`; whether each row has a single class of its own.
LOSSES: Mapping[type[nn.Loss], Callable[..., list[str]]] = {
    nn.BinaryCrossEntropy: _binary,
    nn.Focal: _focal,
    nn.Hinge: lambda loss, one_hot: ["return F.relu(1 - (2 * targets - 1) * answers).mean()"],
    nn.Huber: lambda loss, one_hot: [f"return F.huber_loss(answers, targets, delta={number(loss.threshold)})"],
    nn.MAE: lambda loss, one_hot: ["return F.l1_loss(answers, targets)"],
    nn.MSE: _mse,
    nn.SoftmaxCrossEntropy: _classes,
}


def loss_function(plan: Plan) -> list[str] | None:
    """The function that finds the loss; None for a loss of a package of its own."""
    head = ["def loss_of(answers, targets):"]
    if isinstance(plan.loss, PlaneFunction) and type(plan.loss) in PIECES:
        height = PIECES[type(plan.loss)](plan.loss).define.strip("\n").split("\n\n\n")[0]
        return [*height.split("\n"), "", "", *head, "    return height(*answers.T).mean()"]
    if type(plan.loss) not in LOSSES:
        return None
    examples = plan.examples
    one_hot = examples.one_hot and examples.binary
    return [*head, *(f"    {line}" for line in LOSSES[type(plan.loss)](plan.loss, one_hot))]


# ------------------------------------------------------------------ optimizers


def _adam(one: adaptive.Adam) -> str:
    return f"betas=({number(one.beta1)}, {number(one.beta2)}), eps={number(one.epsilon)}"


def _muon(one: matrices.Muon) -> str:
    scale = "match_rms_adamw" if one.scale == "match-rms-adamw" else "original"
    settings = f"momentum={number(one.momentum)}, nesterov={one.nesterov}, weight_decay={number(one.weight_decay)}"
    return f'{settings}, ns_steps={one.iterations}, adjust_lr_fn="{scale}"'


def _rmsprop(one: adaptive.RMSProp) -> str:
    settings = f"alpha={number(one.alpha)}, eps={number(one.epsilon)}, momentum={number(one.momentum)}"
    return f"{settings}, centered={one.centered}"


def _lbfgs(one: LBFGS) -> str:
    tolerances = f"tolerance_grad={number(one.gradient_tolerance)}, tolerance_change={number(one.change_tolerance)}"
    return f'max_iter=1, max_eval=26, history_size={one.history}, {tolerances}, line_search_fn="strong_wolfe"'


# The class in torch.optim, and its settings beside parameters and rate.
OPTIMIZERS: Mapping[type[Optimizer], tuple[str, Callable[..., str]]] = {
    adam_variants.NAdam: ("NAdam", lambda one: f"{_adam(one)}, momentum_decay={number(one.momentum_decay)}"),
    adam_variants.RAdam: ("RAdam", _adam),
    adaptive.Adadelta: ("Adadelta", lambda one: f"rho={number(one.rho)}, eps={number(one.epsilon)}"),
    adaptive.Adagrad: (
        "Adagrad",
        lambda one: f"eps={number(one.epsilon)}, initial_accumulator_value={number(one.initial_sum)}",
    ),
    adaptive.Adam: ("Adam", _adam),
    adaptive.AdamW: ("AdamW", lambda one: f"{_adam(one)}, weight_decay={number(one.weight_decay)}"),
    adaptive.AMSGrad: ("Adam", lambda one: f"{_adam(one)}, amsgrad=True"),
    adaptive.RMSProp: ("RMSprop", _rmsprop),
    LBFGS: ("LBFGS", _lbfgs),
    matrices.Adafactor: (
        "Adafactor",
        lambda one: (
            f"beta2_decay={number(one.beta2_decay)}, eps=(None, {number(one.smallest)}), "
            f"d={number(one.threshold)}, weight_decay={number(one.weight_decay)}"
        ),
    ),
    matrices.Muon: ("Muon", _muon),
    SAM: ("SGD", lambda one: f"momentum={number(one.momentum)}"),
    sgd.Momentum: ("SGD", lambda one: f"momentum={number(one.momentum)}"),
    sgd.Nesterov: ("SGD", lambda one: f"momentum={number(one.momentum)}, nesterov=True"),
    sgd.SGD: ("SGD", lambda one: ""),
}
# What PyTorch lacks, and whose lines stand in the program itself.
BY_LINES = (adam_variants.AdaBelief, sgd.Lion)
