"""An engine in a process of its own, as child.ts: `child.py ENGINE` tells what it is, `child.py ENGINE REQUEST` runs a task."""

import importlib
import json
import os
import re
import shutil
import sys
import time

# Loading the engine counts to its start.
begun = time.perf_counter()


def say(**what):
    print("bench " + json.dumps(what), flush=True)


def filled(ask, table):
    """The query with what the engine calls its tables."""
    return re.sub(r"\{(\w+)\}", lambda found: table(ask["inputs"][found[1]], found[1]), ask["sql"])


def checks_sql(checks):
    return ", ".join(["count(*)"] + [f"sum({check})" for check in checks])


def sums_of(rows, width):
    """Of rows as tuples of so many: how many, then of each column the sum of its numbers, or the count of what is no number."""
    columns = list(zip(*rows)) or [()] * width
    return [len(rows)] + [sum(map(number, column)) for column in columns]


def number(value):
    if value is None:
        return 0
    return float(value) if isinstance(value, (int, float)) or type(value).__name__ == "Decimal" else 1


def work(engine, ask, setting, rounds):
    if ask["output"] is not None:
        os.makedirs(os.path.dirname(ask["output"]), exist_ok=True)
    run = engine.start(ask, setting)
    say(started=time.perf_counter() - begun)
    for i in range(rounds):
        start, cpu = time.perf_counter(), time.process_time()
        answer_of = run()
        say(seconds=time.perf_counter() - start, cpu=time.process_time() - cpu)
        answer = answer_of()
        if i == rounds - 1:
            say(answer=answer)
        elif "file" in answer:
            remove(answer["file"])


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


if __name__ == "__main__":
    # Engines import this file by its name.
    sys.modules["child"] = sys.modules["__main__"]
    if len(sys.argv) > 2:
        request = json.loads(sys.argv[2])
        # Read once, when the engine is imported.
        os.environ["POLARS_MAX_THREADS"] = str(request["setting"]["threads"])
        os.environ["POLARS_TEMP_DIR"] = request["setting"]["scratch"]
    engine = importlib.import_module(f"{sys.argv[1]}_engine")
    if len(sys.argv) == 2:
        say(version=engine.version, tasks=engine.tasks)
    else:
        try:
            work(engine, **request)
        except MemoryError:
            sys.exit("out of memory")
        except Exception as error:
            sys.exit(f"{type(error).__name__}: {error}")
    sys.stdout.flush()
    os._exit(0)
