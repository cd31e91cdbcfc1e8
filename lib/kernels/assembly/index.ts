// One line a family. A kernel is a pure function over addresses: it knows no plan and allocates nothing.
// Files of helpers (bits, hash, intern-table, ...) are imported by kernels and not listed here.
export * from './arithmetic';
export * from './bitmap';
export * from './cast';
export * from './compare';
export * from './csv-classify';
export * from './csv-parse';
export * from './csv-quote';
export { csv_record, csv_scan } from './csv-scan';
export * from './csv-text';
export * from './from-text';
export * from './intern';
export * from './json-quote';
export * from './logic';
export * from './math';
export * from './rows';
export * from './sort';
export * from './take';
export * from './text';
export * from './time';
export * from './text-append';
export * from './to-text';
