/**
 * What functions of the user hold in typed arrays is outside of the heap that V8 caps; where the process must keep
 * within a limit (a worker's) it is counted, and what is only waiting to be collected is collected first.
 */
export interface BufferLimit {
  readonly bytes: number;
  /** Ends the process: nobody else can make a function let go of what it holds. */
  exceeded(): never;
}

/** Counting takes some microseconds. */
export function checkBuffers({ bytes, exceeded }: BufferLimit): void {
  if (held() <= bytes) return;
  // Worker processes are started so that they can.
  globalThis.gc?.();
  if (held() > bytes) exceeded();
}

/** The arena is not among them. */
const held = (): number => process.memoryUsage().arrayBuffers;
