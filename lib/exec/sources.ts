/** The inputs of a session: opened once to learn the schema, kept open to be read. */
import type { FormatOptions, Runtime, Source } from '../formats/format.js';
import { formatNamed, formatOf } from '../formats/formats.js';
import { findFiles } from '../formats/paths.js';
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
    const files = findFiles(paths);
    const name = format ?? formatOf(files[0]!);
    const source = await (await formatNamed(name)).open(files, options, runtime);
    const ref: SourceRef = { format: name, paths: files, options, rows: source.rows, bytes: source.bytes };
    this.#opened.set(ref, source);
    return { op: 'scan', source: ref, schema: source.schema, columns: null, predicate: null, limit: null };
  }

  /** The source a scan reads; opened if it is not open in this process. */
  async open(scan: Scan, runtime: Runtime): Promise<Source> {
    const { format, paths, options } = scan.source;
    const source =
      this.#opened.get(scan.source) ?? (await (await formatNamed(format)).open(paths, options, runtime));
    this.#opened.set(scan.source, source);
    return source;
  }

  async close(): Promise<void> {
    for (const source of this.#opened.values()) await source.close();
    this.#opened.clear();
  }
}
