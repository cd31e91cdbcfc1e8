/** Dictionaries of datasets, which other files refer to instead of having them: each is read once for all of them, and has one lineage. */
import type { Dictionary, DictionaryOrigin } from '../lib/arrow/batch.js';
import type { Region } from '../lib/memory/arena.js';
import { readOrigin } from './dataset-reader.js';
import type { Workspace } from './workspace.js';

export class ReferredTexts {
  readonly #workspace: Workspace;
  readonly #region: Region;
  readonly #read = new Map<string, Dictionary>();

  /** `release` must be called when nothing is read any more. */
  constructor(owner: string, workspace: Workspace) {
    this.#workspace = workspace;
    this.#region = workspace.arena.region(owner);
  }

  of(origin: DictionaryOrigin): Dictionary {
    const { dataset, mark, column, lineage } = origin;
    const key = JSON.stringify([dataset, mark, column, lineage]);
    const dictionary = this.#read.get(key) ?? readOrigin(origin, this.#region, this.#workspace);
    this.#read.set(key, dictionary);
    return dictionary;
  }

  release(): void {
    this.#region.release();
    this.#read.clear();
  }
}
