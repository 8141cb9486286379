"""Makes docs/methods/*.md, a page for each family of methods, from the docstrings."""

import re
from pathlib import Path

from family_pictures import PICTURES

from nnsim.scenario.method_reference import Family, Method, Setting, families

FOLDER = Path(__file__).resolve().parent / "methods"
# The scenario that shows a family at work.
SHOWN = {
    "activations": "activations",
    "analysis": "learning-rate-finder",
    "averaging": "weight-averages",
    "clipping": "exploding-gradients",
    "data": "playground-spiral",
    "functions": "optimizer-race-rosenbrock",
    "initializers": "initialization",
    "layers": "vanishing-gradients",
    "losses": "losses",
    "optimizers": "optimizer-race",
    "regularization": "regularization",
    "schedules": "learning-rate-schedules",
    "solvers": "needle-in-a-haystack",
    "splits": "cross-validation",
}
FORMULA = re.compile(r"(^|\s)(=|~|->|>=)\s")


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    made = {f"{family.name}.md": page(family) for family in families()}
    index = ["# Methods", "", "Made from the docstrings; `nnsim explain NAME` prints the same in the terminal.", ""]
    for family in families():
        names = ", ".join(one.name for one in family.methods)
        index.append(f"- [{family.title}]({family.name}.md): {names}")
    return {"README.md": "\n".join(index) + "\n", **made}


def page(family: Family) -> str:
    """The page of one family."""
    place = "On the command line" if family.key.startswith("nnsim ") else "In a scenario"
    parts = [f"# {family.title}", f"{place}: `{family.key}`. [All methods](README.md)"]
    scenario = SHOWN[family.name]
    parts.append(
        f"![{family.title} in nnsim](../screens/{scenario}.svg)\n\n`nnsim open {scenario}` shows them at work."
    )
    if family.name in PICTURES:
        parts.append(f"![{family.title}, computed by nnsim]({family.name}.svg)\n\n{PICTURES[family.name].told}")
    if family.settings:
        parts += ["## All of them", *prose(family.text), table(family.settings)]
    for method in family.methods:
        parts += section(method)
    return "\n\n".join(parts) + "\n"


def section(method: Method) -> list[str]:
    """The section of one method."""
    settings = [table(method.settings)] if method.settings else []
    return [f"## {method.name}", *prose(method.text), *settings]


def prose(text: str) -> list[str]:
    """Paragraphs of a docstring as Markdown: formulas stand in blocks of their own."""
    made = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.splitlines()
        indented = all(line.startswith("    ") for line in lines)
        formulas = all(FORMULA.search(line) or line.startswith(" ") for line in lines) and not lines[-1].endswith(
            "."
        )
        named = re.match(r"(Args|Returns|Raises|Note|Reference|Note\b[^:]*):", lines[0])
        if indented:
            made.append("```text\n" + "\n".join(line[4:] for line in lines) + "\n```")
        elif formulas and not named:
            made.append("```text\n" + "\n".join(lines) + "\n```")
        else:
            made += [escaped(one) for one in _notes(lines)]
    return made


def _notes(lines: list[str]) -> list[str]:
    """Lines joined to paragraphs; what begins with a word such as `Note:` begins one of its own."""
    made: list[str] = []
    for line in lines:
        label = re.match(r"(Args|Returns|Raises|Note|Reference): ?", line)
        if label or not made:
            rest = line[label.end() :] if label else line
            made.append(f"**{label[1]}.** {rest[:1].upper()}{rest[1:]}" if label else line)
        else:
            made[-1] += "\n" + line.strip()
    return made


def escaped(text: str) -> str:
    """Stars and underscores as they are, but in code, and the bold word in front."""
    head = re.match(r"\*\*\w+\.\*\* ", text)
    start = head[0] if head else ""
    parts = re.split(r"(`[^`]*`)", text[len(start) :])
    return start + "".join(one if one.startswith("`") else re.sub(r"([*_<>|])", r"\\\1", one) for one in parts)


def table(settings: tuple[Setting, ...]) -> str:
    """Settings as a table."""
    rows = ["| setting | default | allowed |", "| --- | --- | --- |"]
    rows += [f"| `{one.name}` | {escaped(one.default)} | {escaped(one.allowed)} |" for one in settings]
    return "\n".join(rows)


def write() -> None:
    """Write all pages, and take away those of families that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")
