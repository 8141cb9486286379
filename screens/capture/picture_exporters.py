"""Pictures and films of a recording, as `nnsim export` writes them."""

import math
from collections.abc import Iterator

from textual.strip import Strip

from nnsim.errors import NnsimError
from nnsim.export.asciicast import asciicast
from nnsim.export.exporter import Exporter, Extra, Request, choose, one_file
from nnsim.session.playback import speed_index
from nnsim.session.session import Session
from nnsim.terminal.theme_names import DEFAULT
from nnsim.text import quote
from nnsim.timeline import Cursor
from screens.capture.headless import Caption, film, pane_picture, photograph, photograph_pane
from screens.capture.svg import svg
from screens.capture.vega_lite import specification
from screens.plots import Chart

FILM_S = 10.0  # about how long a film takes where nobody says a speed
PILLOW = Extra("Pillow", "png", "PIL", "svg")
FILM = frozenset({"--step", "--pane", "--size", "--speed", "--idle-limit"})
PICTURE = frozenset({"--step", "--pane", "--size", "--title", "--x-label", "--y-label"})


def _session(request: Request) -> Session:
    session = Session.of_timelines(request.timelines)
    if request.run is not None:
        session.motion.focus_on(choose(request.timelines, request.run, None)[0].number - 1)
    return session


def _placed(request: Request) -> Session:
    session = _session(request)
    if request.place is None:
        session.motion.head_for(session.view.end)
    else:
        session.motion.go_to(request.place)
    return session


def _picture(request: Request) -> tuple[list[Strip], str]:
    session = _placed(request)
    picture, theme = request.picture, request.picture.theme or DEFAULT
    if request.pane is None:
        return photograph(session, request.size, theme), session.scenario.title
    caption = Caption(picture.title, picture.x_label, picture.y_label)
    strips = photograph_pane(session, request.size, request.pane, caption, theme)
    return strips, picture.title or session.scenario.title


def _svg(request: Request) -> Iterator[str]:
    strips, title = _picture(request)
    yield svg(strips, f"nnsim · {title}")


def _png(request: Request) -> Iterator[bytes]:
    from screens.capture.png import png

    yield png(_picture(request)[0])


def _vega_lite(request: Request) -> Iterator[str]:
    picture, pane = request.picture, request.pane or "loss"
    caption = Caption(picture.title, picture.x_label, picture.y_label)
    found, title = pane_picture(_placed(request), request.size, pane, caption)
    if not isinstance(found, Chart):
        raise NnsimError(f"--pane {quote(pane)}: draws no curves over two axes (allowed: as loss does)")
    yield specification(found, title)


def _film(request: Request) -> Iterator[str]:
    session = _session(request)
    if request.place is None:
        session.motion.head_for(Cursor())
    else:
        session.motion.go_to(request.place)
    session.playback.idle_limit_s = request.idle_limit_s
    per_epoch, first = session.view.steps_per_epoch, session.cursor.step
    epochs = (session.view.end.step - first) / per_epoch
    session.playback.speed = speed_index(epochs / FILM_S if request.epochs_per_s is None else request.epochs_per_s)

    def look() -> bool:
        done, whole = ((one.step - first) // per_epoch for one in (session.cursor, session.view.end))
        loss = session.focused.timeline.record(session.cursor.step).get("loss", math.nan)
        return request.progress(done, whole, "epochs", loss)

    yield from asciicast(
        request.size,
        session.scenario.title,
        film(session, request.size, request.pane, look, request.picture.theme or DEFAULT),
    )


SVG = Exporter(".svg", one_file(_svg), PICTURE)
PNG = Exporter(".png", one_file(_png), PICTURE, is_text=False, needs=PILLOW)
VEGA_LITE = Exporter(".vl.json", one_file(_vega_lite), PICTURE)
ASCIICAST = Exporter(".cast", one_file(_film), FILM, interruptible=True)
