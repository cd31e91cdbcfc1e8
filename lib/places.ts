/** Where the files of the package are: as seen from here, and from a bundle, which lies as deep. */
export const kernelsFile = new URL('../kernels.wasm', import.meta.url);

/** What a worker process runs. */
export const workerFile = new URL('./worker.js', import.meta.url);

export const packageFile = new URL('../../package.json', import.meta.url);
