"""Commands on tables, carried out inside the process of the tests."""

import json

import pytest

from nnsim.cli import execute


@pytest.fixture
def run(capsys):
    """Carries out a command: its exit status, and what it said."""

    def carry_out(*arguments):
        status = execute([str(one) for one in arguments])
        return status, *capsys.readouterr()

    return carry_out


@pytest.fixture
def became(tmp_path, run):
    """What becomes of the columns of a table with this content, by name, and the whole report."""

    def check(content, *options, name="rows.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        status, out, err = run("check", path, *options, "--json")
        assert (status, err) == (0, "")
        report = json.loads(out)
        assert list(report) == ["columns", "rows", "left_out", "leaks"]
        assert all(list(one) == ["name", "became", "reason"] for one in report["columns"])
        return {one["name"]: one["became"] for one in report["columns"]}, report

    return check
