/** Pages of a Parquet file, from the arena to the output: headers by hyparquet-writer, bodies packed with snappy by a kernel. */
import type { Encoding, PageHeader } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import type { Runtime } from '../format.js';
import type { Output } from '../output.js';

/** Bytes in the arena. */
export interface Piece {
  readonly address: number;
  readonly size: number;
}

/** Room for the compressor's table of positions. */
const tableBytes = 2 ** 16;

/** hyparquet-writer's byte buffer, emptied into an output; large pieces go past it. */
export class PageWriter extends ByteWriter {
  readonly #output: Output;
  readonly #runtime: Runtime;
  /** Bytes of all pages written, if none were compressed. */
  unpacked = 0;

  constructor(output: Output, runtime: Runtime) {
    super(2 ** 16);
    this.#output = output;
    this.#runtime = runtime;
  }

  async flush(): Promise<void> {
    await this.#output.write(this.getBytes());
    this.index = 0;
  }

  override finish(): Promise<void> {
    return this.flush();
  }

  async dictionaryPage(values: Piece, count: number): Promise<void> {
    const header = { num_values: count, encoding: 'PLAIN' } as const;
    await this.#page(
      { type: 'DICTIONARY_PAGE', dictionary_page_header: header },
      new Uint8Array(),
      values,
      () => true,
    );
  }

  /** `levels` are the definition levels, which are never compressed. */
  async dataPage(
    rows: number,
    nulls: number,
    encoding: Encoding,
    levels: Uint8Array,
    values: Piece,
  ): Promise<void> {
    const header = {
      num_values: rows,
      num_nulls: nulls,
      num_rows: rows,
      encoding,
      definition_levels_byte_length: levels.length,
      repetition_levels_byte_length: 0,
      is_compressed: true,
    };
    await this.#page({ type: 'DATA_PAGE_V2', data_page_header_v2: header }, levels, values, (packed) => {
      header.is_compressed = packed < values.size;
      return header.is_compressed;
    });
  }

  /** `worthwhile` is asked whether a body that has so many bytes when packed shall be stored so. */
  async #page(
    header: Omit<PageHeader, 'uncompressed_page_size' | 'compressed_page_size'>,
    levels: Uint8Array,
    values: Piece,
    worthwhile: (packed: number) => boolean,
  ): Promise<void> {
    const { arena, kernels } = this.#runtime;
    const region = arena.region('parquet page');
    try {
      const room = region.reserve(values.size + Math.ceil(values.size / 6) + 64);
      const table = region.reserve(tableBytes);
      const packed = kernels.snappy_pack(values.address, values.size, table, room);
      const body = worthwhile(packed) ? { address: room, size: packed } : values;
      const start = this.offset;
      writePageHeader(this, {
        ...header,
        uncompressed_page_size: levels.length + values.size,
        compressed_page_size: levels.length + body.size,
      });
      this.unpacked += this.offset - start + levels.length + values.size;
      this.appendBytes(levels);
      await this.flush();
      await this.#output.write(arena.bytes.subarray(body.address, body.address + body.size));
      this.offset += body.size;
    } finally {
      region.release();
    }
  }
}
