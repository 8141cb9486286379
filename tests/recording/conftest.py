"""What tests of damage share: the bytes of a sound recording of their module's `run`, and a copy to damage."""

import pytest

from nnsim.recording import save


@pytest.fixture(scope="module")
def sound(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "x.nnsim"
    save(path, [run.timeline])
    return path.read_bytes()


@pytest.fixture
def path(sound, tmp_path):
    path = tmp_path / "x.nnsim"
    path.write_bytes(sound)
    return path
