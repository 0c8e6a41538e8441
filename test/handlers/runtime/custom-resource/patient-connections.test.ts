import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../../src/adapters/dsql/connection/connection.ts';
import type { ConnectionPool } from '../../../../src/adapters/dsql/index.ts';
import { createMemoryLogger } from '../../../../src/adapters/memory/index.ts';
import { InvalidInput, Unavailable } from '../../../../src/domain/kernel/index.ts';
import { patientConnections } from '../../../../src/handlers/runtime/custom-resource/patient-connections.ts';

const denied = new Unavailable('unable to accept connection, access denied');

/** A pool that lets in after a number of refusals, and time that only pauses move on. */
const poolOf = (refusals: readonly Error[]) => {
  const left = [...refusals];
  let attempts = 0;
  let now = 0;
  const pauses: number[] = [];
  const pool: ConnectionPool = {
    use: async (work) => {
      attempts += 1;
      const refusal = left.shift();
      if (refusal) throw refusal;
      return work({} as Connection);
    },
    warmUp: async () => undefined,
    close: async () => undefined,
  };
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      pauses.push(ms);
      now += ms;
    },
  };
  const logger = createMemoryLogger();
  const patient = patientConnections(pool, { clock, logger });
  return { patient, pauses, logger, attempts: () => attempts };
};

describe('the connections of a migration', () => {
  it('are tried at longer and longer intervals where the cluster lets nobody in yet', async () => {
    const { patient, pauses, attempts } = poolOf(Array(7).fill(denied));
    expect(await patient.use(async () => 'migrated', 600_000)).toBe('migrated');
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    expect(attempts()).toBe(8);
  });

  it('are tried five times in the first 23 seconds', async () => {
    const { patient, attempts } = poolOf(Array(100).fill(denied));
    await expect(patient.use(async () => 'migrated', 23_000)).rejects.toBe(denied);
    expect(attempts()).toBe(5);
  });

  it('are told of once for each reason', async () => {
    const waking = new Unavailable('waking up cluster');
    const { patient, logger } = poolOf([denied, denied, waking]);
    await patient.use(async () => 'migrated');
    expect(logger.lines.map(({ fields }) => fields)).toEqual([
      { reason: denied.message },
      { reason: waking.message },
    ]);
  });

  it('end at an error that another attempt does not change', async () => {
    const wrong = new InvalidInput('no such host');
    const { patient, attempts } = poolOf([wrong]);
    await expect(patient.use(async () => 'migrated')).rejects.toBe(wrong);
    expect(attempts()).toBe(1);
  });

  it('do not repeat work that has begun', async () => {
    const { patient, attempts } = poolOf([]);
    const lost = new Unavailable('connection lost');
    await expect(patient.use(() => Promise.reject(lost))).rejects.toBe(lost);
    expect(attempts()).toBe(1);
  });

  it('are given up when the migration is aborted', async () => {
    const { patient, attempts } = poolOf([denied, denied]);
    const signal = AbortSignal.abort();
    await expect(patient.use(async () => 'migrated', 600_000, signal)).rejects.toBe(denied);
    expect(attempts()).toBe(1);
  });
});
