"""Reads Arrow files with pyarrow and prints what it found as JSON: the witness that others can read our files.

usage: arrow-witness.py FILE...        each file: schema, rows, validated, all values as text
       arrow-witness.py --write FOLDER writes foreign files for our reader, and what they hold
"""

import datetime
import decimal
import json
import sys

import pyarrow as pa

decimal.getcontext().prec = 76


def text(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(value), float(value).hex())
    if isinstance(value, list):
        return "[" + ", ".join("null" if v is None else text(v) for v in value) + "]"
    return str(value)


def cells(column):
    if isinstance(column, pa.ChunkedArray):
        return [cell for chunk in column.chunks for cell in cells(chunk)]
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz)).view(pa.int64())
    if pa.types.is_date(column.type):
        column = column.cast(pa.date32()).view(pa.int32())
    if pa.types.is_decimal(column.type):
        scale = column.type.scale
        return [None if v is None else str(int(v.scaleb(scale))) for v in column.to_pylist()]
    return [text(v) for v in column.to_pylist()]


def read(path):
    with pa.OSFile(path) as file:
        magic = file.read(6)
        file.seek(0)
        reader = pa.ipc.open_file(file) if magic == b"ARROW1" else pa.ipc.open_stream(file)
        table = reader.read_all()
    table.validate(full=True)
    return {
        "rows": table.num_rows,
        "columns": {name: cells(table.column(name)) for name in table.column_names},
    }


def write(folder):
    n = 70000
    table = pa.table(
        {
            "i": pa.array([None if i % 11 == 0 else i for i in range(n)], pa.int32()),
            "f": pa.array([i / 3 for i in range(n)], pa.float64()),
            "t": pa.array([None if i % 5 == 0 else f"t{i % 300}" for i in range(n)], pa.string()),
            "large": pa.array([f"l{i}" for i in range(n)], pa.large_string()),
            "coded": pa.array([f"c{i % 7}" for i in range(n)], pa.string()).dictionary_encode(),
            "coded64": pa.DictionaryArray.from_arrays(
                pa.array([i % 3 for i in range(n)], pa.int64()), pa.array(["p", "q", "p"])
            ),
            "ms": pa.array([i * 1000 for i in range(n)], pa.timestamp("ms", "UTC")),
            "ns": pa.array([i * 1000 for i in range(n)], pa.timestamp("ns")),
            "day": pa.array([datetime.date(2000, 1, 1 + i % 28) for i in range(n)], pa.date32()),
            "date64": pa.array([datetime.date(2000, 1, 1 + i % 28) for i in range(n)], pa.date64()),
            "flag": pa.array([i % 3 == 0 for i in range(n)], pa.bool_()),
            "list": pa.array(
                [None if i % 13 == 0 else [None if j == 2 else i + j for j in range(i % 4)] for i in range(n)],
                pa.list_(pa.int32()),
            ),
            "lists": pa.array(
                [[None if i % 9 == 0 else [f"t{i % 7}"] * (i % 3)] * (i % 2) for i in range(n)],
                pa.large_list(pa.list_(pa.string())),
            ),
            "flags": pa.array([[j % 2 == 0 for j in range(i % 5)] for i in range(n)], pa.list_(pa.bool_())),
            "coded_list": pa.ListArray.from_arrays(
                pa.array(range(n + 1), pa.int32()),
                pa.array([None if i % 4 == 0 else f"c{i % 5}" for i in range(n)], pa.string()).dictionary_encode(),
            ),
        }
    )
    names = []

    def save(name, writer, **options):
        path = f"{folder}/{name}"
        names.append(path)
        with writer(path, table.schema, **options) as out:
            out.write_table(table)

    save("file.arrow", pa.ipc.new_file)
    save("stream.arrows", pa.ipc.new_stream)
    for codec in ("lz4", "zstd"):
        save(f"{codec}.arrow", pa.ipc.new_file, options=pa.ipc.IpcWriteOptions(compression=codec))
    # Deltas: the second batch's dictionary begins with the first's.
    path = f"{folder}/delta.arrows"
    names.append(path)
    kind = pa.dictionary(pa.int8(), pa.string())
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    with pa.ipc.new_stream(path, pa.schema([("d", kind)]), options=options) as out:
        for entries in (["a", "b"], ["a", "b", "c"], ["z", "a"]):
            codes = pa.array([0, None, len(entries) - 1], pa.int8())
            out.write_batch(pa.record_batch([pa.DictionaryArray.from_arrays(codes, pa.array(entries))], ["d"]))
    return {path: read(path) for path in names}


if sys.argv[1] == "--write":
    print(json.dumps(write(sys.argv[2])))
else:
    print(json.dumps({path: read(path) for path in sys.argv[1:]}))
