import { InvalidInput, type Issue } from '../fault.ts';
import { placeOf } from '../json/json-writer.ts';
import type { SchemaIssue } from '../standard-schema.ts';
import { envelopeIssues, isEnvelope } from './envelope-check.ts';
import { fieldOf } from './envelope-json.ts';
import type { EventEnvelope } from './event.ts';
import { type EventDeclaration, quoted, validate } from './event-declaration.ts';
import { oldestOf, UpcastFailed, upcastData } from './upcast.ts';

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

const requireEnvelope = (wire: unknown): EventEnvelope => {
  if (isEnvelope(wire)) return wire;
  const shown = ({ field, message }: Issue) => `${field} ${message}`;
  throw misfit('Not a CloudEvents 1.0 envelope', envelopeIssues(wire) ?? [], shown);
};

const declarationOf = (
  { source, events }: DeclaredEvents,
  wire: EventEnvelope,
): EventDeclaration => {
  if (wire.source !== source) {
    throw new InvalidInput(`Event source ${quoted(wire.source)} is not ${source}`);
  }
  const declaration = Object.hasOwn(events, wire.type) ? events[wire.type] : undefined;
  if (declaration) return declaration;
  throw new InvalidInput(`Unknown event type ${quoted(wire.type)}`);
};

const requireReadVersion = (type: string, declaration: EventDeclaration, version: number): void => {
  const [oldest, newest] = [oldestOf(declaration), declaration.version];
  if (version >= oldest && version <= newest) return;
  const read = oldest === newest ? newest : `${oldest} to ${newest}`;
  throw new InvalidInput(`Unknown version ${version} of event ${type}: this service reads ${read}`);
};

const newestData = (type: string, declaration: EventDeclaration, wire: EventEnvelope): unknown => {
  if (wire.schemaversion === declaration.version) return wire.data;
  try {
    return upcastData(declaration, wire.schemaversion, wire.data);
  } catch (error) {
    if (!(error instanceof UpcastFailed)) throw error;
    // The error of an upcast may quote data, and the message ends up in a log.
    const message = `Event ${type} of version ${wire.schemaversion} cannot be read, because the upcast from version ${error.from} has failed`;
    throw new InvalidInput(message, { cause: error });
  }
};

/**
 * Reads an event in its newest version.
 *
 * @throws {InvalidInput} and {InvariantViolation} as `EventCatalogue.parse` does
 */
export const readEvent = (declared: DeclaredEvents, given: unknown): EventEnvelope => {
  const wire = requireEnvelope(given);
  const declaration = declarationOf(declared, wire);
  const type = quoted(wire.type);
  requireReadVersion(type, declaration, wire.schemaversion);
  const checked = validate(type, declaration.schema, newestData(type, declaration, wire));
  if (!checked.issues) {
    return { ...wire, schemaversion: declaration.version, data: checked.value };
  }
  const message = 'does not fit the schema';
  const issues = checked.issues.map((issue) => ({ field: issueField(issue), message }));
  const upcast =
    wire.schemaversion === declaration.version
      ? ''
      : ` after its upcast from ${wire.schemaversion}`;
  // The messages of a schema may quote data and end up in a log.
  throw misfit(`Event ${type} does not fit its schema${upcast}`, issues, ({ field }) => field);
};
