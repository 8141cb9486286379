"""The JSON Schema of scenario files holds for every scenario, and finds fifty that are broken in form."""

import json
import tomllib

import jsonschema
import pytest

import scenarios
from nnsim.errors import ScenarioError
from nnsim.scenario.json_schema import DIALECT, PARTS, scenario_schema
from nnsim.scenario.new_scenario import template
from nnsim.scenario.scenario import parse_scenario


@pytest.fixture(scope="module")
def schema():
    return scenario_schema()


@pytest.fixture(scope="module")
def validator(schema):
    return jsonschema.Draft202012Validator(schema)


def test_it_is_a_schema_of_its_dialect_and_pure_json(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert json.loads(json.dumps(schema)) == schema


def test_every_reference_leads_somewhere(schema):
    named = {one.rpartition("/")[2] for one in json.dumps(schema).split('"') if one.startswith("#/$defs/")}
    assert named <= set(schema["$defs"])


def test_no_field_takes_just_anything(schema):
    """A field with a structure of its own that the schema would not know is found here."""
    loose = set()
    for name, table in {"top": schema, **schema["$defs"]}.items():
        for key, field in table.get("properties", {}).items():
            if not set(field) - {"default", "description"}:
                loose.add((name, key))
    assert loose == set()


@pytest.mark.parametrize("name", [*scenarios.names(), "tour"])
def test_every_scenario_fits(validator, name):
    path = scenarios.TOUR if name == "tour" else scenarios.path_of(name)
    assert [one.message for one in validator.iter_errors(tomllib.loads(path.read_text()))] == []


def test_the_template_fits(validator):
    assert validator.is_valid(tomllib.loads(template("x")))


@pytest.mark.parametrize("family", sorted(PARTS))
def test_every_kind_is_told_apart_by_its_name(schema, family):
    for kind in PARTS[family]:
        described = schema["$defs"][f"{family}.{kind}"]["properties"]
        assert described["kind"] == {"const": kind}
        assert {"$ref": f"#/$defs/{family}.{kind}"} in schema["$defs"][family]["oneOf"]
        assert kind in schema["$defs"][family]["oneOf"][0]["enum"]


HEAD = 'title = "t"\nsummary = "s"\n'
DATA = '[data]\nkind = "parity"\n'
ALL = HEAD + DATA
ASK = 'ask = "?"\nanswer = "loss<1"\nat = "epoch 1"\n'

RIGHT = [
    ALL,
    HEAD + 'data = "xor"\nloss = "mse"\noptimizer = "adam"\nschedule = "cosine"\n',
    ALL + "[schedule]\nrate = 3\n",  # a constant one, which needs no name
    ALL + '[optimizer]\nkind = "adam"\nbeta1 = 0.5\n',
    ALL + '[model]\nhidden = [2, 3]\nactivation = ["relu", { kind = "leaky-relu", slope = 0.1 }]\n',
    ALL + '[model]\nlayers = [{ kind = "dense", units = 3, activation = "relu" }, "batch-norm"]\n',
    ALL + "[train]\nearly_stopping = true\nvalidation = 0.5\n",
    ALL + f'[[lesson]]\n{ASK}choices = ["a", "b"]\n',
    ALL + '[[lesson]]\nask = "?"\nanswer = "loss"\nat = "epoch 1"\ntolerance = 0.05\n',
    ALL + '[sweep]\nkey = "schedule.rate"\nvalues = [1, 2]\n',
    ALL + '[[variants]]\nname = "a"\nset = { "schedule.rate" = 3 }\n',
]
BROKEN = [
    "", 'title = "t"\n' + DATA, 'summary = "s"\n' + DATA, HEAD,
    'title = 3\nsummary = "s"\n' + DATA, 'title = ""\nsummary = "s"\n' + DATA,
    ALL.replace("title", "titel"), 'order = "first"\n' + ALL, "order = -1\n" + ALL, "group = 3\n" + ALL,
    'personal = "yes"\n' + ALL, 'panes = ["los"]\n' + ALL, "panes = []\n" + ALL, "format = 2\n" + ALL,
    HEAD + '[data]\nkind = "paritty"\n', HEAD + "[data]\nbits = 2\n", HEAD + '[data]\nkind = "parity"\nbit = 2\n',
    HEAD + '[data]\nkind = "parity"\nbits = 0\n', HEAD + '[data]\nkind = "parity"\nbits = "two"\n',
    HEAD + '[data]\nkind = "table"\ninputs = [[1]]\n',
    HEAD + '[data]\nkind = "table"\ninputs = [["a"]]\ntargets = [[1]]\n',
    HEAD + 'data = "none"\n', ALL + "[modle]\nhidden = [2]\n", ALL + "[model]\nhidden = [0]\n",
    ALL + "[model]\nhidden = 2\n", ALL + '[model]\nactivation = "rellu"\n', ALL + '[model]\noutput = ["relu"]\n',
    ALL + '[model]\ninitializer = { kind = "uniform", lo = 1 }\n', ALL + '[model]\nlayers = [{ kind = "dense" }]\n',
    ALL + '[model]\nlayers = [{ kind = "dropout", rate = 1.5 }]\n', ALL + "[model]\nbias = 1\n",
    ALL + '[loss]\nkind = "msee"\n', ALL + '[optimizer]\nkind = "sgd"\nmomentums = 1\n',
    ALL + '[optimizer]\nkind = "adam"\nbeta1 = 1.0\n', ALL + "[schedule]\nraet = 1\n",
    ALL + '[schedule]\nkind = "constant"\nrate = 1e7\n', ALL + '[clipping]\nkind = "norm"\n',
    ALL + '[solver]\nkind = "newton"\n', ALL + "[train]\nepoch = 3\n", ALL + "[train]\nepochs = 0\n",
    ALL + "[train]\nepochs = 1.5\n", ALL + "[train]\nepochs = true\n", ALL + '[train]\nprecision = "float16"\n',
    ALL + "[random]\nseed = -1\n", ALL + "[regularization]\nl3 = 1\n", ALL + "[surface]\nslope = [1]\n",
    ALL + '[sweep]\nkey = "schedule.rate"\n', ALL + '[[variants]]\nsummary = "a"\n',
    ALL + '[[variants]]\nname = "a"\nset = { "lesson.text" = 3 }\n', ALL + '[[lesson]]\ntxt = "a"\n',
    ALL + "[[lesson]]\n", ALL + f'[[lesson]]\n{ASK}', ALL + f'[[lesson]]\n{ASK}choices = ["a"]\n',
    ALL + f'[[lesson]]\n{ASK}choices = ["a", "b"]\ntolerance = 1\n',
    ALL + '[[lesson]]\nask = "?"\nchoices = ["a", "b"]\n',
    ALL + '[[lesson]]\ntext = "a"\nwithin = 3\n', ALL + '[[lesson]]\nwhen = "epoch 1"\ngoal = "epoch 2"\n',
    ALL + '[[lesson]]\ntext = "a"\nclaims = [{ says = "a" }]\n',
    ALL + '[[lesson]]\ntext = "a"\nshow = ["lesson"]\n',
    ALL + '[[lesson]]\ntext = "a"\nmark = { place = 1 }\n',
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_right_to_both(validator, text):
    parse_scenario(text, name="x", source="x.toml")
    assert [one.message for one in validator.iter_errors(tomllib.loads(text))] == []


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_broken_in_form_is_broken_to_both(validator, text):
    with pytest.raises(ScenarioError):
        parse_scenario(text, name="x", source="x.toml")
    assert not validator.is_valid(tomllib.loads(text))


def test_there_are_fifty_of_them():
    assert len(set(BROKEN)) >= 50


def test_the_command_prints_it(schema, capsys):
    from nnsim.cli import execute

    assert execute(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema
