import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type ConnectionsOptions,
  createConnections,
  DsqlDialect,
  type DsqlDialectOptions,
  environmentCredentials,
} from '../../../../src/adapters/dsql/index.ts';
import { InvariantViolation } from '../../../../src/domain/kernel/index.ts';

const endpoint = 'abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws';
const canary = 'canary-that-nobody-may-read';
const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: canary, sessionToken: canary };
const right = { endpoint, user: 'orders', credentials: keys };

const refusalOf = (options: unknown): string => {
  try {
    new DsqlDialect(options as DsqlDialectOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(InvariantViolation);
    return (error as Error).message;
  }
  throw new Error('accepted');
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the options of the dialect', () => {
  it('may be all of those that are known', () => {
    const options: ConnectionsOptions = {
      ...right,
      region: 'us-gov-east-1',
      ca: '-----BEGIN CERTIFICATE-----',
      size: 1,
      connectMsMax: 1_000,
      serial: true,
      plainBegin: true,
    };
    const limits = { statementMsMax: 1, acquireMsMax: 300_000, migrationLeaseMs: 1_000 };
    expect(() => new DsqlDialect({ ...options, ...limits })).not.toThrow();
    const connections = createConnections(options);
    expect(() => new DsqlDialect({ connections, ...limits })).not.toThrow();
  });

  it.each([
    ['enpoint', 'endpoint'],
    ['User', 'user'],
    ['credentails', 'credentials'],
    ['connectMs', 'connectMsMax'],
    ['statementMaxMs', 'statementMsMax'],
    ['password', undefined],
  ])('that are unknown, such as %s, are named, with the one that was meant: %s', (name, meant) => {
    const refusal = refusalOf({ ...right, [name]: canary });
    expect(refusal).toContain(`DsqlDialect: unknown option "${name}"`);
    expect(refusal).toContain(meant ? `did you mean "${meant}"?` : 'known are endpoint, user');
  });

  it.each([
    ['endpoint', undefined, '<cluster>.dsql.<region>.on.aws'],
    ['endpoint', `postgres://admin:${canary}@host/postgres`, 'without a scheme'],
    ['user', undefined, 'the database role to connect as'],
    ['user', '', 'the database role to connect as'],
    ['region', 'Virginia', 'an AWS Region'],
    ['credentials', canary, 'AWS keys, or a function'],
    ['credentials', null, 'AWS keys, or a function'],
    ['ca', '/etc/ssl/ca.pem', 'PEM text'],
    ['size', 0, 'a whole number of connections from 1 to 10000'],
    ['size', 1.5, 'a whole number of connections from 1 to 10000'],
    ['connectMsMax', '5000', 'a whole number of milliseconds from 1 to 60000'],
    ['connectMsMax', Number.POSITIVE_INFINITY, 'a whole number of milliseconds from 1 to 60000'],
    ['serial', 'yes', 'true or false'],
    ['plainBegin', 'yes', 'true or false'],
    ['statementMsMax', 0, 'a whole number of milliseconds from 1 to 300000'],
    ['migrationLeaseMs', 10, 'a whole number of milliseconds from 1000 to 300000'],
  ])('are refused in one line when "%s" is %s', (name, value, must) => {
    const refusal = refusalOf({ ...right, [name]: value });
    expect(refusal).toMatch(new RegExp(`^DsqlDialect: "${name}" must be .*$`));
    expect(refusal).toContain(must);
    expect(refusal).not.toContain(canary);
  });

  it('are refused when keys lack a part, without quoting another', () => {
    const refusal = refusalOf({ ...right, credentials: { secretAccessKey: canary } });
    expect(refusal).toBe('DsqlDialect: "credentials": "accessKeyId" must be an access key id');
  });

  it('are refused when they are none, or name a pool and an endpoint', () => {
    expect(refusalOf(undefined)).toContain('give an object of options');
    const connections = createConnections(right);
    expect(refusalOf({ connections, endpoint })).toContain('unknown option "endpoint"');
  });

  it.each([
    ['null', null],
    ['a word', canary],
    ['a list', []],
    ['an object without methods', {}],
    [
      'a pool of another library',
      { connect: () => canary, query: () => canary, end: () => canary },
    ],
  ])('are refused when "connections" is %s', (_, connections) => {
    const must = 'DsqlDialect: "connections" must be a pool of createConnections';
    expect(refusalOf({ connections })).toBe(must);
  });

  it('may name connections that are undefined, as if they were absent', () => {
    const connections = undefined;
    expect(() => new DsqlDialect({ ...right, connections } as DsqlDialectOptions)).not.toThrow();
    expect(refusalOf({ connections })).toContain('DsqlDialect: "endpoint" must be <cluster>');
  });

  it.each([
    ['null', null],
    ['an address', endpoint],
    ['a function', () => right],
  ])('are refused when they are %s', (_, options) => {
    expect(refusalOf(options)).toBe('DsqlDialect: give an object of options');
  });

  it('say the Region, or the name of the endpoint does', () => {
    expect(() => new DsqlDialect({ ...right, endpoint: `${endpoint}:5432` })).not.toThrow();
    const privateLink = 'abc.dsql-fnh4.eu-west-1.on.aws';
    expect(() => new DsqlDialect({ ...right, endpoint: privateLink })).not.toThrow();
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_DEFAULT_REGION', undefined);
    expect(refusalOf({ ...right, endpoint: 'localhost:5432' })).toContain(
      '"region" must be set, or AWS_REGION: localhost does not name a Region',
    );
  });

  it('show no key in the dialect or the pool', () => {
    const connections = createConnections(right);
    for (const object of [new DsqlDialect(right), new DsqlDialect({ connections }), connections]) {
      const seen = inspect(object, { depth: 20, showHidden: true });
      expect(`${seen}${JSON.stringify(object)}`).not.toContain(canary);
    }
  });
});

describe("the environment's keys", () => {
  it('are read anew each time', () => {
    const env: Record<string, string> = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const keys = { accessKeyId: 'a', secretAccessKey: 'b' };
    expect(environmentCredentials(env)).toEqual(keys);
    expect(environmentCredentials({ ...env, AWS_SESSION_TOKEN: '' })).toEqual(keys);
    env['AWS_SESSION_TOKEN'] = 'c';
    expect(environmentCredentials(env)).toMatchObject({ sessionToken: 'c' });
  });

  it('are asked for by their names when they are missing', () => {
    expect(() => environmentCredentials({ AWS_ACCESS_KEY_ID: canary })).toThrow(
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the option "credentials"',
    );
  });
});
