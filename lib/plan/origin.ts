/** Where a column comes from: down through whatever hands its values on and keeps or drops rows that have the same one together. */
import { inputsOf, type Join, type Plan } from './plan.js';
import { schemaOf } from './schema.js';
import { withInputs } from './walk-plan.js';

/** The last node down the way, and the column's name there. Rows of one value may be dropped there instead of at the top. */
export interface Origin {
  readonly plan: Plan;
  readonly name: string;
  /** Are there fewer rows for an operator on the way that does something with each of them, beyond telling some apart? */
  readonly saves: boolean;
}

export function originOf(plan: Plan, name: string): Origin {
  const step = stepOf(plan, name);
  if (step === null) return { plan, name, saves: false };
  const origin = originOf(inputsOf(plan)[step.input]!, step.name);
  return saving.has(plan.op) ? { ...origin, saves: true } : origin;
}

/** The plan with the origin changed. */
export function atOrigin(plan: Plan, name: string, change: (plan: Plan, name: string) => Plan): Plan {
  const step = stepOf(plan, name);
  if (step === null) return change(plan, name);
  const inputs = inputsOf(plan).map((input, i) =>
    i === step.input ? atOrigin(input, step.name, change) : input,
  );
  return withInputs(plan, inputs);
}

const saving: ReadonlySet<Plan['op']> = new Set(['aggregate', 'distinct', 'sort', 'join']);

interface Step {
  readonly input: number;
  readonly name: string;
}

function stepOf(plan: Plan, name: string): Step | null {
  switch (plan.op) {
    case 'filter':
    case 'distinct':
      return { input: 0, name };
    case 'sort':
      return plan.limit === null ? { input: 0, name } : null;
    case 'project':
    case 'aggregate': {
      if (plan.op === 'aggregate' && plan.stage === 'final') return null;
      const made = (plan.op === 'project' ? plan.columns : plan.keys).find((one) => one.name === name);
      return made?.expr.op === 'column' ? { input: 0, name: made.expr.name } : null;
    }
    case 'join':
      return sideStep(plan, name);
    default:
      return null;
  }
}

/** The side whose rows come out with their own values, or not at all. */
function sideStep({ kind, left, right }: Join, name: string): Step | null {
  const has = (side: Plan): boolean => schemaOf(side).fields.some((field) => field.name === name);
  const both = kind === 'inner' || kind === 'cross';
  if ((both || kind === 'left' || kind === 'semi' || kind === 'anti') && has(left)) return { input: 0, name };
  return (both || kind === 'right') && has(right) ? { input: 1, name } : null;
}
