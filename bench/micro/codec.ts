import { type Family, rows, textBytes } from './family.js';

/** What columns go through on their way to and from the disk. */
export const codec: Family = ({ int32, float64, text, coded }, runtime) => {
  const { kernels } = runtime;
  const size = textBytes(text, runtime) - (rows + 1) * 4;
  const { offsets } = coded.dictionary!;
  return [
    {
      name: 'checksum',
      bytes: rows * 8,
      run: (region) =>
        kernels.checksum_buffers(float64.data, rows * 8, region.reserve(8), 0, region.reserve(8), 0),
    },
    {
      name: 'Snappy, of text',
      bytes: size,
      run: (region) =>
        kernels.snappy_pack(text.data, size, region.reserve(2 ** 16), region.reserve(size + size / 6 + 64)),
    },
    {
      name: 'Snappy, of doubles',
      bytes: rows * 8,
      run: (region) =>
        kernels.snappy_pack(float64.data, rows * 8, region.reserve(2 ** 16), region.reserve(rows * 10 + 64)),
    },
    {
      name: 'bytes that codes spell',
      bytes: rows * 4,
      run: () => kernels.text_bytes(offsets, coded.data, 0, rows),
    },
    {
      name: 'widen int32 to int64',
      bytes: rows * 4,
      run: (region) => kernels.widen_i32_8(int32.data, rows, region.reserve(rows * 8)),
    },
  ];
};
