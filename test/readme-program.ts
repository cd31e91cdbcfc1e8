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

export async function mainRoutes(session: Session, file: string): Promise<string[]> {
  const routes = await session.scan(file, {
    schema: { origin: 'utf8', destination: 'utf8', count: 'int64' },
  });
  const totals = routes.groupBy('origin').agg((c) => ({ total: sum(c.count), ways: count() }));
  const first = routes
    .join(totals, { on: 'origin' })
    .withWindow({ partitionBy: 'origin', orderBy: (c) => c.count.desc() }, (c, w) => ({
      rank: w.rowNumber(),
      share: c.count.div(c.total),
    }))
    .filter((c) => c.rank.eq(1).and(c.ways.gt(20)))
    .sort((c) => c.share.desc(), { limit: 3 });
  const found: string[] = [];
  // row is { origin: string; destination: string; count: bigint; total: bigint | null; ways: bigint; rank: bigint; share: number | null }
  for await (const row of first.rows()) found.push(`${row.origin}-${row.destination}`);
  return found;
}
