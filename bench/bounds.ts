/** What bounds a task, as far as it was looked into: told beside the cases that are still behind. */
export function boundOf(task: string): string {
  const fromCsv =
    bounds[
      task
        .replace(/^csv-(?=filter|sort)/, '')
        .replace('csv-group', 'q3')
        .replace('csv-join', 'join-q5')
    ];
  if (task.startsWith('csv-')) return `reading, as load; then ${fromCsv}`;
  return fromCsv ?? 'not looked into; see its plan with explain';
}

const bounds: Readonly<Record<string, string>> = {
  load: 'finding fields and parsing numbers, one pass each; then writing the chunks',
  scan: 'decompressing pages of three columns; least and greatest of the others are in the footer',
  filter: 'writing the answer: as many bytes as are read',
  sort: 'gathering texts of the rows in their new order: a cache miss a value',
  q1: 'reading: two columns as they lie on the disk, less than a nanosecond a row of adding',
  q2: 'reading, and combining two codes to one key',
  q3: 'a cache miss a row in the table of groups',
  q4: 'reading four columns',
  q5: 'a cache miss a row in the table of groups',
  q6: 'all values of a group are held for its median, and moved twice',
  q7: 'a cache miss a row in the table of groups',
  q8: 'the largest of each group: a cache miss a row',
  q9: 'five sums of products a row, in double-double',
  q10: 'nearly every row is a group: its key of six columns is hashed, compared and kept',
  'join-q1': 'writing the answer',
  'join-q2': 'writing the answer',
  'join-q3': 'writing the answer',
  'join-q4': 'writing the answer; the key is text',
  'join-q5': 'a cache miss a row of the probe, and writing eleven columns',
  'tpch-q01': 'sums that keep what doubles lose, a fifth; the rest is reading and arithmetic, a pass each',
  'tpch-q02': 'small stages one after the other: what a task costs beside its rows',
  'tpch-q03': 'as tpch-q08, with the orders',
  'tpch-q04': 'as tpch-q06, then as tpch-q08 with the orders',
  'tpch-q05': 'a table of the orders of a year: a cache miss to enter one, and to look one up',
  'tpch-q06':
    'reading: copies out of the cache of the system and checksums are a fourth, JavaScript between batches another',
  'tpch-q07': 'as tpch-q06, with more columns',
  'tpch-q08': 'a look at the parts for each row of lineitem',
  'tpch-q09': 'rows of lineitem and orders are put down by key, and read again',
  'tpch-q10': 'rows of seven wide columns are put down by what they are grouped by',
  'tpch-q11': 'as tpch-q02; a row of partsupp is read twice',
  'tpch-q12': 'a cache miss for each order in the table of lines',
  'tpch-q13': 'matching the texts of comments, a third; then a look at the customers for each order',
  'tpch-q14': 'as tpch-q06',
  'tpch-q15': 'as tpch-q06; lineitem is read twice',
  'tpch-q16': 'as tpch-q02, and matching the texts of comments',
  'tpch-q17': 'a look at the parts for each row of lineitem',
  'tpch-q18': 'a group for each of 15 million orders: a cache miss a row',
  'tpch-q19': 'as tpch-q06; each of three alternatives is compared for all rows',
  'tpch-q20': 'pairs of lines and what is in stock, found by two keys',
  'tpch-q21': 'reading lineitem three times, and a look at the orders for each row',
  'tpch-q22': 'small stages; telephone numbers go from one to the next through a dictionary',
  distinct: 'as q10, with all columns',
  window: 'sorting by group and value',
  list: 'as q6',
};
