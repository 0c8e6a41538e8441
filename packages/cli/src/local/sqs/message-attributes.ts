import * as v from 'valibot';
import { AwsError, isObject } from '../aws-json.ts';
import { invalidValue } from './errors.ts';
import type { MessageAttribute, MessageAttributes } from './message.ts';

/** Message attributes (developer guide, "Amazon SQS message metadata"). */
const attributesMax = 10;
const nameLengthMax = 256;
const typeLengthMax = 256;

/** Letters beyond ASCII are not documented; SQS is known to take these. */
const namePattern = /^[A-Za-z0-9_.\-\u00c0-\u017f]+$/;
const reservedName = /^(?:aws\.|amazon\.|\.)|\.$/i;
const typePattern = /^(?:String|Number|Binary)(?:\..*)?$/;
const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** A character that XML 1.0 does not have, which neither a body nor a text value may have. */
const foreignCharacter = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/**
 * SQS's words for the first character of a text that it does not take; nothing if it takes them
 * all.
 */
export const contentFlaw = (text: string, where: string): string | undefined => {
  const code = foreignCharacter.exec(text)?.[0].codePointAt(0);
  if (code === undefined) return undefined;
  const name = code.toString(16).toUpperCase();
  return `Invalid binary character '#x${name}' was found in the ${where}, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].`;
};

/** A map by the names that a sender chooses, among them `constructor` and `__proto__`. */
export const attributesSchema = v.custom<Readonly<Record<string, unknown>>>(isObject);

const attributeSchema = v.object({
  DataType: v.optional(v.string(), ''),
  StringValue: v.optional(v.string()),
  BinaryValue: v.optional(v.string()),
});

const checkName = (name: string): void => {
  if (name.length > nameLengthMax) {
    throw invalidValue('Message (user) attribute names must be shorter than 256 Bytes');
  }
  if (!namePattern.test(name)) {
    throw invalidValue(
      'Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ',
    );
  }
  if (reservedName.test(name)) {
    throw invalidValue(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.",
    );
  }
};

const checkType = (name: string, type: string): void => {
  if (type === '') {
    throw invalidValue(
      `The message (user) attribute '${name}' must contain a non-empty message attribute type.`,
    );
  }
  if (type.length > typeLengthMax) {
    throw invalidValue('Message (user) attribute types must be shorter than 256 Bytes');
  }
  if (!typePattern.test(type)) {
    throw invalidValue(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
};

const checkValue = (
  name: string,
  { DataType, StringValue = '', BinaryValue = '' }: MessageAttribute,
): void => {
  const isBinary = DataType.startsWith('Binary');
  if ((isBinary ? BinaryValue : StringValue) === '') {
    const type = isBinary ? 'Binary' : 'String';
    throw invalidValue(
      `Message (user) attribute '${name}' must contain a non-empty value of type '${type}'.`,
    );
  }
  if (isBinary) return;
  const flaw = contentFlaw(StringValue, `message (user) attribute '${name}'`);
  if (flaw !== undefined) throw invalidValue(flaw);
  if (DataType.startsWith('Number') && !numberPattern.test(StringValue)) {
    throw invalidValue(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
};

const readAttribute = (name: string, value: unknown): MessageAttribute => {
  const read = v.safeParse(attributeSchema, value);
  if (read.success) return read.output;
  throw new AwsError(`The message attribute ${name} is no object.`, {
    code: 'SerializationException',
  });
};

/**
 * Reads the attributes of a message.
 *
 * @throws {AwsError} `InvalidParameterValue` for the first attribute that SQS refuses.
 */
export const readAttributes = (given: Readonly<Record<string, unknown>>): MessageAttributes => {
  const entries = Object.entries(given);
  if (entries.length > attributesMax) {
    throw invalidValue(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${attributesMax}].`,
    );
  }
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const attribute = readAttribute(name, value);
      checkName(name);
      checkType(name, attribute.DataType);
      checkValue(name, attribute);
      return [name, attribute];
    }),
  );
};

/**
 * Reads the attributes for SQS itself. SQS has one, `AWSTraceHeader`.
 *
 * @throws {AwsError} `InvalidParameterValue` for another one, or one that is no text.
 */
export const readSystemAttributes = (given: Readonly<Record<string, unknown>>): MessageAttributes =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const attribute = readAttribute(name, value);
      if (name !== 'AWSTraceHeader') {
        throw invalidValue(
          `Message (system) attribute name '${name}' is not supported: AWSTraceHeader is.`,
        );
      }
      if (attribute.DataType !== 'String' || !attribute.StringValue) {
        throw invalidValue(
          `Message (system) attribute '${name}' must contain a non-empty value of type 'String'.`,
        );
      }
      return [name, attribute];
    }),
  );
