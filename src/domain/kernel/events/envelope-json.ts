import { InvalidInput, InvariantViolation } from '../fault.ts';
import { JsonProblem, writeJson } from '../json/json-writer.ts';
import { type EventEnvelope, envelopeBytesMax } from './event.ts';
import { quoted } from './event-declaration.ts';

/** A place in an event without the root, such as `data.items[0].price`. */
export const fieldOf = (place: string): string => place.replace(/^\$\.?/, '');

/**
 * Levels of arrays and objects in an envelope: `PutEvents` takes 1,000 in a detail, which a bus
 * puts into an event of its own.
 */
const envelopeDepthMax = 990;

const refusalOf = (type: string, { kind, place, message }: JsonProblem) => {
  const field = fieldOf(place);
  switch (kind) {
    case 'size':
      return new InvalidInput(
        `An event ${type} may have ${envelopeBytesMax} bytes as JSON: put what is large elsewhere and refer to it`,
      );
    case 'text':
      return new InvalidInput(`An event ${type} takes only well-formed Unicode`, {
        issues: [{ field, message }],
      });
    case 'value':
      return new InvariantViolation(
        `Event ${type} is not committed, because JSON would change it: ${field} ${message}. Give texts, numbers, lists and plain objects`,
      );
  }
};

/**
 * An envelope as the JSON that is published.
 *
 * @throws {InvariantViolation} when JSON would change it
 * @throws {InvalidInput} when it exceeds `envelopeBytesMax`, or a text in it has half a surrogate
 * pair
 */
export const writeEnvelope = (envelope: EventEnvelope): string => {
  const type = quoted(envelope.type);
  try {
    return writeJson(envelope, { bytesMax: envelopeBytesMax, nestingMax: envelopeDepthMax });
  } catch (error) {
    if (error instanceof JsonProblem) throw refusalOf(type, error);
    const message = `Event ${type} is not committed, because it cannot be read`;
    throw new InvariantViolation(message, { cause: error });
  }
};
