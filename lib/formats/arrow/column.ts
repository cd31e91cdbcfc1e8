/** One column of somebody's Arrow file, copied into the arena as our vectors; nothing in the file is trusted. */
import {
  bitmapBytes,
  codedVector,
  fixedVector,
  listVector,
  textVector,
  type Vector,
} from '../../arrow/batch.js';
import type { IpcField } from '../../arrow/ipc.js';
import { physicalOf, widthOf } from '../../arrow/types.js';
import { dataError } from '../../errors.js';
import { kernel } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';
import type { Runtime } from '../format.js';
import type { ForeignDictionary } from './dictionary.js';
import { type Body, damaged } from './messages.js';

/** A column's buffers in one batch. */
export interface ColumnBuffers {
  readonly rows: number;
  readonly nulls: number;
  readonly buffers: readonly Body[];
  /** Of lists. */
  readonly elements: ColumnBuffers | null;
}

/** How a stored unit becomes microseconds: times or over a number. */
const microseconds = {
  seconds: ['times', 1_000_000],
  milliseconds: ['times', 1_000],
  nanoseconds: ['over', 1_000],
} as const;

const dayMilliseconds = 86_400_000;

export class ForeignColumn {
  readonly #field: IpcField;
  readonly #path: string;
  readonly #runtime: Runtime;
  readonly #dictionary: ForeignDictionary | null;
  /** Reads what lists hold. */
  readonly #elements: ForeignColumn | null;
  readonly #inList: boolean;

  /** `dictionaryOf` gives the dictionary of a field that has one. */
  constructor(
    field: IpcField,
    path: string,
    dictionaryOf: (field: IpcField) => ForeignDictionary | null,
    runtime: Runtime,
    inList = false,
  ) {
    this.#field = field;
    this.#path = path;
    this.#dictionary = dictionaryOf(field);
    this.#elements =
      field.element === null ? null : new ForeignColumn(field.element, path, dictionaryOf, runtime, true);
    this.#inList = inList;
    this.#runtime = runtime;
  }

  /** Rows [from, from + rows) in `region`; `from` is a multiple of eight. `before` rows precede the batch. */
  read(
    { nulls, buffers, elements }: ColumnBuffers,
    from: number,
    rows: number,
    before: number,
    region: Region,
  ): Vector {
    const { type, storage } = this.#field;
    if (type.kind === 'null') {
      const none = region.reserveZeroed(bitmapBytes(rows));
      return fixedVector(type, rows, none, none);
    }
    const [bits, second, third] = buffers;
    const validity =
      nulls === 0 || bits!.size === 0 ? 0 : this.#copy(bits!, from / 8, bitmapBytes(rows), region);
    const fail = (row: number, why: string): Error => {
      const { name } = this.#field;
      // Which row an element belongs to is not known here.
      if (this.#inList)
        return dataError(`${this.#path}, in a list of column ${name}: ${why}`, {
          file: this.#path,
          column: name,
        });
      const place = { file: this.#path, column: name, row: before + from + row + 1 };
      return dataError(`${this.#path}, row ${place.row}, column ${name}: ${why}`, place);
    };
    if (this.#dictionary !== null) {
      const { index } = this.#field.dictionary!;
      const width = widthOf(index);
      const codes = this.#copy(second!, from * width, rows * width, region);
      const { vector, bad } = this.#dictionary.decode(codes, index, validity, rows, region);
      if (bad >= 0) throw fail(bad, 'its code is not in the dictionary');
      return codedVector(type, rows, vector, this.#dictionary.dictionary(), validity);
    }
    if (elements !== null) return this.#lists(second!, elements, from, rows, validity, fail, region);
    const physical = physicalOf(type);
    if (physical === 'text') return this.#text(second!, third!, from, rows, validity, fail, region);
    if (physical === 'bit')
      return fixedVector(type, rows, this.#copy(second!, from / 8, bitmapBytes(rows), region), validity);
    const wide = type.kind === 'date' && storage !== 'same';
    const width = wide ? 8 : widthOf(type);
    const raw = this.#copy(second!, from * width, rows * width, region);
    if (storage === 'same' || storage === 'large') return fixedVector(type, rows, raw, validity);
    if (wide) return fixedVector(type, rows, this.#days(raw, validity, rows, fail, region), validity);
    const [verb, factor] = microseconds[storage];
    const out = region.reserve(rows * 8);
    const bad = kernel(this.#runtime.kernels, `foreign_${verb}_i64`)(raw, validity, rows, factor, out);
    if (bad >= 0) throw fail(bad, `its ${storage} cannot be told in microseconds`);
    return fixedVector(type, rows, out, validity);
  }

  #text(
    offsets: Body,
    data: Body,
    from: number,
    rows: number,
    validity: number,
    fail: (row: number, why: string) => Error,
    region: Region,
  ): Vector {
    const { out, start, size } = this.#offsets(offsets, from, rows, data.size, fail, region);
    return textVector(this.#field.type, rows, this.#copy(data, start, size, region), out, validity);
  }

  #lists(
    offsets: Body,
    elements: ColumnBuffers,
    from: number,
    rows: number,
    validity: number,
    fail: (row: number, why: string) => Error,
    region: Region,
  ): Vector {
    const { out, start, size } = this.#offsets(offsets, from, rows, elements.rows, fail, region);
    // Elements are read from a whole byte of their bitmaps on.
    const spare = start % 8;
    const child = this.#elements!.read(elements, start - spare, size + spare, 0, region);
    if (spare > 0) this.#runtime.kernels.take_append_offsets(out, out, rows, spare);
    this.#runtime.arena.view.setInt32(out, spare, true);
    return listVector(this.#field.type, rows, out, child, validity);
  }

  /** Offsets from 0 on into the bytes, or elements, that begin at `start`; there are `most` of them in the file. */
  #offsets(
    offsets: Body,
    from: number,
    rows: number,
    most: number,
    fail: (row: number, why: string) => Error,
    region: Region,
  ): { readonly out: number; readonly start: number; readonly size: number } {
    const { arena, kernels } = this.#runtime;
    const large = this.#field.storage === 'large';
    const width = large ? 8 : 4;
    const what = this.#elements === null ? 'text' : 'list';
    // A column without rows may have no offsets at all.
    if (rows === 0) return { out: region.reserveZeroed(4), start: 0, size: 0 };
    const raw = this.#copy(offsets, from * width, (rows + 1) * width, region);
    const at = (row: number): number =>
      large ? Number(arena.view.getBigInt64(raw + row * 8, true)) : arena.view.getInt32(raw + row * 4, true);
    const start = at(0);
    const size = at(rows) - start;
    if (start < 0 || size < 0 || start + size > most) throw fail(0, `the ${what} lies outside of the file`);
    if (size >= 2 ** 31) throw fail(0, `${rows} rows hold more than 2^31 bytes of text or elements`);
    const out = region.reserve((rows + 1) * 4);
    const bad = kernel(kernels, `foreign_offsets_i${width * 8}`)(raw, rows, size, out);
    if (bad >= 0) throw fail(bad, `its ${what} has no place`);
    return { out, start, size };
  }

  #days(
    raw: number,
    validity: number,
    rows: number,
    fail: (row: number, why: string) => Error,
    region: Region,
  ): number {
    const { arena, kernels } = this.#runtime;
    const days = region.reserve(rows * 8);
    const bad = kernels.foreign_over_i64(raw, validity, rows, dayMilliseconds, days);
    if (bad >= 0) throw fail(bad, 'it is not a whole day');
    const bounds = region.reserve(32);
    const some = kernels.range_i64(days, validity, rows, bounds) > 0;
    const [least, most] = [arena.view.getBigInt64(bounds, true), arena.view.getBigInt64(bounds + 16, true)];
    if (some && (least < -(2n ** 31n) || most >= 2n ** 31n)) throw fail(0, 'a date is out of range');
    kernels.narrow_8_4(days, rows, days);
    return days;
  }

  #copy(body: Body, offset: number, bytes: number, region: Region): number {
    if (offset < 0 || offset + bytes > body.size) throw damaged(this.#path, `column ${this.#field.name}`);
    const address = region.reserve(bytes);
    body.read(offset, region.arena.bytes.subarray(address, address + bytes));
    return address;
  }
}
