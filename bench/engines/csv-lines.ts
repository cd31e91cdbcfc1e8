/** CSV without quotes, read as one writes it by hand: text that is a number becomes one. */
import { createReadStream } from 'node:fs';

/** `begin` is told the names of the columns; what it returns takes each line. */
export async function eachLine(
  path: string,
  begin: (names: readonly string[]) => (fields: readonly (string | number)[]) => void,
): Promise<void> {
  let take: ((fields: readonly (string | number)[]) => void) | null = null;
  const line = (text: string): void => {
    if (text === '') return;
    const fields = text.split(',');
    if (take === null) take = begin(fields);
    else take(fields.map((field) => (isNumber(field) ? Number(field) : field)));
  };
  let rest = '';
  for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const text of lines) line(text);
  }
  line(rest);
}

/** None of the texts begins with a digit. */
function isNumber(text: string): boolean {
  const first = text.charCodeAt(0);
  return first >= 0x30 && first <= 0x39;
}
