/** Functions of the user that SQL may call by name. */
import type { FunctionCode } from './expr.js';

/** By their names, in lower case. */
export type Registry = ReadonlyMap<string, FunctionCode>;

export const noFunctions: Registry = new Map();
