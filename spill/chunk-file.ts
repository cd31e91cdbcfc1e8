/** How the files of a dataset are called: part-00000.arrow, or part-00007-00000.arrow where several tasks wrote them. */

const numbered = (name: string, number: number): string => `${name}-${String(number).padStart(5, '0')}`;

/** How the names of a task's files begin; of the only writer's, without a number. */
export const chunkPrefix = (task?: number): string => (task === undefined ? 'part' : numbered('part', task));

export const chunkFile = (task: number | undefined, chunk: number): string =>
  `${numbered(chunkPrefix(task), chunk)}.arrow`;

export const isChunkFile = (name: string): boolean => /^part-\d+(-\d+)?\.arrow$/.test(name);
