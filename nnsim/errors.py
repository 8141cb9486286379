"""The one exception that a person sees: a sentence, never a traceback."""


class NnsimError(Exception):
    """What is wrong, where, and what is allowed, in one line; the program ends with exit status 2."""


class ScenarioError(NnsimError):
    """A scenario, or a setting of one, is not what it may be."""


class OutputError(NnsimError):
    """A file cannot be written, or may not be."""


class RecordingError(NnsimError):
    """A recording is damaged, foreign or of a version that this nnsim does not know."""
