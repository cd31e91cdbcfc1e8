// Text to values: inline functions over (start, length) for kernels, not kernels themselves. None reads a byte past
// the text's end; some read up to 15 bytes before its start, which the arena's first block makes harmless.
//
// What does not parse sets the fault, which stays set: a kernel clears it first (`clearFault`) and asks for it
// (`fault`) after a value. `badText` means that the text is no such value or out of range; `undecidedText` that
// more than 19 digits do not tell which of two doubles is nearest, so JavaScript's Number(text) must.
export { badText, clearFault, fault, goodText, undecidedText } from './parse-fault';
export { parseI64, parseInteger, parseU64 } from './parse-integer';
export { parseF32, parseF64, parsePlainF64 } from './parse-float';
export { parseBool, parseDate, parseTimestamp, sawZone } from './parse-time';
export { parseDecimal } from './parse-decimal';
