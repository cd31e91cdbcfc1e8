"""Writes Parquet files of every type in all its encodings; prints what their columns hold, as test/witness/parquet.ts tells it."""
import datetime
import decimal
import json
import os
import random
import sys

import pyarrow as pa
import pyarrow.parquet as pq

decimal.getcontext().prec = 60
pick = random.Random(5)

INTEGERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]


def integer(kind, narrow):
    bits = 5 if narrow else kind.bit_width
    low = 0 if str(kind).startswith("u") else -(1 << (bits - 1))
    return low + pick.getrandbits(bits)


def text(style, i):
    if style == "few":
        return ["", "a", "SFO", "längerer Text, der bleibt"][pick.randrange(4)]
    if style == "sorted":
        return f"https://example.org/items/{i // 3:09d}/{'é' * (i % 4)}"
    return "".join(pick.choice("abcdefghé😀") for _ in range(pick.randrange(40)))


def makers():
    yield "bool", pa.bool_(), lambda i: pick.random() < 0.5
    yield "bool_runs", pa.bool_(), lambda i: i // 37 % 2 == 0
    for kind in INTEGERS:
        yield str(kind), kind, lambda i, kind=kind: integer(kind, False)
        yield f"{kind}_few", kind, lambda i, kind=kind: integer(kind, True)
    yield "steps", pa.int64(), lambda i: i * 1000 + i % 7
    yield "f32", pa.float32(), lambda i: pick.uniform(-1e9, 1e9)
    yield "f64", pa.float64(), lambda i: [0.1, -0.0, float("inf"), float("nan")][i % 4] if i % 3 == 0 else pick.gauss(0, 1)
    yield "date", pa.date32(), lambda i: datetime.date(1970, 1, 1) + datetime.timedelta(days=pick.randrange(-9999, 9999))
    for unit, factor in ("ms", 1), ("us", 1), ("ns", 1000):
        yield f"t_{unit}", pa.timestamp(unit), lambda i, factor=factor: pick.randrange(-(1 << 40), 1 << 40) * factor
    for digits, scale in (5, 2), (15, 4), (30, 10), (38, 0):
        yield f"d{digits}", pa.decimal128(digits, scale), lambda i, digits=digits, scale=scale: decimal.Decimal(
            pick.randrange(-(10**digits) + 1, 10**digits)
        ).scaleb(-scale)
    for style in "few", "sorted", "any":
        yield f"text_{style}", pa.string(), lambda i, style=style: text(style, i)


def table(rows, nulls):
    columns, fields = [], []
    for name, kind, make in makers():
        values = [None if pick.random() < nulls else make(i) for i in range(rows)]
        columns.append(pa.array(values, kind))
        fields.append(pa.field(name, kind, nullable=nulls > 0))
    return pa.table(columns, pa.schema(fields))


def told(column):
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us")).cast(pa.int64())
    if pa.types.is_date(kind):
        column = column.cast(pa.int32())
    values = column.to_pylist()
    if pa.types.is_decimal(kind):
        values = [None if v is None else int(v.scaleb(kind.scale)) for v in values]
    if pa.types.is_floating(kind):
        return [None if v is None else "NaN" if v != v else v.hex() if abs(v) != float("inf") else "Infinity" for v in values]
    if pa.types.is_boolean(kind):
        return [None if v is None else str(v).lower() for v in values]
    return [None if v is None else str(v) for v in values]


def settings():
    plain = {"use_dictionary": False}
    for version in "1.0", "2.0":
        yield {"data_page_version": version, "compression": "NONE"}
        yield {"data_page_version": version, "compression": "SNAPPY", "data_page_size": 700, **plain}
        # The dictionary is given up on the way.
        yield {"data_page_version": version, "compression": "ZSTD", "dictionary_pagesize_limit": 600, "data_page_size": 500}
        yield {"data_page_version": version, "compression": "ZSTD", "compression_level": 19, **plain}
    for codec in "GZIP", "BROTLI", "LZ4", "ZSTD":
        yield {"compression": codec, "row_group_size": 900}
    yield {"use_deprecated_int96_timestamps": True}
    yield {"store_decimal_as_integer": True}
    yield {"store_decimal_as_integer": True, **plain}
    kinds = {name: kind for name, kind, _ in makers()}
    deltas, splits, texts, runs = {}, {}, {}, {}
    for name, kind in kinds.items():
        if pa.types.is_integer(kind) or pa.types.is_temporal(kind):
            deltas[name] = "DELTA_BINARY_PACKED"
            splits[name] = "BYTE_STREAM_SPLIT"
        elif pa.types.is_floating(kind):
            splits[name] = "BYTE_STREAM_SPLIT"
        elif pa.types.is_decimal(kind):
            splits[name] = "BYTE_STREAM_SPLIT"
            texts[name] = "DELTA_BYTE_ARRAY"
        elif pa.types.is_string(kind):
            deltas[name] = "DELTA_LENGTH_BYTE_ARRAY"
            texts[name] = "DELTA_BYTE_ARRAY"
        else:
            runs[name] = "RLE"
    for version in "1.0", "2.0":
        for encoding in deltas, splits, texts, runs:
            for size in 700, 1 << 20:
                yield {"column_encoding": encoding, "data_page_version": version, "data_page_size": size, **plain}


folder = sys.argv[1]
files, tables = {}, {}
for rows, nulls in (2000, 0.15), (1500, 0), (700, 0.95), (300, 1), (1, 0), (0, 0.5):
    made = table(rows, nulls)
    name = f"{rows}-{nulls}"
    tables[name] = {field.name: told(made.column(field.name)) for field in made.schema}
    for i, setting in enumerate(settings()):
        path = os.path.join(folder, f"{name}-{i}.parquet")
        pq.write_table(made, path, **setting)
        files[path] = {"table": name, "setting": json.dumps(setting)}
large = pa.table({"t": [f"{i % 997} {'xyz'[i % 3] * (i % 50)} {pick.randrange(1000)}" for i in range(100000)]})
tables["large"] = {"t": told(large.column("t"))}
for codec, level in ("ZSTD", 1), ("ZSTD", 9), ("ZSTD", 22), ("SNAPPY", None), ("LZ4", None):
    path = os.path.join(folder, f"large-{codec}-{level}.parquet")
    pq.write_table(large, path, compression=codec, compression_level=level, use_dictionary=False)
    files[path] = {"table": "large", "setting": f"{codec} {level}"}
json.dump({"tables": tables, "files": files}, sys.stdout)
