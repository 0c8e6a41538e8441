import type { JsonText } from './json-text.ts';
import {
  type AddressRange,
  isWithin,
  looksLikeAddress,
  networkRange,
  parseAddress,
} from './pattern-addresses.ts';
import {
  type CompileMatch,
  type Match,
  onStrings,
  type Refuse,
  stringOf,
} from './pattern-match.ts';
import { matchesWildcard, parseWildcard } from './pattern-wildcard.ts';

/** EventBridge takes no mask that leaves a single address: an exact value says that. */
const v4MaskBitsMax = 31;
const v6MaskBitsMax = 127;

const v4Bytes = 4;

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/**
 * A regular expression of the text in which a character may have either case and no other folding
 * happens.
 */
const eitherCase = (text: string): string =>
  Array.from({ length: text.length }, (_, index) => {
    const character = text.charAt(index);
    const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
    return lower === upper ? escaped(lower) : `(?:${escaped(lower)}|${escaped(upper)})`;
  }).join('');

/** Matches a string in either case, whole or anchored at one end. */
export const ignoringCase = (text: string, anchor: 'prefix' | 'suffix' | 'whole'): Match => {
  const letters = eitherCase(text);
  // Looks back from the end: going forward, it would be tried at every character of a long value.
  const expression = new RegExp(
    anchor === 'suffix' ? `$(?<=${letters})` : `^${letters}${anchor === 'whole' ? '$' : ''}`,
  );
  return onStrings((value) => expression.test(value));
};

/** Matches strings that begin or end with `part`. */
export const affix = (kind: 'prefix' | 'suffix', part: string): Match =>
  onStrings(
    kind === 'prefix' ? (value) => value.startsWith(part) : (value) => value.endsWith(part),
  );

/** Compiles `equals-ignore-case`. */
export const compileEqualsIgnoreCase: CompileMatch = (operand, refuse) =>
  ignoringCase(
    stringOf(operand, refuse, 'equals-ignore-case match pattern must be a string'),
    'whole',
  );

/** Compiles `wildcard`. */
export const compileWildcard: CompileMatch = (operand, refuse) => {
  const text = stringOf(operand, refuse, 'wildcard match pattern must be a string');
  try {
    const wildcard = parseWildcard(text);
    return { ...onStrings((value) => matchesWildcard(wildcard, value)), wildcards: [wildcard] };
  } catch (cause) {
    if (cause instanceof RangeError) return refuse(cause.message, operand.end);
    throw cause;
  }
};

const onAddresses = (range: AddressRange): Match =>
  onStrings((value) => {
    const address = parseAddress(value);
    return address !== undefined && isWithin(range, address);
  });

/** Matches one string exactly; an IP literal also in its other spellings. */
export const exactString = (text: string): Match => {
  const address = parseAddress(text);
  return address
    ? onAddresses({ first: address, last: address })
    : onStrings((value) => value === text);
};

const cidrRange = (text: string, refuse: Refuse): AddressRange => {
  const [literal = '', mask = '', ...more] = text.split('/');
  if (mask === '' || more.length > 0) return refuse("Malformed CIDR, one '/' required");
  const bits = /^[+-]?\d+$/.test(mask) ? Number(mask) : Number.NaN;
  if (Number.isNaN(bits)) return refuse('Malformed CIDR, mask bits must be an integer');
  if (bits < 0) return refuse('Malformed CIDR, mask bits must not be negative');
  const address = parseAddress(literal);
  if (!address) {
    const problem = looksLikeAddress(literal) ? 'Invalid' : 'Nonstandard';
    return refuse(`${problem} IP address: ${literal}`);
  }
  if (address.length === v4Bytes && bits > v4MaskBitsMax) {
    return refuse(`IPv4 mask bits must be < ${v4MaskBitsMax + 1}`);
  }
  if (bits > v6MaskBitsMax) return refuse(`IPv6 mask bits must be < ${v6MaskBitsMax + 1}`);
  return networkRange(address, bits);
};

/** Compiles `cidr`; AWS's reason for what is not a string does speak of a prefix. */
export const compileCidr: CompileMatch = (operand: JsonText, refuse: Refuse) =>
  onAddresses(
    cidrRange(stringOf(operand, refuse, 'prefix match pattern must be a string'), refuse),
  );
