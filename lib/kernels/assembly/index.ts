// One line a family. A kernel is a pure function over addresses: it knows no plan and allocates nothing.
// Files of helpers (bits, hash, intern-table, ...) are imported by kernels and not listed here.
export * from './bitmap';
export * from './intern';
export * from './checksum';
export * from './range';
export * from './sketch';
export * from './width';
export * from './unpack';
export * from './from-text';
export * from './csv-classify';
export * from './csv-parse';
export * from './csv-text';
export { csv_record, csv_scan } from './csv-scan';
export * from './to-text';
export * from './sort';
export * from './text-append';
export * from './rows';
export * from './csv-quote';
export * from './json-quote';
export * from './foreign';
export * from './lz4';
