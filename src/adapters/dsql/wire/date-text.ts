import { originOf, type ValueOrigin } from './value-origin.ts';

/** The largest offset from UTC that PostgreSQL reads. Milliseconds. */
const offsetMsMax = (15 * 3_600 + 59 * 60 + 59) * 1_000;

const padded = (value: number, digits = 2): string => String(value).padStart(digits, '0');

/** Milliseconds since the epoch at which a UTC clock shows these digits. */
const utcOf = (
  year: number,
  month: number,
  day: number,
  hours: number,
  minutes: number,
  seconds: number,
  milliseconds: number,
): number => {
  const date = new Date(0);
  // `Date.UTC` would take the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month, day);
  return date.setUTCHours(hours, minutes, seconds, milliseconds);
};

/**
 * How far the local clock is ahead of UTC at that time, in milliseconds. `getTimezoneOffset` has no
 * seconds, which the local mean times of the nineteenth century had.
 */
const localOffset = (date: Date): number => {
  const clock = utcOf(
    ...([date.getFullYear(), date.getMonth(), date.getDate(), date.getHours()] as const),
    ...([date.getMinutes(), date.getSeconds(), date.getMilliseconds()] as const),
  );
  // The local clock of the first and last day that a `Date` can hold may be outside of that range.
  return Number.isNaN(clock) ? -date.getTimezoneOffset() * 60_000 : clock - date.getTime();
};

const offsetText = (offsetMs: number): string => {
  const total = Math.abs(offsetMs) / 1_000;
  const seconds = total % 60;
  const minutes = Math.floor(total / 60);
  const text = `${offsetMs < 0 ? '-' : '+'}${padded(Math.floor(minutes / 60))}:${padded(minutes % 60)}`;
  return seconds === 0 ? text : `${text}:${padded(seconds)}`;
};

/** The local time of a `Date`. PostgreSQL calls the year 0 of a `Date` 1 BC. */
const localText = (date: Date, fraction: string): string => {
  const year = date.getFullYear();
  const day = `${padded(year < 1 ? 1 - year : year, 4)}-${padded(date.getMonth() + 1)}-${padded(date.getDate())}`;
  const time = `${padded(date.getHours())}:${padded(date.getMinutes())}:${padded(date.getSeconds())}`;
  return `${day}T${time}.${fraction}${offsetText(localOffset(date))}${year < 1 ? ' BC' : ''}`;
};

type DateOrigin = Extract<ValueOrigin, { readonly time: number }>;

/**
 * PostgreSQL's text of a time: date, time of day, fraction, offset and era, of which all but the
 * date may be absent.
 */
const parts =
  /^(\d+)-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/;

type Parts = {
  /** Milliseconds since the epoch at which a UTC clock shows these digits. */
  readonly clock: number;
  /** How far that clock is ahead of UTC, in milliseconds. */
  readonly offset: number;
  readonly day: string;
  readonly time: string;
  /** Digits behind the second's point; empty for none. */
  readonly fraction: string;
  readonly era: string;
};

const partsOf = (text: string): Parts | undefined => {
  const found = parts.exec(text);
  if (!found) return undefined;
  const [, year = '', month = '', date = '', hours = '00', minutes = '00', seconds = '00'] = found;
  const [fraction = '', sign, ahead = '0', aheadMinutes = '0', aheadSeconds = '0', era = ''] =
    found.slice(7);
  const aheadMs =
    (Number(ahead) * 3_600 + Number(aheadMinutes) * 60 + Number(aheadSeconds)) * 1_000;
  const clock = utcOf(
    ...([era === '' ? Number(year) : 1 - Number(year), Number(month) - 1, Number(date)] as const),
    ...([Number(hours), Number(minutes), Number(seconds)] as const),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  );
  const day = `${year}-${month}-${date}`;
  const offset = sign === '-' ? -aheadMs : aheadMs;
  return { clock, offset, day, time: `${hours}:${minutes}:${seconds}`, fraction, era };
};

/** The text of a `Date` that has not changed since it was read. */
const readText = (date: Date, { type, text, time }: DateOrigin): string => {
  const read = partsOf(text);
  // Beyond the range of a `Date` only the server's own text is left.
  if (Number.isNaN(time) || !read) return text;
  const { clock, offset, fraction } = read;
  if (type === 'timestamptz') {
    // `pg` reads 29 February of 1 BC as 1 March.
    return clock - offset === time ? localText(date, fraction.padEnd(3, '0')) : text;
  }
  const difference = clock - time;
  const ahead = Math.abs(difference) > offsetMsMax ? localOffset(date) : difference;
  const digits = fraction === '' ? '' : `.${fraction}`;
  return `${read.day}T${read.time}${digits}${offsetText(ahead)}${read.era}`;
};

/**
 * The text of a valid `Date` for a `date`, a `timestamp` or a `timestamptz`: its local time with
 * the offset from UTC, as `pg` writes it. PostgreSQL ignores the offset for the first two.
 *
 * A `Date` that was read and has not changed gets the digits that the server has sent.
 *
 * @returns undefined for an invalid `Date`, unless it was read so
 */
export const dateText = (date: Date): string | undefined => {
  const from = originOf(date);
  if (from !== undefined && 'time' in from && Object.is(from.time, date.getTime())) {
    return readText(date, from);
  }
  if (Number.isNaN(date.getTime())) return undefined;
  return localText(date, padded(date.getMilliseconds(), 3));
};
