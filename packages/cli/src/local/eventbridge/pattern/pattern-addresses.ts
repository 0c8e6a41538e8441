/** An IP address as its bytes, most significant first: 4 or 16 of them. */
export type Address = readonly number[];

/** An inclusive range of addresses of one family. */
export type AddressRange = { readonly first: Address; readonly last: Address };

const v4Form = /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/;
const v6Characters = /^[0-9a-fA-F:]+$/;
const v6Groups = 8;

/** Eight groups of four digits, and the colons between them. */
const v6LengthMax = 39;

/**
 * The length of `255.255.255.255`. A longer text is not read as an address, even if it only has
 * leading zeros.
 */
const v4LengthMax = 15;

const parseV4 = (text: string): Address | undefined => {
  const bytes = text.split('.').map(Number);
  return text.length <= v4LengthMax && bytes.every((byte) => byte <= 255) ? bytes : undefined;
};

const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));

/** Only one `::` may stand for a run of zero groups; it stands for at least one. */
const expandV6 = (text: string): readonly string[] => {
  const [head = '', tail, ...more] = text.split('::');
  if (tail === undefined || more.length > 0) return groups(text);
  const missing = v6Groups - groups(head).length - groups(tail).length;
  return missing < 1
    ? []
    : [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
};

const parseV6 = (text: string): Address | undefined => {
  const expanded = expandV6(text);
  if (expanded.length !== v6Groups) return undefined;
  if (!expanded.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const bytes = expanded.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
  const isV4 = bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 255));
  return isV4 ? bytes.slice(12) : bytes;
};

const isV6Form = (text: string): boolean => text.includes(':') && v6Characters.test(text);

/** Whether the text has the shape of an address, valid or not. */
export const looksLikeAddress = (text: string): boolean => v4Form.test(text) || isV6Form(text);

/** Reads an IPv4 or IPv6 literal; an IPv4-mapped IPv6 address is its IPv4 one. */
export const parseAddress = (text: string): Address | undefined => {
  if (text.length > v6LengthMax) return undefined;
  if (v4Form.test(text)) return parseV4(text);
  return isV6Form(text) ? parseV6(text) : undefined;
};

/** The addresses that share the first `bits` bits with `address`, which may have host bits set. */
export const networkRange = (address: Address, bits: number): AddressRange => {
  const mask = (index: number): number =>
    (0xff << Math.max(0, 8 - Math.max(0, bits - index * 8))) & 0xff;
  return {
    first: address.map((byte, index) => byte & mask(index)),
    last: address.map((byte, index) => byte | (~mask(index) & 0xff)),
  };
};

const compare = (one: Address, other: Address): number => {
  const index = one.findIndex((byte, position) => byte !== other[position]);
  return index < 0 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
};

/** Whether the address is of the range's family and lies within it. */
export const isWithin = (range: AddressRange, address: Address): boolean =>
  address.length === range.first.length &&
  compare(range.first, address) <= 0 &&
  compare(address, range.last) <= 0;
