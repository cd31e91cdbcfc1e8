/**
 * R's random numbers: Mersenne Twister (Matsumoto and Nishimura 1998) with R's seeding, and the integer
 * draw by rejection that R has used since 3.6. db-benchmark's data are defined by them.
 */
export class RRandom {
  #state: Uint32Array;
  #next = 624;

  constructor(seed: number) {
    this.#state = new Uint32Array(624);
    let x = seed >>> 0;
    const scramble = (): number => {
      x = (Math.imul(x, 69069) + 1) >>> 0;
      return x;
    };
    // R scrambles the seed 50 times, then discards one value, which would be the position in the state.
    for (let i = 0; i < 51; i++) scramble();
    for (let i = 0; i < 624; i++) this.#state[i] = scramble();
  }

  /** An independent generator at the same point of the sequence. */
  clone(): RRandom {
    const copy = new RRandom(0);
    copy.#state = this.#state.slice();
    copy.#next = this.#next;
    return copy;
  }

  /** Uniform in the open interval (0, 1): R's runif. */
  uniform(): number {
    const value = this.#word() * 2.3283064365386963e-10;
    if (value <= 0) return 0.5 * 2.328306437080797e-10;
    return 1 - value <= 0 ? 1 - 0.5 * 2.328306437080797e-10 : value;
  }

  /** Uniform in 0 .. n - 1: draws as many bits as n needs until the value is below n. */
  index(n: number): number {
    if (n <= 0) return 0;
    const bits = n === 1 ? 0 : 32 - Math.clz32(n - 1);
    const mask = bits === 32 ? 0xffffffff : 2 ** bits - 1;
    for (;;) {
      let value = 0;
      for (let drawn = 0; drawn <= bits; drawn += 16) {
        value = (value * 65536 + Math.floor(this.uniform() * 65536)) % 4294967296;
      }
      value = (value & mask) >>> 0;
      if (value < n) return value;
    }
  }

  /** Puts values into a random order: R's x[sample(length(x))], in place. */
  shuffle(values: Int32Array): Int32Array {
    // R draws one of those left and moves the last of them to its place; what is drawn takes the place that gets free.
    for (let left = values.length; left > 0; left--) {
      const drawn = this.index(left);
      const value = values[drawn]!;
      values[drawn] = values[left - 1]!;
      values[left - 1] = value;
    }
    return values.reverse();
  }

  #word(): number {
    if (this.#next >= 624) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let k = 0; k < 624; k++) {
      const y = (state[k]! & 0x80000000) | (state[(k + 1) % 624]! & 0x7fffffff);
      state[k] = state[(k + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
