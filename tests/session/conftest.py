"""A session that tests of edits change."""

import pytest
from small_session import TEXT

from nnsim.scenario.scenario import parse_scenario
from nnsim.session.session import Session


@pytest.fixture
def session():
    return Session.of_scenario(parse_scenario(TEXT, name="small", source="small.toml"))
