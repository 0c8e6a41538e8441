/**
 * The next time an expression fires after a time, both in milliseconds since the epoch; undefined
 * if never.
 */
export type NextAfter = (epochMs: number) => number | undefined;

/** A schedule expression that EventBridge would refuse. */
export class InvalidSchedule extends Error {
  override readonly name = 'InvalidSchedule';
}

type Field = {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on, if they have any. */
  readonly names?: readonly string[];
};

/** Whether a schedule has one of its days on this one, given as midnight UTC. */
type DayTest = (day: Date) => boolean;

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const minuteField: Field = { name: 'minutes', min: 0, max: 59 };
const hourField: Field = { name: 'hours', min: 0, max: 23 };
const dayField: Field = { name: 'day-of-month', min: 1, max: 31 };
const monthField: Field = { name: 'month', min: 1, max: 12, names: months };
const weekdayField: Field = { name: 'day-of-week', min: 1, max: 7, names: weekdays };
const yearField: Field = { name: 'year', min: 1970, max: 2199 };

const dayMs = 86_400_000;

const invalid = (field: Field, text: string): InvalidSchedule =>
  new InvalidSchedule(
    `${text} is not a value of the ${field.name} field, which takes ${field.min}-${field.max} with , - * / between them.`,
  );

const readNumber = (field: Field, text: string): number => {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.min : Number(text);
  const isValue = /^[a-z]{3}$|^\d+$/i.test(text) && value >= field.min && value <= field.max;
  if (!isValue) throw invalid(field, text);
  return value;
};

/** One of the comma-separated parts: `*`, `5`, `5-10`, and either of them with `/step`. */
const readPart = (field: Field, part: string): readonly number[] => {
  const [range = '', stepText, ...more] = part.split('/');
  const [from = '', to, ...rest] =
    range === '*' ? [`${field.min}`, `${field.max}`] : range.split('-');
  const step = stepText === undefined ? 1 : Number(stepText);
  if (more.length > 0 || rest.length > 0 || !Number.isInteger(step) || step < 1) {
    throw invalid(field, part);
  }
  const first = readNumber(field, from);
  const last =
    to === undefined ? (stepText === undefined ? first : field.max) : readNumber(field, to);
  if (last < first) throw invalid(field, part);
  return Array.from(
    { length: Math.floor((last - first) / step) + 1 },
    (_, at) => first + at * step,
  );
};

const readField = (field: Field, text: string): ReadonlySet<number> =>
  new Set(text.split(',').flatMap((part) => readPart(field, part)));

const weekday = (day: Date): number => day.getUTCDay() + 1;

const lastOfMonth = (day: Date): number =>
  new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();

/** The working day nearest to a date, in its month. */
const nearestWorkday = (day: Date, wanted: number): number => {
  const last = lastOfMonth(day);
  const date = Math.min(wanted, last);
  const on = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), date)).getUTCDay();
  if (on === 6) return date > 1 ? date - 1 : date + 2;
  if (on === 0) return date < last ? date + 1 : date - 2;
  return date;
};

const readDay = (text: string): DayTest => {
  if (text === 'L') return (day) => day.getUTCDate() === lastOfMonth(day);
  if (text.endsWith('W')) {
    const wanted = readNumber(dayField, text.slice(0, -1));
    return (day) => day.getUTCDate() === nearestWorkday(day, wanted);
  }
  const days = readField(dayField, text);
  return (day) => days.has(day.getUTCDate());
};

const readWeekday = (text: string): DayTest => {
  const [name = '', ordinal] = text.split('#');
  if (ordinal !== undefined) {
    const wanted = readNumber(weekdayField, name);
    const week = readNumber({ name: 'week of the month', min: 1, max: 5 }, ordinal);
    return (day) => weekday(day) === wanted && Math.ceil(day.getUTCDate() / 7) === week;
  }
  if (text === 'L') return (day) => weekday(day) === weekdayField.max;
  if (text.endsWith('L')) {
    const wanted = readNumber(weekdayField, text.slice(0, -1));
    return (day) => weekday(day) === wanted && day.getUTCDate() > lastOfMonth(day) - 7;
  }
  const wanted = readField(weekdayField, text);
  return (day) => wanted.has(weekday(day));
};

/**
 * EventBridge wants a `?` in one of the two day fields, so that they cannot contradict each other.
 */
const readDays = (day: string, ofWeek: string): DayTest => {
  if ((day === '?') === (ofWeek === '?')) {
    throw new InvalidSchedule('Exactly one of day-of-month and day-of-week must be ?.');
  }
  return day === '?' ? readWeekday(ofWeek) : readDay(day);
};

/**
 * Compiles the six fields of a cron expression in UTC: minutes, hours, day-of-month, month,
 * day-of-week, year.
 *
 * @throws {InvalidSchedule} naming the field.
 * @example
 * parseCron('0 8 ? * MON-FRI *')(Date.now()); // eight o'clock on the next working day
 */
export const parseCron = (text: string): NextAfter => {
  const fields = text.trim().split(/\s+/);
  const [minuteText, hourText, dayText, monthText, weekdayText, yearText, ...more] = fields;
  if (!minuteText || !hourText || !dayText || !monthText || !weekdayText || !yearText || more[0]) {
    throw new InvalidSchedule(
      `cron(${text}) has ${fields.length} fields instead of 6: minutes hours day-of-month month day-of-week year.`,
    );
  }
  const minutes = readField(minuteField, minuteText);
  const hours = readField(hourField, hourText);
  const monthSet = readField(monthField, monthText);
  const years = readField(yearField, yearText);
  const isDay = readDays(dayText, weekdayText);
  const times = [...hours]
    .flatMap((hour) => [...minutes].map((minute) => (hour * 60 + minute) * 60_000))
    .sort((one, other) => one - other);
  const lastYear = Math.max(...years);

  return (epochMs) => {
    for (let day = new Date(Math.floor(epochMs / dayMs) * dayMs); ; day = new Date(+day + dayMs)) {
      if (day.getUTCFullYear() > lastYear) return undefined;
      const isOn = years.has(day.getUTCFullYear()) && monthSet.has(day.getUTCMonth() + 1);
      if (!isOn || !isDay(day)) continue;
      const time = times.find((each) => +day + each > epochMs);
      if (time !== undefined) return +day + time;
    }
  };
};
