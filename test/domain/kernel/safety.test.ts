import { describe, expect, it } from 'vitest';
import {
  deriveSafety,
  InvariantViolation,
  type SafetyOptions,
} from '../../../src/domain/kernel/index.ts';

const usual = { functionTimeoutSeconds: 15, eventRetentionDays: 14 };

const days = 86_400_000;

/** The message of a combination that is refused; empty where it is taken. */
const refusal = (set: Partial<SafetyOptions>): string => {
  try {
    deriveSafety({ ...usual, ...set });
    return '';
  } catch (error) {
    if (error instanceof InvariantViolation) return error.message;
    throw error;
  }
};

describe('the times that keep a service safe', () => {
  it('are derived from the timeout and from the archive', () => {
    expect(deriveSafety(usual)).toEqual({
      outboxGraceMs: 16_000,
      outboxTakeoverAgeMs: 120_000,
      outboxLateMs: 600_000,
      outboxReplayWindowMs: days,
      inboxRetentionMs: 30 * days,
      relayRateSeconds: 60,
      relayTimeoutSeconds: 50,
      migrationTimeoutSeconds: 900,
    });
  });

  it('follow the timeout, the archive and each other', () => {
    expect(deriveSafety({ functionTimeoutSeconds: 900, eventRetentionDays: 365 })).toMatchObject({
      outboxGraceMs: 901_000,
      outboxTakeoverAgeMs: 961_000,
      outboxLateMs: 4_805_000,
      inboxRetentionMs: 381 * days,
    });
    expect(deriveSafety({ ...usual, relayRateSeconds: 300 })).toMatchObject({
      relayTimeoutSeconds: 290,
      outboxTakeoverAgeMs: 600_000,
      outboxLateMs: 3_000_000,
    });
    expect(deriveSafety({ ...usual, relayRateSeconds: 3_600 }).relayTimeoutSeconds).toBe(900);
    expect(deriveSafety({ ...usual, outboxReplayWindowMs: 20 * days }).inboxRetentionMs).toBe(
      36 * days,
    );
  });

  it('may be set where the rules hold, each up to its limit', () => {
    const set = {
      outboxGraceMs: 15_001,
      outboxTakeoverAgeMs: 240_000,
      outboxLateMs: 240_001,
      outboxReplayWindowMs: 14 * days,
      inboxRetentionMs: 30 * days,
      relayRateSeconds: 120,
      relayTimeoutSeconds: 119,
      migrationTimeoutSeconds: 60,
    };
    expect(deriveSafety({ ...usual, ...set })).toEqual(set);
  });

  it.each<[string, Partial<SafetyOptions>, string]>([
    [
      'a grace that ends before its command',
      { outboxGraceMs: 15_000 },
      "outboxGraceMs is 15000: it must be more than the function's timeout of 15000 ms",
    ],
    [
      'a takeover after a single late run',
      { outboxTakeoverAgeMs: 119_999 },
      'outboxTakeoverAgeMs is 119999: it must be at least two runs of the relay, 120000 ms',
    ],
    [
      'a takeover that a slower relay makes too early',
      { outboxTakeoverAgeMs: 120_000, relayRateSeconds: 120 },
      'outboxTakeoverAgeMs is 120000: it must be at least two runs of the relay, 240000 ms',
    ],
    [
      'a takeover before the own relay has had a run',
      { functionTimeoutSeconds: 120, outboxTakeoverAgeMs: 180_999 },
      'outboxTakeoverAgeMs is 180999: it must be at least a run of the relay more than the grace, 181000 ms',
    ],
    [
      'a relay that has no time to publish',
      { relayTimeoutSeconds: 9 },
      'relayTimeoutSeconds is 9: it must be at least 10',
    ],
    [
      'a replay window that ends while EventBridge still delivers',
      { outboxReplayWindowMs: days - 1 },
      `outboxReplayWindowMs is ${days - 1}: it must be at least ${days}, a day`,
    ],
    [
      'an alarm before the other Region can help',
      { outboxLateMs: 120_000 },
      'outboxLateMs is 120000: it must be more than the takeover age of 120000 ms',
    ],
    [
      'an inbox that forgets what the archive brings back',
      { inboxRetentionMs: 30 * days - 1 },
      `inboxRetentionMs is ${30 * days - 1}: it must be at least ${30 * days} ms`,
    ],
    [
      'an inbox that forgets what the outbox brings back',
      { inboxRetentionMs: 30 * days, outboxReplayWindowMs: 15 * days },
      `inboxRetentionMs is ${30 * days}: it must be at least ${31 * days} ms`,
    ],
    [
      'a relay that meets its next run',
      { relayTimeoutSeconds: 60 },
      "relayTimeoutSeconds is 60: it must be less than the relay's rate of 60 s",
    ],
    [
      'a rate that the Scheduler does not know',
      { relayRateSeconds: 90 },
      'relayRateSeconds is 90: it must be whole minutes',
    ],
    [
      'a rate at which no alarm would see two runs',
      { relayRateSeconds: 43_260 },
      'relayRateSeconds is 43260: it must be at most 43200, 12 hours',
    ],
    [
      'a function that Lambda would not run',
      { functionTimeoutSeconds: 901 },
      'functionTimeoutSeconds is 901: it must be at most 900',
    ],
    [
      'a migration that Lambda would not run',
      { migrationTimeoutSeconds: 901 },
      'migrationTimeoutSeconds is 901: it must be at most 900',
    ],
    [
      'a relay that Lambda would not run',
      { relayTimeoutSeconds: 901, relayRateSeconds: 3_600 },
      'relayTimeoutSeconds is 901: it must be at most 900',
    ],
    [
      'a fraction',
      { eventRetentionDays: 1.5 },
      'eventRetentionDays is 1.5: it must be a whole number from 1',
    ],
    [
      'a time of zero',
      { outboxReplayWindowMs: 0 },
      'outboxReplayWindowMs is 0: it must be a whole number from 1',
    ],
    [
      'an endless time',
      { inboxRetentionMs: Number.POSITIVE_INFINITY },
      'inboxRetentionMs is Infinity: it must be a whole number from 1',
    ],
  ])('are refused with one line that names the rule: %s', (_, set, message) => {
    expect(refusal(set)).toContain(message);
    expect(refusal(set)).not.toContain('\n');
  });
});
