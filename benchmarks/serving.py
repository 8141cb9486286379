"""Prints what a class costs that is served over SSH, in Markdown.

    python benchmarks/serving.py [sessions|stock|logins|soak|flood|class] [--write] [--sessions 2000]

Everything is on loopback, clients and all, so that two cores carry both sides.

sessions   12 and 40 students play a recording of xor at 10 epochs a second. Frames are counted by the questions for
           the cursor that end each of them; a key is painted when what it opens stands on the screen. What a frame
           takes of the processor is that of its session and of the server, encryption included.
stock      the same with a plain Textual app of three plots and a table (benchmarks/stock_app.py) in nnsim's place,
           behind the same server
logins     30 at once, until each has painted home
soak       sessions opened, used and dropped at random; memory and descriptors of the server at its start and end
flood      1,000 connections that say nothing, and a student who wants in
class      a teacher's live run, 20 students who follow it, five who fork it, all handing in, and what grade says
"""

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests/terminal")]

import stock_app  # noqa: E402
from class_server import ClassServer, make_key  # noqa: E402
from report import put, surroundings  # noqa: E402
from student import PATIENCE_S, SIZE, Student  # noqa: E402
from terminal import Terminal  # noqa: E402

from nnsim.recording import open_recording  # noqa: E402

SESSIONS = [
    *("playing", "frames/s (median)", "least", "processor a frame"),
    *("key, playing", "key, paused", "memory, largest"),
]
LIST_OF_KEYS = (b"number repeats", b"second run from", b"change settings", b"previous mark", b"same seed")
PLAY_S = 10.0
SETTLE_S = 5.0


def proportional_mb(pid: int) -> float:
    """The proportional share of a process's memory: what it shares is divided by those that share it."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("Pss:")[2].split()[0]) / 1024


def opened_server(folder: Path, *options: object, stock: bool = False) -> ClassServer:
    program = (str(ROOT / "benchmarks" / "stock_app.py"),) if stock else ("-m", "nnsim")
    return ClassServer(folder, folder / "served", "--authorized-keys", folder / "keys", *options, program=program)


def prepare(folder: Path, epochs: int = 10_000) -> None:
    (folder / "served").mkdir()
    make_key(folder / "key")
    (folder / "keys").write_text((folder / "key.pub").read_text())
    nnsim("run", "xor", "--variant", "article", "--epochs", epochs, "--record", folder / "served" / "xor.nnsim")


def nnsim(*words: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nnsim", *map(str, words)], capture_output=True, text=True, check=False
    )
    return done.stdout


def status(server: ClassServer) -> list[dict[str, object]]:
    environment = {**os.environ, "XDG_STATE_HOME": str(server.folder / "state")}
    done = subprocess.run(
        [sys.executable, "-m", "nnsim", "serve", "status", "--json"], capture_output=True, text=True,
        env=environment, check=True,
    )  # fmt: skip
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


async def playing(server: ClassServer, count: int) -> list[str]:
    """A row: so many students who play at 10 epochs a second."""
    students = [await Student.login(server, f"s{number}") for number in range(count)]
    for one in students:
        await one.wait_for(b"xor.nnsim")
        one.keys(b"\r")
        await one.wait_for(b"10,000")
    paused = [await key_ms(one) for one in students[:12]]
    for one in students:
        one.keys(b" ")
    await asyncio.sleep(2.0)
    rates, worked_ms = await measured(server, students)
    keys = [await key_ms(one) for one in students[: min(count, 20)]]
    memory = [proportional_mb(int(str(one["pid"]))) for one in status(server)]
    for one in students:
        await one.drop()
    return [
        str(count),
        f"{statistics.median(rates):.1f}",
        f"{min(rates):.1f}",
        f"{worked_ms:.1f} ms",
        f"{percentile(keys):.0f} ms",
        f"{percentile(paused):.0f} ms",
        f"{max(memory):.1f} MB",
    ]


async def plain(server: ClassServer, count: int) -> list[str]:
    """A row: so many sessions of the plain app, which asks for no answers: what has arrived is counted."""
    students = [
        await Student.login(server, f"s{number}", stock_app.MARK.encode(), answers=False) for number in range(count)
    ]
    for one in students:
        await one.wait_for(stock_app.MARK.encode())
    await asyncio.sleep(2.0)
    rates, worked_ms = await measured(server, students)
    memory = [proportional_mb(int(str(one["pid"]))) for one in status(server)]
    for one in students:
        await one.drop()
    return [
        f"{count}, plain Textual app",
        f"{statistics.median(rates):.1f}",
        f"{min(rates):.1f}",
        f"{worked_ms:.1f} ms",
        "",
        "",
        f"{max(memory):.1f} MB",
    ]


async def measured(server: ClassServer, students: list[Student]) -> tuple[list[float], float]:
    """Frames a second of each, and what a frame takes of the processor, in ms: of its session and of the server."""
    pids = [server.process.pid, *(int(str(one["pid"])) for one in status(server))]
    before, worked_s, began = [one.frames for one in students], sum(map(processor_s, pids)), time.monotonic()
    await asyncio.sleep(PLAY_S)
    took_s, worked_s = time.monotonic() - began, sum(map(processor_s, pids)) - worked_s
    drawn = [one.frames - first for one, first in zip(students, before, strict=True)]
    return [frames / took_s for frames in drawn], 1e3 * worked_s / max(1, sum(drawn))


def processor_s(pid: int) -> float:
    """How long a process has worked so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def key_ms(student: Student) -> float:
    """How long the list of keys takes to be painted; it is closed again."""
    began = time.monotonic()
    student.keys(b"?")
    await student.wait_for(*LIST_OF_KEYS)
    took = time.monotonic() - began
    student.keys(b"\x1b")
    await asyncio.sleep(0.1)
    return took * 1e3


def percentile(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


async def logins(server: ClassServer, count: int = 30) -> list[str]:
    """Everybody at once: seconds from the connection to home."""

    async def one(number: int) -> tuple[float, Student]:
        began = time.monotonic()
        student = await Student.login(server, f"s{number}")
        await student.wait_for(b"xor.nnsim")
        return time.monotonic() - began, student

    done = await asyncio.gather(*(one(number) for number in range(count)))
    for _, student in done:
        await student.drop()
    times = [took for took, _ in done]
    return [str(count), f"{statistics.median(times):.2f} s", f"{max(times):.2f} s"]


async def soak(server: ClassServer, count: int, seed: int) -> list[list[str]]:
    """Sessions opened, used and dropped at random: the server before and after."""
    draw = random.Random(seed)
    rows = [["at its start", *held(server)]]

    async def one(number: int) -> None:
        student = await Student.login(server, f"s{number % 50}")
        try:
            await student.wait_for(b"xor.nnsim")
            for _ in range(draw.randrange(4)):
                student.keys(draw.choice([b"\r", b" ", b"?", b"\x1b", b"q", b"\x1b[C", b"w"]))
                await asyncio.sleep(draw.random() * 0.2)
        finally:
            await student.drop()

    for first in range(0, count, 8):
        await asyncio.gather(
            *(one(number) for number in range(first, min(first + 8, count))), return_exceptions=True
        )
        if first % 400 == 0:
            print(f"{first} of {count}", file=sys.stderr, flush=True)
    until = time.monotonic() + PATIENCE_S
    while status(server) and time.monotonic() < until:
        await asyncio.sleep(0.5)
    await asyncio.sleep(SETTLE_S)  # connections that were cut are noticed a moment later
    return [*rows, [f"after {count:,} sessions", *held(server)]]


async def flood(server: ClassServer, count: int = 1000, addresses: int = 100) -> list[list[str]]:
    """Connections that say nothing, from many addresses, while a student logs in."""
    rows = [["before", *held(server), ""]]
    silent = [
        await asyncio.open_connection("127.0.0.1", server.port, local_addr=(f"127.0.1.{1 + number % addresses}", 0))
        for number in range(count)
    ]
    began = time.monotonic()
    student = await Student.login(server, "anna")
    await student.wait_for(b"xor.nnsim")
    rows += [[f"{count:,} silent connections", *held(server), f"{time.monotonic() - began:.2f} s"]]
    await student.drop()
    for _, writer in silent:
        writer.close()
    await asyncio.sleep(SETTLE_S)
    return [*rows, ["after them", *held(server), ""]]


def held(server: ClassServer) -> list[str]:
    pid = server.process.pid
    rss = int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [f"{rss:.1f} MB", str(len(os.listdir(f"/proc/{pid}/fd"))), str(len(children))]


async def school_day(server: ClassServer, served: Path, hand_ins: Path) -> list[list[str]]:
    """A teacher's live run of three pages, 20 students who follow it and predict, five who fork it, all handing in:
    what grade says."""
    live = served / "live.nnsim"
    teacher = Terminal([sys.executable, "-m", "nnsim", "open", "xor", "--record", str(live)], *SIZE)
    try:
        teacher.wait_for("epoch 0/")
        teacher.keys("200", "\x1b[C")
        teacher.wait_for("epoch 200/")
        students = [await Student.login(server, f"pupil{number:02}") for number in range(20)]
        for one in students:
            await one.stands("live.nnsim")
            one.keys(b"\t\r")
            await one.stands("epoch 200/")
        teacher.keys("\r")
        teacher.wait_for("part 2")
        teacher.keys("\x1b[F")
        teacher.wait_for("epoch 200/")
        teacher.keys("100", "\x1b[C")
        teacher.wait_for("epoch 300/")
        for number, one in enumerate(students):
            await one.stands("part 2 of")  # the page of the teacher
            await one.stands("epoch 300/")
            one.keys(b"ab"[number % 2 : number % 2 + 1])  # everybody predicts; every second one is wrong
            await one.stands("Not so" if number % 2 == 0 else "Right:")
        teacher.keys("b")
        teacher.wait_for("Right:")
        teacher.keys("\r")
        teacher.wait_for("part 3")
        teacher.keys("\x1b[F")
        teacher.keys("100", "\x1b[C")
        teacher.wait_for("epoch 400/")
        for one in students:
            await one.stands("part 3 of")
            await one.stands("epoch 400/")
        for one in students[:5]:
            one.keys(b"f")
            await one.stands("Fork")
            one.keys(b"rate\r")
            await one.stands("schedule.rate")
            one.keys(b"\x150.5\r")
            await one.stands("fork")
        for one in students:
            one.keys(b"w")
            await one.stands(".nnsim")
            one.keys(b"\r")
        async with asyncio.timeout(PATIENCE_S):
            while len([*hand_ins.rglob("*.nnsim")]) < len(students):
                await asyncio.sleep(0.2)
        for one in students:
            await one.drop()
    finally:
        teacher.keys("q", "q")
        teacher.close()
    graded = json.loads(nnsim("grade", hand_ins, "--json"))
    return [
        [
            one["student"] or "-",
            "yes" if one["verified"] else one["error"] or "no",
            one["lesson"],
            ", ".join(f"{it['answer']} ({'right' if it['right'] else 'not so'})" for it in one["questions"]),
            str(runs_in(Path(one["file"]))),
        ]
        for one in graded["files"]
    ]


def runs_in(path: Path) -> int:
    """How many runs a recording holds, forks included."""
    with open_recording(path) as recording:
        return len(recording.timelines)


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"| {' | '.join(['---'] + ['---:'] * (len(heads) - 1))} |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "what", nargs="?", default="sessions", choices=("sessions", "stock", "logins", "soak", "flood", "class")
    )
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--sessions", type=int, default=2000, metavar="N", help="of the soak")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--counts", default="12,40")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        prepare(folder)
        kept = ("--allow-training", "--data", folder / "hand-ins") if arguments.what == "class" else ()
        server = opened_server(folder, *kept, stock=arguments.what == "stock")
        try:
            match arguments.what:
                case "sessions" | "stock":
                    heads = SESSIONS
                    row = playing if arguments.what == "sessions" else plain
                    rows = [asyncio.run(row(server, int(one))) for one in arguments.counts.split(",")]
                case "logins":
                    heads, rows = ["logins at once", "home (median)", "last"], [asyncio.run(logins(server))]
                case "flood":
                    heads = ["server", "memory", "descriptors", "children", "a student logs in, and sees home"]
                    rows = asyncio.run(flood(server))
                case "class":
                    heads = ["student", "verified", "lesson", "page 2", "runs"]
                    rows = asyncio.run(school_day(server, folder / "served", folder / "hand-ins"))
                case _:
                    heads = ["server", "memory", "descriptors", "children"]
                    rows = asyncio.run(soak(server, arguments.sessions, arguments.seed))
        finally:
            server.close()
    lines = [*table(heads, rows), "", f"{surroundings()}."]
    print("\n".join(lines))
    if arguments.write:
        put(f"serving {arguments.what}", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
