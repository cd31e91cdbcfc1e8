/** The README's program. */
import { count, Session, sum } from '../lib/index.js';

export async function busiest(file: string): Promise<string[]> {
  const session = new Session({ memory: '512MB' });
  try {
    const routes = await session.scan(file, {
      schema: { origin: 'utf8?', destination: 'utf8?', count: 'int64?' },
    });
    const airports = routes
      .filter((c) => c.count.gt(100))
      .groupBy('origin')
      .agg((c) => ({ destinations: count(), flights: sum(c.count) }))
      .sort((c) => c.flights.desc(), { limit: 3 });
    const names: string[] = [];
    // row is { origin: string | null; destinations: bigint; flights: bigint | null }
    for await (const row of airports.rows()) if (row.origin !== null) names.push(row.origin);
    return names;
  } finally {
    await session.close();
  }
}
