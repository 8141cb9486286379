"""The context of controllers under test, which takes no app."""

import pytest
from fake_context import FakeContext
from over_time import MODEL, session_of


@pytest.fixture
def context(small_scenario):
    """The context of a run of 20 steps, with a cursor in front of its first."""

    def make(*panes, extra="", steps=20, **given):
        session = session_of(small_scenario(f"{MODEL}{extra}"), steps)
        return FakeContext(session, *panes, **given)

    return make
