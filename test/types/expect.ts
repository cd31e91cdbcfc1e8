/** For type tests: compiled, never run. */

/** True only where the two types are the same, also as to `any`, readonly and optional members. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `is<Equal<A, B>>()` does not compile where the types differ. */
export declare function is<_Proof extends true>(): void;
