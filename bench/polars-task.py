"""A task of bench/memory.ts by Polars, streaming: polars-task.py TASK INPUTS... OUTPUT. Inputs are Parquet (CSV for convert)."""

import sys

import polars as pl

task, *inputs, output = sys.argv[1:]


def table(i: int = 0) -> pl.LazyFrame:
    return pl.scan_parquet(inputs[i])


def by(*keys: str):
    return table().group_by(*keys)


def join() -> pl.LazyFrame:
    return table(0).join(table(1), on="id3", how="inner", suffix="_right")


v1, v2, v3 = pl.col("v1"), pl.col("v2"), pl.col("v3")
queries = {
    "convert": lambda: pl.scan_csv(inputs[0]),
    "filter": lambda: table().filter((v1 >= 3) & (v3 < 50)),
    "sort": lambda: table().sort("id3", "v3"),
    "join": join,
    "q3": lambda: by("id3").agg(v1.sum(), v3.mean()),
    "q5": lambda: by("id6").agg(v1.sum(), v2.sum(), v3.sum()),
    "q6": lambda: by("id4", "id5").agg(median_v3=v3.median(), sd_v3=v3.std()),
    "q8": lambda: by("id6").agg(largest2_v3=v3.top_k(2)).explode("largest2_v3"),
    "q10": lambda: by("id1", "id2", "id3", "id4", "id5", "id6").agg(v3.sum(), count=pl.len()),
    "distinct": lambda: table().unique(maintain_order=False),
    "window": lambda: table().select(
        "id6",
        "v3",
        place=v3.rank("min").over("id6"),
        previous=v3.shift(1).over("id6", order_by="v3"),
        total=v1.sum().over("id6"),
    ),
    "list": lambda: by("id6").agg(vs=v3),
}
queries[task]().sink_parquet(output, engine="streaming")
