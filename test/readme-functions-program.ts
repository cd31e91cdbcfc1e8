/** The README's second program. */
import { type Session, sum } from '../lib/index.js';

const functions = new URL('./readme-functions.js', import.meta.url);

export async function busiestPairs(session: Session, file: string): Promise<string[]> {
  const routes = await session.scan(file, {
    schema: { origin: 'utf8', destination: 'utf8', count: 'int64' },
  });
  const pairs = routes
    .mapBatches(functions, { schema: { pair: 'utf8', count: 'int64' } })
    .groupBy('pair')
    .agg((c) => ({ flights: sum(c.count) }))
    .sort((c) => c.flights.desc(), { limit: 3 });
  const found: string[] = [];
  for await (const row of pairs.rows()) found.push(`${row.pair} ${row.flights}`);
  return found;
}

export async function nearNewYork(session: Session, file: string): Promise<string[]> {
  const distance = session.register('distance', functions, {
    args: ['float64', 'float64', 'float64', 'float64'],
    returns: 'float64',
    export: 'distance',
  });
  const airports = await session.scan(file, {
    schema: { iata: 'utf8', latitude: 'float64', longitude: 'float64' },
  });
  const near = airports
    .withColumns((c) => ({ km: distance(c.latitude, c.longitude, 40.64, -73.78).round(0) }))
    .filter('distance(latitude, longitude, 40.64, -73.78) < 25')
    .sort('km, iata');
  const found: string[] = [];
  // row is { iata: string; latitude: number; longitude: number; km: number }
  for await (const row of near.rows()) found.push(`${row.iata} ${row.km}`);
  return found;
}
