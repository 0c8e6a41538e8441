import { InvalidSchedule, type NextAfter, parseCron } from './cron.ts';

const unitMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

const parseRate = (text: string): NextAfter => {
  const [, countText = '', unit = '', plural] = /^(\d+) (minute|hour|day)(s?)$/.exec(text) ?? [];
  const count = Number(countText);
  if (count < 1 || (count === 1) !== (plural === '')) {
    throw new InvalidSchedule(
      `rate(${text}) is not a rate: write rate(1 minute), rate(5 minutes), rate(1 hour) or rate(2 days).`,
    );
  }
  return (epochMs) => epochMs + count * (unitMs[unit] ?? 0);
};

/**
 * Compiles `rate(…)` or `cron(…)`, in UTC.
 *
 * @throws {InvalidSchedule} if EventBridge would refuse it; for `at(…)`, which the local stack does
 * not run.
 */
export const parseScheduleExpression = (text: string): NextAfter => {
  const [, kind, body = ''] = /^(rate|cron)\((.*)\)$/.exec(text) ?? [];
  if (kind === 'rate') return parseRate(body);
  if (kind === 'cron') return parseCron(body);
  throw new InvalidSchedule(
    `${text} is not a schedule here: use rate(5 minutes) or cron(0 8 * * ? *).`,
  );
};
