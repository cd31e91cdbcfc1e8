/** The inputs of a session: opened once to learn the schema, kept open to be read. */

import { usageError } from '../errors.js';
import type { FormatOptions, Runtime, Source } from '../formats/format.js';
import { formatNamed, formatOf } from '../formats/formats.js';
import { findFiles } from '../formats/paths.js';
import { scan as makeScan } from '../plan/make-plan.js';
import type { Scan, SourceRef } from '../plan/plan.js';

export class Sources {
  readonly #opened = new Map<SourceRef, Source>();

  /**
   * Opens files, or a dataset folder, for their schema. `format` overrides what the name says. Paths may hold
   * the wildcards * and ?; relative ones start at the working directory; `-` is standard input.
   */
  async scan(
    paths: readonly string[],
    format: string | null,
    options: FormatOptions,
    runtime: Runtime,
  ): Promise<Scan> {
    const files = await findFiles(paths);
    const name = format ?? commonFormat(files);
    checkOptions(name, files[0]!, options);
    const source = await (await formatNamed(name)).open(files, options, runtime);
    const ref: SourceRef = {
      format: name,
      paths: files,
      options,
      rows: source.rows,
      bytes: source.bytes,
      ...(source.aboutRows !== undefined && { aboutRows: source.aboutRows }),
      ...(source.learned !== undefined && { learned: source.learned }),
      statistics: source.statistics,
    };
    this.#opened.set(ref, source);
    return makeScan(ref, source.schema);
  }

  /** The source a scan reads; opened if it is not open in this process. */
  async open(scan: Scan, runtime: Runtime): Promise<Source> {
    const known = this.#opened.get(scan.source);
    if (known !== undefined) return known;
    const { format, paths, options, learned } = scan.source;
    const source = await (await formatNamed(format)).open(paths, options, runtime, learned);
    this.#opened.set(scan.source, source);
    return source;
  }

  async close(): Promise<void> {
    for (const source of this.#opened.values()) await source.close();
    this.#opened.clear();
  }
}

/** Files read as one have one format. */
function commonFormat(files: readonly string[]): string {
  const [first, ...others] = files;
  const name = formatOf(first!);
  for (const file of others) {
    const other = formatOf(file);
    if (other === name) continue;
    throw usageError(`${first} is ${name}, but ${file} is ${other}; files read together have one format`, {
      file,
    });
  }
  return name;
}

/** What only CSV has: elsewhere the files themselves tell, and nobody should believe that it was heeded. */
const onlyCsv = ['delimiter', 'header', 'quote', 'nulls', 'types', 'onError', 'rejects', 'ragged'];

function checkOptions(format: string, file: string, options: FormatOptions): void {
  const name = onlyCsv.find((option) => options[option] !== undefined);
  if (format !== 'csv' && name !== undefined)
    throw usageError(`${name} is an option of CSV, but ${file} is ${format}; leave it out`, { file });
}
