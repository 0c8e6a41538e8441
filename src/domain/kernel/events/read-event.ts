import { InvalidInput, type Issue } from '../fault.ts';
import { placeOf } from '../json/json-writer.ts';
import type { SchemaIssue } from '../standard-schema.ts';
import { envelopeIssues, isEnvelope } from './envelope-check.ts';
import { fieldOf } from './envelope-json.ts';
import type { EventEnvelope } from './event.ts';
import { type EventDeclaration, quoted, validate } from './event-declaration.ts';
import { newestData } from './upcast.ts';

/** A key of a record may be somebody's data, so it is not shown. */
const issueField = ({ path = [] }: SchemaIssue): string => {
  const keys = path.map((step) => (typeof step === 'object' ? step.key : step));
  const shown = keys.map((key) => (typeof key === 'number' ? key : String(key)));
  return fieldOf(placeOf(['data', ...shown]));
};

/** Fields of an event that one message names. */
const namedIssuesMax = 8;

/** An event that no reader takes, with the first of what is wrong in it. */
const misfit = (
  what: string,
  issues: readonly Issue[],
  shown: (issue: Issue) => string,
): InvalidInput => {
  const named = [...new Set(issues.map(shown))].slice(0, namedIssuesMax);
  return new InvalidInput(named.length === 0 ? what : `${what}: ${named.join(', ')}`, { issues });
};

/** The declared events of one source. */
type DeclaredEvents = {
  readonly source: string;
  readonly events: { readonly [type: string]: EventDeclaration };
};

/**
 * Reads an event in its newest version.
 *
 * @param newestOnly whether older versions are refused too, as those that a decision emits
 * @throws {InvalidInput} and {InvariantViolation} as `EventCatalogue.parse` does
 */
export const readEvent = (
  { source, events }: DeclaredEvents,
  wire: unknown,
  newestOnly = false,
): EventEnvelope => {
  if (!isEnvelope(wire)) {
    const shown = ({ field, message }: Issue) => `${field} ${message}`;
    throw misfit('Not a CloudEvents 1.0 envelope', envelopeIssues(wire) ?? [], shown);
  }
  const type = quoted(wire.type);
  if (wire.source !== source) {
    throw new InvalidInput(`Event source ${quoted(wire.source)} is not ${source}`);
  }
  const declaration = Object.hasOwn(events, wire.type) ? events[wire.type] : undefined;
  if (!declaration) throw new InvalidInput(`Unknown event type ${type}`);
  const { version, oldestVersion = 1, schema } = declaration;
  const oldest = newestOnly ? version : oldestVersion;
  const given = wire.schemaversion;
  if (given < oldest || given > version) {
    const expected = `expected ${oldest} to ${version}`;
    throw new InvalidInput(`Unknown version ${given} of event ${type}: ${expected}`);
  }
  const checked = validate(type, schema, newestData(declaration, wire));
  if (!checked.issues) return { ...wire, schemaversion: version, data: checked.value };
  const message = 'does not fit the schema';
  // The messages of a schema may quote data and end up in a log.
  throw misfit(
    `Event ${type} does not fit its schema`,
    checked.issues.map((issue) => ({ field: issueField(issue), message })),
    ({ field }) => field,
  );
};
