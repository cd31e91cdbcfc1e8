/** How many columns of a terminal a text takes, and texts made safe to show. */

/** Made when it is first needed: that takes longer than many a command. */
let graphemes: Intl.Segmenter | undefined;

const printableAscii = /^[\x20-\x7e]*$/;

/** Wide and fullwidth by Unicode's East Asian Width (UAX 11); emoji are told by their own property. */
const wide =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u;

const emoji = /\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;

/** Marks and formats that stand alone take no room. */
const invisible = /^[\p{M}\p{Cf}]*$/u;

export function displayWidth(text: string): number {
  if (printableAscii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segments(text)) width += graphemeWidth(segment);
  return width;
}

/** The text if it fits into `width` columns, else its beginning and an ellipsis. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const { segment } of segments(text)) {
    used += graphemeWidth(segment);
    if (used > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

function segments(text: string): Intl.Segments {
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return graphemes.segment(text);
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Control characters, and those that turn the direction of writing, as escapes: they must not reach a terminal. */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      const code = character.charCodeAt(0);
      return (
        escapes[character] ??
        (code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
      );
    },
  );
}

function graphemeWidth(grapheme: string): number {
  if (grapheme.length === 1 && printableAscii.test(grapheme)) return 1;
  if (emoji.test(grapheme) || wide.test(grapheme)) return 2;
  return invisible.test(grapheme) ? 0 : 1;
}
