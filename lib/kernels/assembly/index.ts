// One line a family. A kernel is a pure function over addresses: it knows no plan and allocates nothing.
// Files of helpers (bits, hash, intern-table, ...) are imported by kernels and not listed here.
export * from './bitmap';
export * from './intern';
export * from './sort';
export * from './text-append';
export * from './take';
