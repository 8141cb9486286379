"""The panes, by the names that a scenario gives them; each is imported when it is asked for."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from screens.panes.pane import Pane
from screens.panes.pane_context import PaneContext

# Where each stands: its module in this room, and its class.
WHERE = {
    "arithmetic": ("arithmetic", "ArithmeticPane"),
    "arrays": ("step_arrays", "ArraysPane"),
    "best": ("best_loss", "BestPane"),
    "code": ("code", "CodePane"),
    "data": ("data", "DataPane"),
    "decision": ("decision", "DecisionPane"),
    "diagnosis": ("diagnosis_pane", "DiagnosisPane"),
    "figures": ("figures", "FiguresPane"),
    "gap": ("variant_gap", "GapPane"),
    "gradients": ("gradients", "GradientsPane"),
    "hill": ("hill", "HillPane"),
    "importance": ("importance", "ImportancePane"),
    "lesson": ("lesson", "LessonPane"),
    "loss": ("loss", "LossPane"),
    "metrics": ("metrics", "MetricsPane"),
    "narrator": ("narrator", "NarratorPane"),
    "network": ("network_drawing", "NetworkPane"),
    "predicted": ("predicted_actual", "PredictedPane"),
    "predictions": ("predictions", "PredictionsPane"),
    "runs": ("runs_table", "RunsPane"),
    "schedule": ("schedule", "SchedulePane"),
    "sharpness": ("sharpness_pane", "SharpnessPane"),
    "surface": ("surface", "SurfacePane"),
    "weights": ("weights", "WeightsPane"),
}


class PaneTable(Mapping[str, type[Pane]]):
    """The classes of all panes by their names, in one order."""

    def __getitem__(self, name: str) -> type[Pane]:
        module, kind = WHERE[name]
        found: type[Pane] = getattr(import_module(f"screens.panes.{module}"), kind)
        return found

    def __contains__(self, name: object) -> bool:
        return name in WHERE

    def __iter__(self) -> Iterator[str]:
        return iter(WHERE)

    def __len__(self) -> int:
        return len(WHERE)


PANES = PaneTable()


def new_pane(name: str, context: PaneContext) -> Pane:
    """A pane by its name, for the workbench that shows it."""
    pane = PANES[name]()
    pane.context = context
    return pane
