/** SQL text in, plans and expressions out. */
export {
  type Aggregates,
  parseAggregates,
  parseCondition,
  parseExpression,
  parseGroupKeys,
  parseSelectList,
  parseSortKeys,
} from './fragments.js';
export { type JoinText, parseJoin } from './join-text.js';
export { type OpenTable, parseQuery } from './query.js';
