// The sticky outcome of parsing; see parse.ts.

export const goodText: i32 = 0;
export const badText: i32 = 1;
export const undecidedText: i32 = 2;

let outcome: i32 = goodText;

// @ts-ignore: decorator
@inline
export function fault(): i32 {
  return outcome;
}

// @ts-ignore: decorator
@inline
export function clearFault(): void {
  outcome = goodText;
}

// @ts-ignore: decorator
@inline
export function setFault(value: i32): void {
  outcome = value;
}
