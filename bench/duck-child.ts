/**
 * One statement by DuckDB in a process of its own: `node dist/bench/duck-child.js <settings as JSON> <statement>`. The
 * setting `file` names the database.
 */
import { openDuck } from './duckdb.js';

const [, , settings, statement] = process.argv;
const { file, ...others } = JSON.parse(settings!) as Record<string, string>;
const duck = await openDuck(file!, others);
try {
  await duck.run(statement!);
} catch (error) {
  process.stderr.write(`${(error as Error).message.split('\n')[0]}\n`);
  process.exit(1);
}
duck.close();
