import { Token } from 'aws-cdk-lib';
import type { EventPattern } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { nearestName } from '../../src/domain/kernel/nearest-name.ts';
import { InvalidProp } from './props.ts';

/** The events of a service, as its declaration has them. */
export type DeclaredEvents = Pick<DeclaredService, 'name' | 'source' | 'events'>;

/** The share of a name's letters that may be misspelt. */
const editsShareMax = 0.34;

/** The values that a pattern names literally; a matcher, such as a prefix, names none. */
const literals = (values: unknown): readonly string[] =>
  Array.isArray(values)
    ? values.filter((value) => typeof value === 'string' && !Token.isUnresolved(value))
    : [];

/**
 * Refuses a pattern that names an event which the service does not declare, or another source: no
 * event would ever match it.
 *
 * @throws {InvalidProp} that names the event and the nearest declared one
 */
export const requireDeclaredEvents = (
  { node }: Construct,
  pattern: EventPattern,
  { name, source, events }: DeclaredEvents,
): void => {
  const sources = literals(pattern.source);
  if (pattern.source && sources.length === pattern.source.length && !sources.includes(source)) {
    throw new InvalidProp(
      `pattern of ${node.path} matches no event of ${name}: its source is "${source}", not "${sources.join('", "')}"`,
    );
  }
  const types = [...literals(pattern.detailType), ...literals(pattern.detail?.['type'])];
  const unknown = types.find((type) => !Object.hasOwn(events, type));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, Object.keys(events), editsShareMax);
  const hint = nearest === undefined ? 'declare it in `events`' : `did you mean "${nearest}"?`;
  throw new InvalidProp(
    `pattern of ${node.path} names the event "${unknown}", which ${name} does not declare: ${hint}`,
  );
};
