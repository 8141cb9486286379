"""How much each setting of a sweep decides, measured beside the screen that shows it."""

from collections.abc import Callable
from threading import Thread

from textual.message import Message

from nnsim.errors import NnsimError
from nnsim.sweep.combinations import Combinations
from nnsim.sweep.setting_importance import Importances, importances


class ImportanceMeasured(Message):
    """How much each setting decides is known; or why it is not."""

    def __init__(self, asked: object, found: Importances | None, refused: str = "") -> None:
        super().__init__()
        self.asked, self.found, self.refused = asked, found, refused


class ImportanceMeasure:
    """Has a forest grown in a thread, once for each state of the table and figure.

    Args: post: sends a message to the screen, from any thread; the screen passes it on to `take`.
    """

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._measured: ImportanceMeasured | None = None
        self._measuring: object = None  # what is under way is asked of

    def of(self, asked: object) -> ImportanceMeasured | None:
        """What is known of a state; None where it is not measured yet."""
        return self._measured if self._measured is not None and self._measured.asked == asked else None

    def ask(self, asked: object, combinations: Combinations) -> None:
        """Begins to measure, where that is neither done nor under way."""
        if self.of(asked) is not None or self._measuring == asked:
            return
        self._measuring = asked

        def grow() -> None:
            try:
                self._post(ImportanceMeasured(asked, importances(combinations)))
            except NnsimError as error:
                self._post(ImportanceMeasured(asked, None, str(error)))

        Thread(target=grow, name="setting-importance", daemon=True).start()

    def take(self, message: ImportanceMeasured) -> None:
        """Takes what a thread has found."""
        self._measured, self._measuring = message, None
