"""What every interface drives: the runs under one cursor, how they are edited, played and followed."""
