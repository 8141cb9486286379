"""The panes, by the names that a scenario gives them."""

from screens.panes.arithmetic import ArithmeticPane
from screens.panes.best_loss import BestPane
from screens.panes.code import CodePane
from screens.panes.data import DataPane
from screens.panes.decision import DecisionPane
from screens.panes.diagnosis_pane import DiagnosisPane
from screens.panes.figures import FiguresPane
from screens.panes.gradients import GradientsPane
from screens.panes.hill import HillPane
from screens.panes.importance import ImportancePane
from screens.panes.lesson import LessonPane
from screens.panes.loss import LossPane
from screens.panes.metrics import MetricsPane
from screens.panes.narrator import NarratorPane
from screens.panes.network_drawing import NetworkPane
from screens.panes.pane import Pane
from screens.panes.pane_context import PaneContext
from screens.panes.predicted_actual import PredictedPane
from screens.panes.predictions import PredictionsPane
from screens.panes.runs_table import RunsPane
from screens.panes.schedule import SchedulePane
from screens.panes.sharpness_pane import SharpnessPane
from screens.panes.step_arrays import ArraysPane
from screens.panes.surface import SurfacePane
from screens.panes.variant_gap import GapPane
from screens.panes.weights import WeightsPane

PANES: dict[str, type[Pane]] = {
    one.kind: one
    for one in (
        ArithmeticPane, ArraysPane, BestPane, CodePane, DataPane, DecisionPane, DiagnosisPane, FiguresPane,
        GapPane, GradientsPane, HillPane, ImportancePane, LessonPane, LossPane, MetricsPane, NarratorPane,
        NetworkPane, PredictedPane, PredictionsPane, RunsPane, SchedulePane, SharpnessPane, SurfacePane,
        WeightsPane,
    )
}  # fmt: skip


def new_pane(name: str, context: PaneContext) -> Pane:
    """A pane by its name, for the workbench that shows it."""
    pane = PANES[name]()
    pane.context = context
    return pane
