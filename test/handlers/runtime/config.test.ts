import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../../src/domain/kernel/index.ts';
import { readEventBusName } from '../../../src/handlers/runtime/config.ts';
import {
  readConsumerName,
  readInboxRetentionMs,
  readQueueReceivesMax,
  readServiceConfig,
} from '../../../src/handlers/runtime/index.ts';

const environment = {
  AWS_REGION: 'us-east-1',
  DSQL_ENDPOINT: 'localhost:5432',
  DSQL_USER: 'ledger_app',
  OUTBOX_GRACE_MS: '60000',
  OUTBOX_TAKEOVER_AGE_MS: '600000',
  OUTBOX_REPLAY_WINDOW_MS: '0',
};

describe('the configuration of a function', () => {
  it('is read from its environment', () => {
    expect(readServiceConfig(environment)).toEqual({
      region: 'us-east-1',
      dsqlEndpoint: 'localhost:5432',
      dsqlUser: 'ledger_app',
      dsqlSerial: false,
      dsqlPlainBegin: false,
      outboxGraceMs: 60_000,
      outboxTakeoverAgeMs: 600_000,
      outboxReplayWindowMs: 0,
      tracing: false,
    });
  });

  describe.each([
    ['DSQL_SERIAL', 'dsqlSerial'],
    ['DSQL_PLAIN_BEGIN', 'dsqlPlainBegin'],
    ['POWERTOOLS_TRACE_ENABLED', 'tracing'],
  ] as const)('%s', (name, setting) => {
    const isOn = (value: string | undefined): boolean =>
      readServiceConfig({ ...environment, [name]: value })[setting];

    it('is on with the word true, off with the word false and where it is not set', () => {
      expect(['true', 'false', '', undefined].map(isOn)).toEqual([true, false, false, false]);
    });

    it.each(['1', 'TRUE', 'yes', ' true'])('refuses %j, which would mean off', (value) => {
      const message = `Set ${name} to true or false`;
      expect(() => isOn(value)).toThrow(new InvariantViolation(message));
    });
  });

  it.each(Object.keys(environment))('names %s when it is missing or empty', (name) => {
    const message = `Set the environment variable ${name} of the function`;
    for (const value of [undefined, '']) {
      const read = () => readServiceConfig({ ...environment, [name]: value });
      expect(read).toThrow(new InvariantViolation(message));
    }
  });

  it.each(['1.5', '-1', '1 min', 'NaN', 'Infinity'])('refuses %j milliseconds', (value) => {
    const read = () => readServiceConfig({ ...environment, OUTBOX_GRACE_MS: value });
    expect(read).toThrow(`Set OUTBOX_GRACE_MS to a whole number of milliseconds, not ${value}`);
  });

  it.each([
    'https://abc.dsql.us-east-1.on.aws',
    'postgres://admin:secret@localhost/postgres',
    'abc.dsql.us-east-1.on.aws/postgres',
    'localhost:port',
    'localhost:65536',
  ])('refuses the endpoint %j, and does not repeat it', (value) => {
    const read = () => readServiceConfig({ ...environment, DSQL_ENDPOINT: value });
    const must = '<cluster>.dsql.<region>.on.aws, or host:port, without a scheme';
    expect(read).toThrow(new InvariantViolation(`Set DSQL_ENDPOINT: it must be ${must}`));
  });

  it('may say how many statements a connection keeps prepared', () => {
    const read = (value: string) =>
      readServiceConfig({ ...environment, DSQL_PREPARED_STATEMENTS_MAX: value });
    expect(['0', '1000', ''].map((value) => read(value).dsqlPreparedStatementsMax)).toEqual([
      0,
      1_000,
      undefined,
    ]);
    const must = 'Set DSQL_PREPARED_STATEMENTS_MAX: it must be a whole number of statements from 0';
    for (const value of ['some', '-1', '5000', '1.5', '0x10', ' 1'])
      expect(() => read(value)).toThrow(`${must} to 1000`);
  });

  it('has a bus for a function that publishes', () => {
    expect(readEventBusName({ EVENT_BUS_NAME: 'antipode-ledger' })).toBe('antipode-ledger');
    expect(() => readEventBusName({})).toThrow('Set the environment variable EVENT_BUS_NAME');
  });

  it('has a name for a function that consumes events', () => {
    expect(readConsumerName({ CONSUMER_NAME: 'totals' })).toBe('totals');
    expect(() => readConsumerName({})).toThrow('Set the environment variable CONSUMER_NAME');
  });

  it('has a number of deliveries for a function behind a queue', () => {
    expect(readQueueReceivesMax({})).toBeUndefined();
    expect(readQueueReceivesMax({ QUEUE_RECEIVES_MAX: '5' })).toBe(5);
    for (const given of ['0', '1.5', 'five']) {
      expect(() => readQueueReceivesMax({ QUEUE_RECEIVES_MAX: given })).toThrow(
        `Set QUEUE_RECEIVES_MAX to a whole number from 1, not ${given}`,
      );
    }
  });

  it('has a retention of handled events for a function that cleans up', () => {
    expect(readInboxRetentionMs({ INBOX_RETENTION_MS: '60000' })).toBe(60_000);
    expect(() => readInboxRetentionMs({})).toThrow('INBOX_RETENTION_MS');
  });
});
