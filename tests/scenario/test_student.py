"""Who a student is, and the numbers that are theirs alone."""

import hashlib

import pytest

from nnsim.errors import NnsimError, ScenarioError
from nnsim.scenario.scenario import parse_scenario
from nnsim.scenario.student import LONGEST_STUDENT, personal_seed, student_name
from nnsim.session.session import Session

TEXT = 'title = "t"\nsummary = "s"\npersonal = true\n[data]\nkind = "parity"\nbits = 2\n[random]\nseed = 5\n'
PERSONAL = parse_scenario(TEXT, name="own", source="own.toml")


def seed_of(session):
    return session.focused.timeline.plan.seed


def test_the_seed_is_the_first_four_bytes_of_a_hash_of_name_and_scenario():
    digest = hashlib.sha256(b"j\xc3\xb6rg strasser\x00own").digest()
    for written in ("Jörg Straßer", "  jo\u0308rg STRASSER\t"):
        assert personal_seed(written, "own") == int.from_bytes(digest[:4], "big")
    assert personal_seed("Jörg Straßer", "other") != personal_seed("Jörg Straßer", "own")
    assert personal_seed("Jorg Straßer", "own") != personal_seed("Jörg Straßer", "own")


def test_a_personal_scenario_opens_with_the_student_s_seed_and_says_where_nobody_is_named():
    mine = Session.of_scenario(PERSONAL, student="Ada")
    assert (seed_of(mine), mine.notices.take()) == (personal_seed("Ada", "own"), "")
    assert seed_of(Session.of_scenario(PERSONAL, settings={"random.seed": 9}, student="Ada")) == 9
    nobody = Session.of_scenario(PERSONAL)
    assert seed_of(nobody) == 5
    assert "Answers will not count" in nobody.notices.take()
    for_all = Session.of_scenario(
        parse_scenario(TEXT.replace("personal = true\n", ""), name="own", source="x"), student="Ada"
    )
    assert (seed_of(for_all), for_all.notices.take(), for_all.saving.student) == (5, "", "Ada")


def test_a_seed_cannot_be_personal_and_swept():
    with pytest.raises(ScenarioError, match="personal: does not go with sweep"):
        parse_scenario(f'{TEXT}[sweep]\nkey = "random.seed"\nvalues = [1, 2]\n', name="own", source="own.toml")


@pytest.mark.parametrize(("given", "environment", "name"), [
    (None, {}, ""),
    (None, {"NNSIM_STUDENT": "  "}, ""),
    (None, {"NNSIM_STUDENT": " Ada\u202e \x1b Lovelace\n"}, "Ada Lovelace"),
    ("Grace", {"NNSIM_STUDENT": "Ada"}, "Grace"),
    ("x" * LONGEST_STUDENT, {}, "x" * LONGEST_STUDENT),
])  # fmt: skip
def test_a_name_is_cleaned(given, environment, name):
    assert student_name(given, environment) == name


@pytest.mark.parametrize(("given", "environment", "source"), [
    ("", {}, "--student"),
    (" \x1b ", {"NNSIM_STUDENT": "Ada"}, "--student"),
    ("x" * (LONGEST_STUDENT + 1), {}, "--student"),
    (None, {"NNSIM_STUDENT": "x" * 5000}, "NNSIM_STUDENT"),
    (None, {"NNSIM_STUDENT": "\x1b"}, "NNSIM_STUDENT"),
])  # fmt: skip
def test_what_is_no_name_is_refused(given, environment, source):
    with pytest.raises(NnsimError, match=f"^{source} .*: is no name"):
        student_name(given, environment)
