/**
 * Writes one column of a row group:
 *
 *   column ─▶ rows that are not null ─▶ codes of a dictionary, if that halves them ─▶ pages
 *                                     └▶ values as they are (PLAIN)
 *
 * The definition levels of a flat column are the validity bitmap itself. Everything lies in the arena: the column
 * once more without its nulls, and once more as Parquet has it.
 */
import type { ColumnChunk, Encoding, SchemaElement } from 'hyparquet';
import { fixedVector, textVector, type Vector } from '../../arrow/batch.js';
import { int32, physicalOf, widthOf } from '../../arrow/types.js';
import { Interner } from '../../kernels/interner.js';
import { decoded, take } from '../../kernels/take.js';
import { textBytes } from '../../kernels/text-bytes.js';
import { kernel } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import { bounds } from './bounds.js';
import type { PageWriter, Piece } from './page-writer.js';

/** A page of texts has about so many bytes, but at least a row. */
const pageBytes = 2 ** 20;

/** A column whose first rows hardly repeat gets no dictionary. */
const sampleRows = 4096;

/** More entries make a dictionary that is not worth its memory to who reads it. */
const mostEntries = 2 ** 16;

export async function writeChunk(
  column: Vector,
  element: SchemaElement,
  pages: PageWriter,
  runtime: Runtime,
): Promise<ColumnChunk> {
  const start = pages.offset;
  const unpackedBefore = pages.unpacked;
  const region = runtime.arena.region('parquet column');
  try {
    const present = widened(withoutNulls(column, region, runtime), region, runtime);
    const coded = codedWherePays(present, region, runtime);
    const values = coded === null ? decoded(present, region, runtime) : coded.entries;
    const encoding: Encoding = coded === null ? 'PLAIN' : 'RLE_DICTIONARY';
    if (coded !== null) await pages.dictionaryPage(plainValues(values, region, runtime), values.length);
    const dataStart = pages.offset;
    const nulls = column.length - present.length;
    let written = 0;
    if (coded !== null) {
      const levels = levelsOf(column, 0, column.length, nulls, runtime);
      await pages.dataPage(
        column.length,
        nulls,
        encoding,
        levels,
        packedCodes(coded, present.length, region, runtime),
      );
      written = 1;
    } else {
      written = await writePlain(column, values, pages, region, runtime);
    }
    return {
      file_offset: BigInt(start),
      meta_data: {
        type: element.type!,
        encodings: coded === null ? ['PLAIN'] : ['PLAIN', 'RLE_DICTIONARY'],
        path_in_schema: [element.name],
        codec: 'SNAPPY',
        num_values: BigInt(column.length),
        total_compressed_size: BigInt(pages.offset - start),
        total_uncompressed_size: BigInt(pages.unpacked - unpackedBefore),
        data_page_offset: BigInt(dataStart),
        ...(coded === null ? {} : { dictionary_page_offset: BigInt(start) }),
        // Of a column with a dictionary its entries tell as much as all rows.
        statistics: { ...bounds(values, region, runtime), null_count: BigInt(nulls) },
        encoding_stats: [
          ...(coded === null ? [] : [{ page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 } as const]),
          { page_type: 'DATA_PAGE_V2', encoding, count: written },
        ],
      },
    };
  } finally {
    region.release();
  }
}

function withoutNulls(column: Vector, region: Region, runtime: Runtime): Vector {
  if (column.validity === 0) return column;
  if (column.type.kind === 'null') return { ...column, length: 0, validity: 0 };
  const rows = region.reserve(column.length * 4 + 64);
  const count = runtime.kernels.take_indices(column.validity, 0, column.length, rows);
  return { ...take(column, rows, count, region, runtime), validity: 0 };
}

/** Parquet has no integers of fewer than 32 bits. */
function widened(present: Vector, region: Region, { kernels }: Runtime): Vector {
  const width = widthOf(present.type);
  if (width !== 1 && width !== 2) return present;
  const address = region.reserve(present.length * 4);
  kernel(kernels, `widen_${physicalOf(present.type)}_4`)(present.data, present.length, address);
  return fixedVector(int32, present.length, address);
}

/** A column as codes, and the values they stand for; all of them are used. */
interface Coded {
  readonly codes: number;
  /** Of the type of the values. */
  readonly entries: Vector;
}

/** Null where a dictionary and its codes would not take half the bytes of the values. */
function codedWherePays(present: Vector, region: Region, runtime: Runtime): Coded | null {
  const { type, length } = present;
  if (length < 8) return null;
  if (type.kind === 'utf8') return codedTexts(present, region, runtime);
  const width = widthOf(type);
  if (width !== 4 && width !== 8) return null;
  const { arena, kernels } = runtime;
  const limit = Math.min(mostEntries, length >> 1);
  const mask = 2 ** Math.ceil(Math.log2(limit * 2)) - 1;
  const slots = region.reserve((mask + 1) * 4);
  const entries = region.reserve(limit * width);
  const codes = region.reserve(length * 4);
  const code = kernel(kernels, `parquet_distinct_${width * 8}`);
  const tried = (rows: number, most: number): number => {
    arena.bytes.fill(0, slots, slots + (mask + 1) * 4);
    return code(present.data, rows, slots, mask, most, entries, codes);
  };
  if (length > sampleRows && tried(sampleRows, sampleRows >> 1) < 0) return null;
  const count = tried(length, limit);
  if (count < 0 || !pays(count * width, count, length, length * width)) return null;
  return { codes, entries: fixedVector(type, count, entries) };
}

function codedTexts(present: Vector, region: Region, runtime: Runtime): Coded | null {
  if (present.dictionary !== null) return usedCodes(present, region, runtime);
  const interner = new Interner(runtime.arena, runtime.kernels, 'parquet dictionary');
  try {
    const sample = Math.min(sampleRows, present.length);
    interner.intern({ ...present, length: sample }, region);
    if (interner.count > sample >> 1) return null;
    return usedCodes(interner.intern(present, region), region, runtime);
  } finally {
    interner.release();
  }
}

/** The dictionary of a whole file with only the entries of these rows. */
function usedCodes(column: Vector, region: Region, runtime: Runtime): Coded | null {
  const { arena, kernels } = runtime;
  const { length, type } = column;
  const dictionary = column.dictionary!;
  const known = region.reserveZeroed(dictionary.length * 4);
  const order = region.reserve(Math.min(dictionary.length, length) * 4);
  const codes = region.reserve(length * 4);
  const count = kernels.parquet_used(column.data, length, known, order, codes);
  if (count > mostEntries) return null;
  const all = textVector(type, dictionary.length, dictionary.data, dictionary.offsets);
  const entries = take(all, order, count, region, runtime);
  const bytes = arena.view.getInt32(entries.offsets + count * 4, true) + 4 * count;
  const spelled = textBytes(column, kernels) + 4 * length;
  return pays(bytes, count, length, spelled) ? { codes, entries } : null;
}

function pays(dictionaryBytes: number, count: number, rows: number, plainBytes: number): boolean {
  return 2 * (dictionaryBytes + (rows * bitsFor(count)) / 8) <= plainBytes;
}

/** Bits of a code; readers trip over codes of none. */
const bitsFor = (count: number): number => Math.max(1, Math.ceil(Math.log2(count)));

/** One packed run: the codes' width, the run's header, the codes. */
function packedCodes({ codes, entries }: Coded, rows: number, region: Region, runtime: Runtime): Piece {
  const width = bitsFor(entries.length);
  const head = Uint8Array.of(width, ...varint((Math.ceil(rows / 8) << 1) | 1));
  const address = region.reserve(head.length + Math.ceil(rows / 8) * width + 16);
  runtime.arena.bytes.set(head, address);
  const size = runtime.kernels.parquet_pack(codes, rows, width, address + head.length);
  return { address, size: head.length + size };
}

/** Returns the number of pages. */
async function writePlain(
  column: Vector,
  present: Vector,
  pages: PageWriter,
  region: Region,
  runtime: Runtime,
): Promise<number> {
  const { length } = column;
  const nulls = length - present.length;
  if (present.type.kind !== 'utf8') {
    const levels = levelsOf(column, 0, length, nulls, runtime);
    await pages.dataPage(length, nulls, 'PLAIN', levels, plainValues(present, region, runtime));
    return 1;
  }
  let count = 0;
  for (let from = 0, done = 0; from < length; count++) {
    const { rows, valid } = textPage(column, present, from, done, runtime);
    const levels = levelsOf(column, from, rows, rows - valid, runtime);
    const page = { ...present, length: valid, offsets: present.offsets + done * 4 };
    const home = runtime.arena.region('parquet texts');
    try {
      await pages.dataPage(rows, rows - valid, 'PLAIN', levels, plainValues(page, home, runtime));
    } finally {
      home.release();
    }
    from += rows;
    done += valid;
  }
  return count;
}

/** The rows of a page from row `from` on, `done` of which have been written, and how many of them are not null. */
function textPage(
  column: Vector,
  texts: Vector,
  from: number,
  done: number,
  runtime: Runtime,
): { readonly rows: number; readonly valid: number } {
  const { view } = runtime.arena;
  const offset = (row: number): number => view.getInt32(texts.offsets + row * 4, true);
  for (let rows = column.length - from; ; rows >>= 1) {
    const valid =
      rows === column.length - from ? texts.length - done : countValid(column, from, rows, runtime);
    if (rows === 1 || offset(done + valid) - offset(done) <= pageBytes) return { rows, valid };
  }
}

function countValid({ validity }: Vector, from: number, rows: number, runtime: Runtime): number {
  if (validity === 0) return rows;
  return runtime.kernels.bitmap_count(validity, from + rows) - runtime.kernels.bitmap_count(validity, from);
}

/** A run of ones, or the validity bitmap as one packed run. */
function levelsOf(
  { validity }: Vector,
  from: number,
  rows: number,
  nulls: number,
  { arena, kernels }: Runtime,
): Uint8Array {
  if (nulls === 0) return Uint8Array.of(...varint(rows << 1), 1);
  const groups = Math.ceil(rows / 8);
  const head = varint((groups << 1) | 1);
  const levels = new Uint8Array(head.length + groups);
  levels.set(head);
  const region = arena.region('parquet levels');
  try {
    const bits = region.reserve(groups + 8);
    kernels.bitmap_slice(validity, from, rows, bits);
    levels.set(arena.bytes.subarray(bits, bits + groups), head.length);
  } finally {
    region.release();
  }
  return levels;
}

/** The values of a dense column as Parquet's PLAIN has them. */
function plainValues(column: Vector, region: Region, runtime: Runtime): Piece {
  const { kernels, arena } = runtime;
  const { type, length, data, offsets } = column;
  const physical = physicalOf(type);
  if (type.kind === 'null') return { address: data, size: 0 };
  if (physical === 'bit') return { address: data, size: Math.ceil(length / 8) };
  if (physical === 'text') {
    const bytes = arena.view.getInt32(offsets + length * 4, true) - arena.view.getInt32(offsets, true);
    const address = region.reserve(bytes + 4 * length + 32);
    return { address, size: kernels.parquet_texts(data, offsets, 0, length, address) };
  }
  if (type.kind !== 'decimal') return { address: data, size: length * widthOf(type) };
  const address = region.reserve(length * 16);
  if (type.precision > 18) {
    kernels.parquet_decimals(data, length, address);
    return { address, size: length * 16 };
  }
  // The high half of a decimal that has 18 digits says nothing, nor that of one that has 9.
  kernels.parquet_low_64(data, length, address);
  if (type.precision > 9) return { address, size: length * 8 };
  kernels.narrow_8_4(address, length, address);
  return { address, size: length * 4 };
}

/** LEB128. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return bytes;
}
