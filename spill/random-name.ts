/**
 * 16 hexadecimal digits, to tell hidden and temporary names apart. Who makes the file or folder must insist that it
 * is new; no more than that hangs on them, so node:crypto, which takes milliseconds to load, is not asked.
 */
export function randomName(): string {
  const digits = (): string => Math.floor(Math.random() * 2 ** 32).toString(16);
  return digits().padStart(8, '0') + digits().padStart(8, '0');
}
