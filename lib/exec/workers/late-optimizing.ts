/**
 * Rows go through kernels; JavaScript only hands them batches. V8's optimizing compiler gains little there and works on
 * threads of its own, which take the cores from workers: 0.4 of 1.9 seconds of a worker's first queries went to it. So
 * a function is optimized only when it has run some thirty times as long as V8 would wait.
 */
const flagOf: Readonly<Record<string, string>> = {
  20: '--interrupt-budget=2000000',
  22: '--invocation-count-for-turbofan=90000',
  24: '--invocation-count-for-turbofan=90000',
};

const flag = flagOf[process.versions.node.split('.')[0]!];

/** The flag for this Node.js, if it is known to have one: an unknown flag would end a process that starts. */
export const lateOptimizing: readonly string[] = flag === undefined ? [] : [flag];
