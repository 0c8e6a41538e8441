import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../../src/domain/kernel/index.ts';
import { createService, type ServiceConfig } from '../../../src/handlers/runtime/index.ts';

const config: ServiceConfig = {
  region: 'us-east-1',
  dsqlEndpoint: 'localhost:1',
  dsqlUser: 'orders',
  dsqlSerial: false,
  dsqlPlainBegin: false,
  dsqlPreparedStatementsMax: undefined,
  outboxGraceMs: 0,
  outboxTakeoverAgeMs: 0,
  outboxReplayWindowMs: 0,
  tracing: false,
};

describe('a service', () => {
  it.each<[string, Partial<ServiceConfig>]>([
    ['"endpoint"', { dsqlEndpoint: 'https://abc.dsql.us-east-1.on.aws' }],
    ['"user"', { dsqlUser: '' }],
    ['"region"', { region: 'Virginia' }],
    ['"preparedStatementsMax"', { dsqlPreparedStatementsMax: 5_000 }],
  ])('refuses a wrong %s as connections do, before it connects', async (option, change) => {
    const created = createService({ ...config, ...change }, 'orders', {});
    await expect(created).rejects.toThrow(InvariantViolation);
    await expect(created).rejects.toThrow(`createService: ${option} must be`);
  });
});
