// One line a family. A kernel is a pure function over addresses: it knows no plan and allocates nothing.
// Files of helpers (bits, hash, intern-table, ...) are imported by kernels and not listed here.
export * from './bitmap';
export * from './intern';
export * from './from-text';
export * from './csv-classify';
export * from './csv-parse';
export * from './csv-text';
export { csv_record, csv_scan } from './csv-scan';
export * from './to-text';
export * from './sort';
export * from './text-append';
export * from './aggregate-comoments';
export * from './aggregate-count';
export * from './aggregate-extreme';
export * from './aggregate-moments';
export * from './aggregate-pick';
export * from './aggregate-quantile';
export * from './aggregate-sum';
export * from './aggregate-text';
export * from './group-dense';
export * from './group-hash';
export * from './group-key';
export * from './take';
export * from './rows';
export * from './csv-quote';
export * from './json-quote';
