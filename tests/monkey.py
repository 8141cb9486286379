"""A monkey at the keyboard and the mouse: random inputs for the whole app, and what must hold after each of them.

An input is a line of text (`key right`, `click 10 5`, `resize 80 24`), so that a failing run can be read, kept,
tried again and made shorter. Which inputs are likely depends on what is on the screen; the numbers come from a
generator.
"""

import asyncio
import random
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from monkey_inputs import CONTROL, KEYS, OTHERS, SIZES, WAYS, WORDS
from shared import bundled
from textual import events
from textual.command import CommandPalette
from textual.geometry import Size
from textual.keys import _character_to_key as key_of
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.worker import WorkerFailed

from nnsim.errors import NnsimError
from nnsim.output_files import ANYWHERE, free_path
from nnsim.recording import open_recording, save
from nnsim.recording.verification import verify
from nnsim.session.session import Session
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from screens.app import NnsimApp
from screens.dialogs import save as save_dialog
from screens.home import Home
from screens.panes.pane import Pane
from screens.workbench.workbench import Workbench

LONGEST_S = 2.0  # of processor time, for an input
LONGEST_WAY_OUT_S = 5.0  # likewise, from wherever the monkey is to the palette and back
LOOKS_EVERY = 100  # inputs, whether there is a way out
BEYOND = 7  # steps that the runs are trained on, before they are compared in the end
DEEPEST = 6  # screens above each other
LAST = 50  # inputs that are told of a failure


class Fault(Exception):
    """Something that must not happen."""


class Ended(Exception):
    """The program has been left, as it may be."""


@contextmanager
def caged(folder: Path):
    """Everything that the monkey keeps, saves and copies stays in a folder, whatever it types."""
    allowed = save_dialog.path_of

    def within(text: str) -> Path:
        path = allowed(text)
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError("outside the cage")
        return path

    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_PICTURES_DIR", "XDG_DATA_HOME", "XDG_STATE_HOME", "HOME"):
            patch.setenv(name, str(folder / name))
        patch.setattr(save_dialog, "path_of", within)
        patch.chdir(folder)
        yield


class Monkey:
    """Random inputs into one app after the other; each begins with a scenario in a workbench.

    Args: rng: where its whims come from; None where it is told its inputs. arm: is called before each input with
    the processor time that it may take, and with 0 behind it, to end what hangs.
    """

    def __init__(
        self, name: str, rng: random.Random | None, arm: Callable[[float], object] = lambda s: None
    ) -> None:
        self.scenario = bundled(name)
        self.done: list[str] = []
        self.slowest = 0.0, ""
        self.compared = 0  # runs that were made anew
        self._rng = rng or random.Random(0)
        self._arm = arm
        self._ahead: deque[str] = deque()
        self._app = NnsimApp()
        self._pilot = None

    # ------------------------------------------------------------------ playing

    async def play(self, inputs: int) -> None:
        """So many random inputs.  Raises: Fault, or whatever was raised in the program."""
        left = inputs
        while left > 0:
            left = await self._live(self._whim, left, LOOKS_EVERY)

    async def repeat(self, told: Iterable[str]) -> None:
        """These inputs.  Raises: Fault, or whatever was raised in the program."""
        waiting = deque(told)
        while waiting:
            await self._live(waiting.popleft, len(waiting))

    async def _live(self, following: Callable[[], str], left: int, looks_every: int = 0) -> int:
        """Start the program, and use it until it is left.  Returns: how many inputs there are still to come."""
        self._app = NnsimApp()
        async with self._app.run_test(size=(100, 30)) as self._pilot:
            try:
                await self._do("open")
                while left > 0:
                    left -= 1
                    await self._do(following())
                    if looks_every and left % looks_every == 0:
                        await self._look_for_a_way_out()
                        self._compare(0)
                await self._look_for_a_way_out()
                self._compare(BEYOND)
            except Ended:
                return left
            finally:
                self._arm(0)
        return left

    async def _do(self, told: str) -> None:
        self.done.append(told)
        began = time.process_time()
        self._arm(3 * LONGEST_S)
        await self._perform(told)
        await self._settle()
        self._arm(0)
        took = time.process_time() - began
        if told != "wait":
            self.slowest = max(self.slowest, (took, told))
            if took > LONGEST_S:
                raise Fault(f"{told} took {took:.1f} s")

    async def _settle(self) -> None:
        """Wait until what came in has been handled.  Raises: Ended where that was the end."""
        for _ in range(2):
            self._look_at_the_app()
            await self._pilot.pause(0)
            while not self._app.input_queue.is_idle and self._app.return_code is None:
                await asyncio.sleep(0)
        self._look_at_the_app()

    def _look_at_the_app(self) -> None:
        error = self._app.failure
        if error is not None:
            raise error
        if self._app.return_code is None and len(self._app.screen_stack) == 1:
            raise Fault("nothing is left on the screen")
        if self._app.return_code is not None or not self._app.screen_stack:
            raise Ended

    async def _perform(self, told: str) -> None:
        app, (kind, *rest) = self._app, told.split(" ", 1)
        where = (
            [int(part) for part in rest[0].split()] if kind in ("click", "right", "wheel", "move", "resize") else []
        )
        if kind == "key":
            app.key_pressed()
            app.driver.send_message(events.Key(rest[0], character(rest[0])))
        elif kind == "paste":
            app.driver.send_message(events.Paste(rest[0]))
        elif kind in ("click", "right"):
            for one in (events.MouseDown, events.MouseUp):
                app.driver.send_message(mouse(one, *where, button=1 if kind == "click" else 3))
        elif kind == "wheel":
            app.driver.send_message(mouse((events.MouseScrollUp, events.MouseScrollDown)[where.pop()], *where))
        elif kind == "move":
            app.driver.send_message(mouse(events.MouseMove, *where))
        elif kind == "resize":
            app.driver._size = (where[0], where[1])
            app.post_message(events.Resize(Size(*where), Size(*where)))
        elif kind == "wait":
            await self._pilot.pause(0.15)
        elif isinstance(app.screen, ModalScreen) or (kind == "replay" and app.router.recorded_in is not None):
            pass  # nobody opens anything over a dialog, or a replay over another
        elif kind == "open":
            app.router.open_workbench(Session.of_scenario(self.scenario))
        elif kind == "replay":
            try:
                app.router.open_recording(ANYWHERE.recordings / rest[0])
            except NnsimError as error:
                app.tell(str(error))
        else:
            raise ValueError(told)

    # ------------------------------------------------------------------ whims

    def _whim(self) -> str:
        """The next input, as it may come to a monkey's mind that sees the screen."""
        if self._ahead:
            return self._ahead.popleft()
        rng, app = self._rng, self._app
        if len(app.screen_stack) > DEEPEST:
            return rng.choice(("key escape", "key q", "key d"))
        if isinstance(app.screen, Home) and rng.random() < 0.3:
            return "open"
        chance = rng.random()
        if isinstance(app.screen, ModalScreen) and chance < 0.65:
            return "key escape" if chance < 0.15 else self._in_a_dialog()
        if chance < 0.45:
            keys = [key for key in app.screen.active_bindings if key not in ("ctrl+q", "ctrl+c")]
            pane = app.screen.focused
            if isinstance(pane, Pane) and pane.BINDINGS and rng.random() < 0.6:
                keys = [key for binding in pane.BINDINGS for key in binding.key.split(",")]
            return f"key {rng.choice(keys)}" if keys else "key escape"
        if chance < 0.58 and not isinstance(app.screen, ModalScreen):
            self._ahead.extend(self._way())
            return self._ahead.popleft() if self._ahead else "wait"
        if chance < 0.66:
            return f"key {rng.randrange(10)}"
        if chance < 0.78:
            keys = rng.choice((tuple("abcdefghijklmnopqrstuvwxyzACFGLNTVXZ"), CONTROL, OTHERS))
            return f"key {rng.choice(keys)}"
        if chance < 0.93:
            return self._by_mouse()
        if chance < 0.96:
            return f"resize {' '.join(map(str, self._size()))}"
        if chance < 0.98:
            return "wait"
        saved = sorted(ANYWHERE.recordings.glob("*.nnsim"))
        return f"replay {rng.choice(saved).name}" if saved else "key w"

    def _size(self) -> tuple[int, int]:
        rng = self._rng
        return rng.choice(SIZES) if rng.random() < 0.5 else (rng.randrange(20, 221), rng.randrange(5, 61))

    def _in_a_dialog(self) -> str:
        rng, app = self._rng, self._app
        if isinstance(app.screen.focused, Input) and rng.random() < 0.6:
            word = rng.choice(WORDS)
            if rng.random() < 0.3:
                return f"paste {word}"
            if not isinstance(app.screen, CommandPalette) and rng.random() < 0.7:
                self._ahead.append("key ctrl+u")
            self._ahead.extend(f"key {key_of(one)}" for one in word[:12])
            if rng.random() < 0.7:
                self._ahead.append("key enter")
            return self._ahead.popleft()
        return f"key {rng.choice(('enter', 'enter', 'down', 'down', 'up', 'right', 'left', 'pagedown', 'escape'))}"

    def _way(self) -> list[str]:
        found = []
        for step in self._rng.choice(WAYS):
            key, _, most = step.partition(" ")
            if key == "wait":
                found.append("wait")
            elif key == "word":
                found.append(f"paste {self._rng.choice(WORDS)}")
            else:
                found += [f"key {key}"] * (self._rng.randint(1, int(most)) if most else 1)
        return found

    def _by_mouse(self) -> str:
        rng, size = self._rng, self._app.size
        place = f"{rng.randrange(max(1, size.width))} {rng.randrange(max(1, size.height))}"
        if rng.random() < 0.15:  # the footer, where every cell does something
            place = f"{rng.randrange(max(1, size.width))} {max(0, size.height - 1)}"
        kind = rng.choice(("click", "click", "click", "right", "move", "wheel"))
        return f"{kind} {place} {rng.randrange(2)}" if kind == "wheel" else f"{kind} {place}"

    # ------------------------------------------------------------------ what must hold

    async def _look_for_a_way_out(self) -> None:
        """Escape leads back to a screen that answers.  Raises: Fault where none does."""
        began = time.process_time()
        for _ in range(2 * DEEPEST):
            if not isinstance(self._app.screen, ModalScreen):
                break
            await self._do("key escape")
        else:
            raise Fault(f"no escape from {self._app.screen}")
        await self._do("key ctrl+p")
        if not isinstance(self._app.screen, CommandPalette):
            raise Fault(f"no palette over {self._app.screen}")
        await self._do("key escape")
        if isinstance(self._app.screen, CommandPalette):
            await self._do("key escape")
        if isinstance(self._app.screen, ModalScreen):
            raise Fault("the palette stays")
        if time.process_time() - began > LONGEST_WAY_OUT_S:
            raise Fault(f"the way out took {time.process_time() - began:.1f} s")

    def _compare(self, beyond: int) -> None:
        """Every run that is left, so many steps later, is what its scenario, settings and commands give.

        Raises: Fault.
        """
        for screen in self._app.screen_stack:
            if isinstance(screen, Workbench):
                screen.session.motion.stay()
                if screen.session.view.live:
                    self._compare_session(screen.session, beyond)

    def _compare_session(self, session: Session, beyond: int) -> None:
        for track in session.tracks:
            if track.run is not None:
                track.run.advance_to(track.timeline.length + beyond)
                compare(track.run)
                self.compared += 1
        path = free_path(ANYWHERE.recordings, "compared")
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, [track.timeline for track in session.tracks])
        with open_recording(path) as recording:
            verdict = verify(recording)
        path.unlink()
        if not verdict.verified:
            raise Fault(f"not verified: {'; '.join(verdict.differing)}")


def compare(run: Run) -> None:
    """Train a run again from nothing but its scenario, settings and commands.  Raises: Fault where it differs."""
    timeline = run.timeline
    anew = Run(timeline.scenario, timeline.variant, timeline.settings)
    for command in timeline.commands:
        anew.advance_to(command.step)
        anew.change(command.key, command.value)
    anew.advance_to(timeline.length)
    for name, parameters in (
        ("made anew", anew.trainer.parameters),
        ("looked at", Replica(timeline).at(timeline.length).parameters),
    ):
        if not np.array_equal(run.trainer.parameters, parameters, equal_nan=True):
            raise Fault(f"{timeline.name} {name} has other parameters after step {timeline.length:,}")
    for name, series in timeline.series.items():
        if not np.array_equal(
            series.values(0, len(series)), anew.timeline.series[name].values(0, len(series)), equal_nan=True
        ):
            raise Fault(f"{timeline.name} made anew has another {name}")


def character(key: str) -> str | None:
    """What a key types, if anything."""
    if len(key) == 1:
        return key
    try:
        return unicodedata.lookup(KEYS.get(key, key).replace("_", " ").upper())
    except KeyError:
        return None


def mouse(kind: type[events.MouseEvent], x: int, y: int, button: int = 0) -> events.MouseEvent:
    """The mouse at a cell of the screen."""
    return kind(
        None, x=x, y=y, delta_x=0, delta_y=0, button=button, shift=False, meta=False, ctrl=False,
        screen_x=x, screen_y=y,
    )  # fmt: skip


def run(monkey: Monkey, inputs: int | list[str]) -> BaseException | None:
    """Let a monkey play, or repeat.  Returns: what went wrong, if anything."""
    try:
        asyncio.run(monkey.play(inputs) if isinstance(inputs, int) else monkey.repeat(inputs))
    except (Exception, asyncio.CancelledError) as error:
        return error.error if isinstance(error, WorkerFailed) else error
    return None
