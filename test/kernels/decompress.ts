import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeRuntime, seeded } from '../helpers.js';

const test = suite('kernels/decompress');
const folder = mkdtempSync(join(tmpdir(), 'spillway-decompress-'));
test.after(() => rmSync(folder, { recursive: true }));

const { arena, kernels } = makeRuntime(32 * 2 ** 20);
const { bytes } = arena;

/** Unpacks to [out, out + full), at whose ends it may overwrite nothing before and 64 bytes behind. */
type Unpack = (start: number, end: number, out: number, full: number, work: number) => boolean;

const codecs: Readonly<Record<string, Unpack>> = {
  snappy: (start, end, out, full) => Boolean(kernels.snappy_unpack(start, end - start, out, full)),
  zstd: (start, end, out, full, work) => Boolean(kernels.zstd_unpack(start, end - start, out, full, work)),
  lz4_raw: (start, end, out, full) => kernels.lz4_block(start, end, out, out, out + full) === out + full,
};

interface Packed {
  readonly packed: Uint8Array;
  readonly full: number;
}

/** The pages of a column as DuckDB packs them; `sql` gives it. */
async function pagesOf(sql: string, codec: string): Promise<Packed[]> {
  const path = join(folder, 'pages.parquet');
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(
    `copy (${sql}) to '${path}' (format parquet, codec ${codec}, dictionary_size_limit 1)`,
  );
  const file = readFileSync(path);
  const { buffer } = Uint8Array.from(file);
  return parquetMetadata(buffer).row_groups.map(({ columns }) => {
    const at = Number(columns[0]!.meta_data!.data_page_offset);
    const reader = { view: new DataView(buffer, at), offset: 0 };
    const header = parquetHeader(reader);
    const start = at + reader.offset;
    return {
      packed: file.subarray(start, start + header.compressed_page_size),
      full: header.uncompressed_page_size,
    };
  });
}

/** What `packed` is unpacked to, null if it is refused; nothing beside it may be touched. */
function unpacked(unpack: Unpack, { packed, full }: Packed): Uint8Array | null {
  const region = arena.region('test');
  const start = region.reserve(packed.length + 64);
  bytes.set(packed, start);
  const work = region.reserve(kernels.zstd_room());
  const guarded = region.reserve(full + 4096);
  const out = guarded + 1024;
  bytes.fill(0xa5, guarded, guarded + full + 4096);
  const isWhole = unpack(start, start + packed.length, out, full, work);
  for (const [from, to] of [
    [guarded, out],
    [out + full + 64, guarded + full + 4096],
  ] as const)
    assert.ok(
      bytes.subarray(from, to).every((byte) => byte === 0xa5),
      'bytes beside the output were overwritten',
    );
  assert.equal(bytes.slice(start, start + packed.length), Uint8Array.from(packed));
  const found = isWhole ? bytes.slice(out, out + full) : null;
  region.release();
  return found;
}

const contents: Readonly<Record<string, string>> = {
  texts: `select 'http://' || (i * 7919 % 10007) || '/é' || repeat('x', (i % 40)::int) as v from range(60000) t(i)`,
  numbers: 'select (i * 7919 % 10007)::bigint as v from range(60000) t(i)',
  noise: 'select hash(i) as v from range(20000) t(i)',
  one: "select repeat('ab', 50000) as v",
};

for (const [codec, unpack] of Object.entries(codecs)) {
  test(`${codec}: what another library packed`, async () => {
    for (const [name, sql] of Object.entries(contents)) {
      const plain = await pagesOf(sql, 'uncompressed');
      const packed = await pagesOf(sql, codec);
      assert.is(packed.length, plain.length);
      for (const [i, page] of packed.entries())
        assert.ok(Buffer.from(plain[i]!.packed).equals(unpacked(unpack, page)!), `${name}, page ${i}`);
    }
  });

  test(`${codec}: damage is refused or gives as many bytes, and nothing beside them is written`, async () => {
    const random = seeded(3);
    const sql = "select 'k' || (i * 7919 % 1009) || repeat('y', (i % 9)::int) as v from range(3000) t(i)";
    const [page] = await pagesOf(sql, codec);
    const { packed, full } = page!;
    for (let i = 0; i < 1500; i++) {
      const bad = Uint8Array.from(packed);
      for (let flips = 1 + Math.floor(random() * 3); flips > 0; flips--)
        bad[Math.floor(random() ** 2 * bad.length)]! ^= 1 << Math.floor(random() * 8);
      unpacked(unpack, { packed: bad, full });
    }
    for (let i = 0; i < 200; i++)
      assert.is(
        unpacked(unpack, { packed: packed.subarray(0, Math.floor(random() * packed.length)), full }),
        null,
      );
    for (const wrong of [0, 1, full - 1, full + 1])
      assert.is(unpacked(unpack, { packed, full: wrong }), null);
  });
}

test('Snappy: packed by our own kernel, with repeats at every short distance', () => {
  const random = seeded(4);
  const region = arena.region('test');
  const table = region.reserve(2 ** 16);
  for (let round = 0; round < 300; round++) {
    const period = 1 + (round % 40);
    const length = Math.floor(random() * 3000);
    const content = Uint8Array.from({ length }, (_, i) => (random() < 0.02 ? random() * 256 : i % period));
    const data = region.reserve(length);
    const out = region.reserve(length + Math.ceil(length / 6) + 64);
    bytes.set(content, data);
    const size = kernels.snappy_pack(data, length, table, out);
    assert.equal(unpacked(codecs.snappy!, { packed: bytes.slice(out, out + size), full: length }), content);
  }
  region.release();
  assert.is(arena.reserved, 0);
});

test.run();
