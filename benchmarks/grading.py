"""A class hands in thirty recordings, and `nnsim grade` judges them: its table, its JSON and its seconds.

    python benchmarks/grading.py [FOLDER]

The lesson is personal. Among the files are right and wrong ones, unfinished, forged (with checksums and hashes that
fit), damaged and foreign ones, and files of other students. What each is stands in its name.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "recording")]

from forged_recordings import forge_facts, forge_first, in_segment, rehash  # noqa: E402
from hand_ins import PERSONAL, answered, class_lesson, finished_hand_in, hand_in, right_choices  # noqa: E402

from nnsim.recording.format import RUNS, SEGMENTS  # noqa: E402

STUDENTS = ("Ada", "Bela", "Chloé", "Dmitri", "Emre", "Fatou", "Goro", "Hana", "Iris", "Jörg", "Kofi", "Lina")


def right(path: Path, student: str) -> None:
    finished_hand_in(path, class_lesson(PERSONAL), student)


def wrong(path: Path, student: str) -> None:
    choices = {page: 1 - choice for page, choice in right_choices(class_lesson(PERSONAL), student).items()}
    hand_in(answered(class_lesson(PERSONAL), choices, student=student)[0], path)


def unfinished(path: Path, student: str) -> None:
    choices = right_choices(class_lesson(PERSONAL), student)
    session, _ = answered(class_lesson(PERSONAL), {1: choices[1]}, student=student, hints=1)
    hand_in(session, path)


def forged_losses(path: Path, student: str) -> None:
    unfinished(path, student)
    forge_first(path, SEGMENTS, in_segment(150, -0.2), "series = 0 AND chunk = 0")
    rehash(path)


def forged_end(path: Path, student: str) -> None:
    right(path, student)
    forge_first(path, RUNS, lambda row: row.__setitem__(slice(8, 11), ["target", 200, "loss reached 0.001"]))
    rehash(path)


def own_goal(path: Path, student: str) -> None:
    lesson = class_lesson(PERSONAL.replace("loss<0.05", "loss<0.9"))
    hand_in(answered(lesson, right_choices(lesson, student), student=student)[0], path)


def own_data(path: Path, student: str) -> None:
    right_one = class_lesson(PERSONAL.replace("bits = 2", "bits = 1"))
    finished_hand_in(path, right_one, student)


def said_right(path: Path, student: str) -> None:
    choices = {page: 1 - choice for page, choice in right_choices(class_lesson(PERSONAL), student).items()}
    session, _ = answered(class_lesson(PERSONAL), choices, student=student)
    session.saving.answers = {part: replace(one, right=True) for part, one in session.saving.answers.items()}
    hand_in(session, path)


def cut(path: Path, student: str) -> None:
    right(path, student)
    path.write_bytes(path.read_bytes()[:20_000])


def flipped(path: Path, student: str) -> None:
    right(path, student)
    data = bytearray(path.read_bytes())
    data[8192::512] = bytes(one ^ 1 for one in data[8192::512])
    path.write_bytes(data)


def a_text(path: Path, student: str) -> None:
    path.write_text(f"{student}'s homework", encoding="utf-8")


def of_another_lesson(path: Path, student: str) -> None:
    name = ("xor", "linear-regression")[len(student) % 2]
    done = [sys.executable, "-m", "nnsim", "run", name, "--student", student, "--record", str(path)]
    subprocess.run(done, check=True, stdout=subprocess.DEVNULL)


def copied(path: Path, student: str) -> None:
    right(path, "Ada")
    forge_facts(path, student=student)


KINDS = [
    *[(right, one) for one in STUDENTS[:8]],
    *[(wrong, one) for one in STUDENTS[8:12]],
    *[(unfinished, one) for one in ("Mara", "Nils", "Olga", "Pia")],
    *[(forged_losses, "Quin"), (forged_end, "Rosa"), (own_goal, "Sven"), (own_data, "Tara"), (said_right, "Umut")],
    *[(cut, "Vera"), (flipped, "Walt"), (a_text, "Xenia")],
    *[(of_another_lesson, "Yara"), (of_another_lesson, "Zoe")],
    *[(copied, one) for one in ("Abel", "Berta", "Cem", "Doris")],
]


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="class-"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "class.toml").write_text(PERSONAL, encoding="utf-8")
    for make, student in KINDS:
        path = folder / f"{student.lower()}-{make.__name__.replace('_', '-')}.nnsim"
        path.unlink(missing_ok=True)
        make(path, student)
    command = [sys.executable, "-m", "nnsim", "grade", str(folder), "--against", str(folder / "class.toml")]
    began = time.perf_counter()
    table = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")
    seconds = time.perf_counter() - began
    print(table.stdout, table.stderr, sep="")
    as_json = subprocess.run([*command, "--json"], check=False, capture_output=True, text=True, encoding="utf-8")
    found = json.loads(as_json.stdout)
    print(json.dumps(found, indent=1, ensure_ascii=False))
    passing = [
        Path(one["file"]).stem
        for one in found["files"]
        if one["verified"] and one["finished"] and all(each["right"] for each in one["questions"])
    ]
    expected = sorted(f"{student.lower()}-right" for make, student in KINDS if make is right)
    print(f"{len(KINDS)} files, {seconds:.1f} s by the clock, exit status {table.returncode}")
    print(f"passed: {', '.join(passing)}")
    if sorted(passing) != expected:
        sys.exit(f"should have passed: {', '.join(expected)}")


if __name__ == "__main__":
    main()
