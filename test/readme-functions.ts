/** The functions of the README's second program. */
import type { ColumnBatch, ColumnsGiven } from '../lib/index.js';

type Routes = { origin: 'utf8'; destination: 'utf8'; count: 'int64' };

/** Routes without a direction. */
export default function undirected({
  length,
  columns: { origin, destination, count },
}: ColumnBatch<Routes>): ColumnsGiven<{ pair: 'utf8'; count: 'int64' }> {
  const pair = Array.from({ length }, (_, i) => [origin.get(i), destination.get(i)].sort().join('-'));
  return { pair, count };
}

const radians = Math.PI / 180;

/** Kilometres between two places, by the haversine formula. */
export function distance(lat1: Float64Array, lon1: Float64Array, lat2: Float64Array, lon2: Float64Array) {
  return lat1.map((_, i) => {
    const north = Math.sin(((lat2[i]! - lat1[i]!) * radians) / 2) ** 2;
    const east = Math.sin(((lon2[i]! - lon1[i]!) * radians) / 2) ** 2;
    const both = Math.cos(lat1[i]! * radians) * Math.cos(lat2[i]! * radians);
    return 2 * 6371 * Math.asin(Math.sqrt(north + both * east));
  });
}
