import { UsageError } from 'antipode-local-dsql/process';

/** A rule of the bus, and whether its pattern leaves out what is replayed. */
export type ReplayedRule = {
  readonly name: string;
  readonly arn: string;
  readonly excludesReplays: boolean;
};

/** The bus and the name of a rule whose `Ref` is `bus|name`, or `name` on the default bus. */
const ruleOf = (id: string): { readonly bus: string; readonly name: string } => {
  const [first = '', name] = id.split('|');
  return name === undefined ? { bus: 'default', name: first } : { bus: first, name };
};

/** The rules of a stack on one bus: EventBridge replays to no rule of another one. */
export const rulesOn = (bus: string, ids: readonly string[]) =>
  ids.map(ruleOf).filter((rule) => rule.bus === bus);

/**
 * The rules that a replay reaches.
 *
 * @throws {UsageError} where a name is no rule, or no rule is left: without one EventBridge would
 *   replay to all rules of the bus
 */
export const chosenRules = (
  all: readonly ReplayedRule[],
  names: readonly string[],
): readonly ReplayedRule[] => {
  const unknown = names.find((name) => !all.some((rule) => rule.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(' or ');
    throw new UsageError(`--rule ${unknown}: give ${known || 'none, the bus has no rule'}`);
  }
  const chosen = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  const deaf = names.length > 0 && chosen.find(({ excludesReplays }) => excludesReplays);
  if (deaf) throw new UsageError(`--rule ${deaf.name}: its pattern excludes what is replayed`);
  const left = chosen.filter(({ excludesReplays }) => !excludesReplays);
  if (left.length > 0) return left;
  throw new UsageError('no rule of the bus takes what is replayed: deploy one whose pattern does');
};
