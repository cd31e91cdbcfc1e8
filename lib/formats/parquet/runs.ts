/**
 * The runs of a page, before hyparquet decodes them: it repeats a value as often as a run claims, so that a damaged
 * run would take all memory, or never end.
 *
 * Source: Parquet's "RLE / bit-packing hybrid": a run is a varint, then one value or groups of 8 packed values.
 */
import type { PageHeader } from 'hyparquet';
import { readVarInt } from 'hyparquet/src/thrift.js';

type Header = NonNullable<PageHeader['data_page_header']>;
type HeaderV2 = NonNullable<PageHeader['data_page_header_v2']>;

/** The groups of a packed run are padded, by some writers to as many as one byte counts. */
const padding = 512;

/** Throws an error if a run in the uncompressed page claims more values than the page has. */
export function checkPage(view: DataView, header: Header, optional: boolean, bool: boolean): void {
  let at = 0;
  if (optional) {
    at = 4 + view.getUint32(0, true);
    checkRuns(view, 4, at, 1, header.num_values);
  }
  checkValues(view, at, header.encoding, bool, header.num_values);
}

export function checkPageV2(view: DataView, header: HeaderV2, optional: boolean, bool: boolean): void {
  const levels = header.repetition_levels_byte_length;
  const values = levels + header.definition_levels_byte_length;
  if (optional) checkRuns(view, levels, values, 1, header.num_values);
  checkValues(view, values, header.encoding, bool, header.num_values);
}

/** Whether the levels in bytes [start, end) are runs of ones: then no value is missing, and nobody need unpack them. */
export function allPresent(view: DataView, start: number, end: number, values: number): boolean {
  const reader = { view, offset: start };
  let seen = 0;
  while (seen < values && reader.offset < end) {
    const run = readVarInt(reader) >>> 0;
    if ((run & 1) === 1 || reader.offset >= end || view.getUint8(reader.offset++) !== 1) return false;
    seen += run >>> 1;
  }
  return seen >= values;
}

function checkValues(view: DataView, at: number, encoding: string, bool: boolean, values: number): void {
  const end = view.byteLength;
  if (encoding.endsWith('_DICTIONARY')) checkRuns(view, at + 1, end, view.getUint8(at), values);
  else if (encoding === 'RLE' && bool) checkRuns(view, at + 4, end, 1, values);
}

function checkRuns(view: DataView, start: number, end: number, width: number, values: number): void {
  const reader = { view, offset: start };
  if (end > view.byteLength) throw new Error(`its levels reach to byte ${end} of ${view.byteLength}`);
  if (width > 32) throw new Error(`a page has indices of ${width} bits`);
  for (let seen = 0; reader.offset < end && seen < values; ) {
    const run = readVarInt(reader) >>> 0;
    const packed = (run & 1) === 1;
    const count = (run >>> 1) * (packed ? 8 : 1);
    if (count > values + padding) throw new Error(`a run of ${count} values is in a page of ${values}`);
    reader.offset += Math.ceil((packed ? count * width : width) / 8);
    seen += count;
  }
}
