"""DuckDB in Python: its own database files, attached; long answers to Parquet."""

import duckdb
from child import checks_sql, filled, remove, sums_of

version = duckdb.__version__
tasks = None

# The part of the memory that it may take for its buffers; the rest is for Python and what it does not count.
buffer_part = 0.7


def start(ask, setting):
    connection = duckdb.connect(
        config={
            "threads": setting["threads"],
            "memory_limit": f"{int(setting['memory'] * buffer_part / 1e6)}MB",
            "temp_directory": setting["scratch"],
            "preserve_insertion_order": False,
        }
    )
    for name, path in ask["inputs"].items():
        if path.endswith(".duckdb"):
            connection.execute(f"attach '{path}' as {name}_file (read_only)")
    query = filled(ask, lambda path, name: f"{name}_file.data" if path.endswith(".duckdb") else f"'{path}'")
    loaded, file = f"{ask['output']}.duckdb", f"{ask['output']}.parquet"

    def one(sql):
        return [float(value or 0) for value in connection.execute(sql).fetchone()]

    def load():
        remove(loaded)
        # A form that older releases read too.
        connection.execute(f"attach '{loaded}' as loaded (storage_version 'v1.0.0')")
        connection.execute(f"create table loaded.data as {query}")
        connection.execute("checkpoint loaded")

        def answer():
            sums = one(f"select {checks_sql(ask['checks'] or [])} from loaded.data")
            connection.execute("detach loaded")
            return {"sums": sums}

        return answer

    def long():
        connection.execute(f"copy ({query}) to '{file}' (format parquet)")
        return lambda: {"file": file}

    def short():
        connection.execute(f"create or replace temp table answer as {query}")
        if ask["checks"] is None:
            answer = connection.execute("select * from answer")
            return lambda: {"sums": sums_of(answer.fetchall(), len(answer.description))}
        return lambda: {"sums": one(f"select {checks_sql(ask['checks'])} from answer")}

    return load if ask["kind"] == "load" else short if ask["output"] is None else long
