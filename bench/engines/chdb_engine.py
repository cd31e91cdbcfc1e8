"""chDB, which is ClickHouse in the process: over Parquet files; loads into a table of its own; long answers to Parquet."""

import json

import chdb
from chdb.session import Session
from child import checks_sql, filled, remove

version = f"{chdb.__version__} (ClickHouse {chdb.engine_version})"
tasks = None

# The part of the memory that a query may take; the rest is for Python and what it does not count.
query_part = 0.7


def start(ask, setting):
    loads = ask["kind"] == "load"
    place = f"{ask['output']}_chdb" if loads else f"{setting['scratch']}/chdb"
    remove(place)
    session = Session(place)
    for name, value in {
        "max_threads": setting["threads"],
        "max_memory_usage": int(setting["memory"] * query_part),
        # As others have it: nulls beside what has no partner.
        "join_use_nulls": 1,
    }.items():
        session.query(f"set {name} = {value}")
    # Its median is of a sample, its len has another name.
    query = filled(ask, table).replace("median(", "quantileExactInclusive(0.5)(")
    checks = ask["checks"] and [check.replace("len(", "length(") for check in ask["checks"]]
    file = f"{ask['output']}.parquet"

    def rows(sql):
        return json.loads(session.query(sql, "JSONCompact").data())["data"]

    def into(engine):
        session.query("drop table if exists answer")
        session.query(f"create table answer engine = {engine} as {query}")

        def answer():
            names = checks or [check(name, kind) for name, kind, *_ in rows("describe answer")]
            return {"sums": [float(value or 0) for value in rows(f"select {checks_sql(names)} from answer")[0]]}

        return answer

    def long():
        remove(file)
        session.query(f"select * from ({query}) into outfile '{file}' format Parquet")
        return lambda: {"file": file}

    if loads:
        return lambda: into("MergeTree order by tuple()")
    return long if ask["output"] is not None else lambda: into("Memory")


def table(path, name):
    return f"file('{path}', '{'CSVWithNames' if path.endswith('.csv') else 'Parquet'}')"


def check(name, kind):
    """The numbers of a column, or how many values it has."""
    numeric = any(word in kind for word in ("Int", "Float", "Decimal"))
    return f"`{name}`" if numeric else f"if(isNull(`{name}`), 0, 1)"
