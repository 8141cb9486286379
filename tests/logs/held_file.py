"""A reader that stops in the midst of reading a file: run as a program, it says when it holds it, and waits."""

import sqlite3
import sys

if __name__ == "__main__":
    connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM meta").fetchone()
    print("held", flush=True)
    sys.stdin.readline()
