#!/bin/sh
# SQLite 3.54.1: a query uses a partial index also where the value that the index asks for is bound
# (`state = :state`), because the planner looks at what is bound. The price: the statement is planned
# again at each execution, although it is prepared and cached, and the value is always the same.
# With the value written out, or with an index of all rows, it is planned once. The authorizer is
# asked whenever a statement is planned, so it counts. Below are 20 executions of one statement.
#
# Seen:
#   bound: planned 21 times, COVERING INDEX queued (at<?)
#   written out: planned 1 times, COVERING INDEX queued (at<?)
#   bound, index of all rows: planned 1 times, COVERING INDEX plain (state=? AND at<?)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'apsw==3.54.1.0'
cat >look.py <<'EOP'
import apsw


def told(name, condition, index):
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT, at INTEGER)")
    connection.execute(index)
    planned = 0

    def asked(action, *_):
        nonlocal planned
        planned += action == apsw.SQLITE_SELECT
        return apsw.SQLITE_OK

    query = f"SELECT id FROM jobs WHERE {condition} AND at < :now"
    connection.authorizer = asked
    for now in range(20):
        connection.execute(query, {"state": "queued", "now": now}).fetchall()
    connection.authorizer = None
    values = {"state": "queued", "now": 20}
    ((*_, plan),) = connection.execute(f"EXPLAIN QUERY PLAN {query}", values)
    print(f"{name}: planned {planned} times,", plan.removeprefix("SEARCH jobs USING "))


PARTIAL = "CREATE INDEX queued ON jobs (at) WHERE state = 'queued'"
told("bound", "state = :state", PARTIAL)
told("written out", "state = 'queued'", PARTIAL)
told("bound, index of all rows", "state = :state", "CREATE INDEX plain ON jobs (state, at)")
EOP
env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOS'
bound: planned 21 times, COVERING INDEX queued (at<?)
written out: planned 1 times, COVERING INDEX queued (at<?)
bound, index of all rows: planned 1 times, COVERING INDEX plain (state=? AND at<?)
EOS
