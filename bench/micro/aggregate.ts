import type { Vector } from '../../lib/arrow/batch.js';
import { AggregateStates } from '../../lib/kernels/aggregate-states.js';
import { findAggregate } from '../../lib/kernels/aggregates.js';
import { GroupTable } from '../../lib/kernels/group-table.js';
import { type Family, rows } from './family.js';

export const aggregate: Family = ({ int32, float64, coded }, runtime) => {
  const home = runtime.arena.region('bench');
  const { arena, kernels } = runtime;
  const few = new GroupTable([coded.type], arena, kernels, 'bench').assign([coded], rows, home);
  const many = new GroupTable([int32.type], arena, kernels, 'bench').assign([int32], rows, home);
  const groups = [
    ['one group', home.reserveZeroed(rows * 4), 1],
    ['100 groups', few.groups, few.freshCount],
    [`${many.freshCount} groups`, many.groups, many.freshCount],
  ] as const;
  const inputs: readonly (readonly [string, Vector, number])[] = [
    ['int32', int32, 4],
    ['float64', float64, 8],
  ];
  return groups.flatMap(([where, ids, count]) =>
    inputs.flatMap(([type, column, width]) =>
      ['sum', 'avg', 'min', 'stddev'].map((name) => {
        const typing = findAggregate(name)!.typing([column.type])!;
        const { state, result } = typing;
        const spec = { name, state, result, args: [0], filter: -1, distinct: false, parameter: 0 };
        const states = new AggregateStates([spec], typing.args, runtime, 'bench', count === 1);
        return {
          name: `${name} of ${type}, ${where}`,
          bytes: rows * width + (count === 1 ? 0 : rows * 4),
          run: (region) => states.update(ids, count, rows, [column], region),
        };
      }),
    ),
  );
};
