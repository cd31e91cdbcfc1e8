"""Spark on this machine alone: over Parquet files; long answers to Parquet."""

import os
import shutil

from child import filled, sums_of
from pyspark import __version__ as version
from pyspark.sql import SparkSession

if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    raise ImportError("Spark needs Java")

tasks = None

# The part of the memory that is the heap of Java; the rest is for what is outside of it.
heap_part = 0.7


def start(ask, setting):
    spark = (
        SparkSession.builder.master(f"local[{setting['threads']}]")
        .config("spark.driver.memory", f"{int(setting['memory'] * heap_part / 2**20)}m")
        .config("spark.local.dir", setting["scratch"])
        .config("spark.sql.shuffle.partitions", 2 * setting["threads"])
        .config("spark.ui.enabled", False)
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    for name, path in ask["inputs"].items():
        csv = path.endswith(".csv")
        data = spark.read.csv(path, header=True, inferSchema=True) if csv else spark.read.parquet(path)
        data.createOrReplaceTempView(f"{name}_file")
    query = filled(ask, lambda path, name: f"{name}_file")
    checks = ask["checks"] and [check.replace("len(", "size(") for check in ask["checks"]]
    file = f"{ask['output']}.parquet"

    def long():
        spark.sql(query).write.mode("overwrite").parquet(file)
        return told if ask["kind"] == "load" else lambda: {"file": file}

    def told():
        sums = spark.read.parquet(file).selectExpr("count(*)", *[f"sum({check})" for check in checks])
        return {"sums": [float(value or 0) for value in sums.first()]}

    def short():
        frame = spark.sql(query)
        answer, names = frame.collect(), frame.columns
        places = [names.index(check) for check in checks] if checks else range(len(names))
        return lambda: {"sums": sums_of([tuple(row[i] for i in places) for row in answer], len(places))}

    return short if ask["output"] is None else long
