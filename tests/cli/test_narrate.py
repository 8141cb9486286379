"""`nnsim run --narrate` tells the run on standard error, and leaves standard output as it is."""

import json


def test_a_run_is_told_on_standard_error_and_the_summary_stays(nnsim):
    silent, told = nnsim("run", "xor-plateau"), nnsim("run", "xor-plateau", "--narrate")
    assert told.status == 0
    assert told.out.splitlines()[3:] == silent.out.splitlines()[3:]  # but for the time that it took
    lines = told.err.splitlines()
    assert all(line.startswith("epoch ") and line.endswith(".") for line in lines)
    epochs = [int(line.split(":")[0].removeprefix("epoch ").replace(",", "")) for line in lines]
    assert epochs == sorted(set(epochs))
    assert {1, 10, 100, 1000, 10_000} <= set(epochs)
    assert len(lines) < 20
    assert "plateau" in lines[-1]
    assert "all 10,000 epochs are trained" in lines[-1]


def test_json_stays_alone_on_standard_output(nnsim):
    done = nnsim("run", "xor", "--epochs", 20, "--narrate", "--json")
    assert json.loads(done.out)["epochs"] == 20
    assert done.err.startswith("epoch 1: The loss starts at 0.55")


def test_a_diverging_run_says_so_last(nnsim, diverging):
    done = nnsim("run", diverging, "--narrate")
    lines = done.err.splitlines()
    assert done.status == 1
    assert any("diverging" in line for line in lines)
    assert "Diverged: loss became inf" in lines[-2]
    assert lines[-1].startswith("nnsim: ")
