import type { Issue } from '../fault.ts';
import type { EventEnvelope } from './event.ts';

type Attributes = Readonly<Record<string, unknown>>;

const textAttributes = [
  'id',
  'source',
  'type',
  'subject',
  'originregion',
  'correlationid',
] as const;

const optionalTextAttributes = ['causationid', 'traceparent'] as const;

const versionAttributes = ['schemaversion', 'aggregateversion'] as const;

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

const isTime = (value: unknown): boolean =>
  typeof value === 'string' && timePattern.test(value) && !Number.isNaN(Date.parse(value));

const isText = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.isWellFormed();

/** Whether a value is a version of an event or of an aggregate. */
export const isVersion = (value: unknown): boolean =>
  Number.isSafeInteger(value) && Number(value) >= 1;

/** The end of a sentence about a version that is none. */
export const mustBeVersion = 'must be a whole number from 1';

const mustBeText = 'must be a text of Unicode that is not empty';

/** Written for speed: every command and every event passes here. */
const attributeIssues = (wire: Attributes): readonly Issue[] => {
  const issues: Issue[] = [];
  const refuse = (field: string, message: string) => issues.push({ field, message });
  if (wire['specversion'] !== '1.0') refuse('specversion', 'must be "1.0"');
  for (const name of textAttributes) if (!isText(wire[name])) refuse(name, mustBeText);
  for (const name of optionalTextAttributes) {
    if (wire[name] !== undefined && !isText(wire[name])) refuse(name, mustBeText);
  }
  if (!isTime(wire['time'])) refuse('time', 'must be a time as in RFC 3339');
  for (const name of versionAttributes) {
    if (!isVersion(wire[name])) refuse(name, mustBeVersion);
  }
  if (wire['data'] === undefined) refuse('data', 'must be there');
  return issues;
};

/**
 * The attributes of an envelope that a reader refuses; `undefined` where the value is no object at
 * all.
 */
export const envelopeIssues = (wire: unknown): readonly Issue[] | undefined =>
  typeof wire === 'object' && wire !== null ? attributeIssues(wire as Attributes) : undefined;

/** Whether a reader takes the value for an envelope. */
export const isEnvelope = (wire: unknown): wire is EventEnvelope =>
  envelopeIssues(wire)?.length === 0;
