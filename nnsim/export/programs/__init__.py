"""Programs: a run as plain source code, made from its plan; each method has one small piece in one table."""
