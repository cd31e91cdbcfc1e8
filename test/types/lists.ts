/** Lists as the compiler sees them; compiled, not run. */
import { count, list, type Row, type Session, sum } from '../../lib/index.js';
import { type Equal, is } from './expect.js';

export async function lists(session: Session): Promise<void> {
  const trips = await session.scan('trips', {
    schema: { vendor: 'utf8?', fare: 'float64', tags: 'utf8[]?', grid: 'int64[][]' },
  });
  const all = await trips.rows().next();
  type Cells = Row<{ tags: 'utf8[]?'; grid: 'int64[][]' }>;
  is<
    Equal<
      Cells,
      { tags: readonly (string | null)[] | null; grid: readonly (readonly (bigint | null)[] | null)[] }
    >
  >();
  const grouped = trips
    .groupBy('vendor')
    .agg((c) => ({ fares: list(c.fare).orderBy(c.fare.desc()), n: count() }));
  const spread = grouped
    .explode('fares', { outer: true })
    .groupBy('n')
    .agg((c) => ({ total: sum(c.fares) }));
  trips.select((c) => ({
    n: c.tags.length().add(1),
    first: c.tags.at(1).upper(),
    inner: c.grid.at(-1).sum().add(1),
    has: c.tags.has('x').and(true),
    text: c.tags.sorted().unique().join(', ').lower(),
    parts: c.vendor.split(',').length(),
  }));
  // @ts-expect-error a list has no upper
  trips.select((c) => ({ x: c.tags.upper() }));
  // @ts-expect-error a list is not compared
  trips.filter((c) => c.tags.eq('x'));
  // @ts-expect-error there is no such column
  trips.explode('nothing');
  void [all, spread];
}
