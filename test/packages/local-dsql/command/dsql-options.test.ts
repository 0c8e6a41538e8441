import { describe, expect, it } from 'vitest';
import { dsqlOptions } from '../../../../packages/local-dsql/src/command/dsql-options.ts';

const read = (args: readonly string[]) => dsqlOptions(args, 'antipode-local-dsql');

describe('antipode-local-dsql', () => {
  it('starts two Regions with tokens and without injected failures unless told otherwise', () => {
    expect(read([])).toEqual({
      regions: ['us-east-1', 'us-west-2'],
      ports: [4132, 4133],
      auth: true,
      roundTripMs: 0,
      commitMs: 0,
      jobMs: 1000,
      failures: {},
    });
  });

  it('reads every option', () => {
    const args =
      '--port 0 --regions eu-west-1 --data d --no-auth --round-trip 1.5 --commit-delay 30 --job-delay 0';
    expect(read([...args.split(' '), '--faults', 'seed=3,oc000=0.5'])).toMatchObject({
      regions: ['eu-west-1'],
      ports: [0],
      data: 'd',
      auth: false,
      roundTripMs: 1.5,
      commitMs: 30,
      jobMs: 0,
      failures: { seed: 3, conflict: 0.5 },
    });
  });

  it('takes a name for the cluster of each Region, and a file for variables', () => {
    const [one, other] = ['a'.repeat(26), 'b1'.repeat(13)];
    expect(read(['--cluster-id', `${one},${other}`, '--write-env', 'dsql.vars'])).toMatchObject({
      clusterIds: [one, other],
      envFile: 'dsql.vars',
    });
  });

  it('shows its help when asked', () => {
    expect(read(['--help'])).toBeUndefined();
  });

  it.each([
    ['--port 70000', /^--port 70000: give a number from 0 to 65534$/],
    ['--port 1.5', /^--port 1.5: give a whole number$/],
    ['--regions here', /^--regions here: give one or two Regions/],
    ['--regions us-east-1,us-east-1', /^--regions /],
    ['--job-delay -1', /^--job-delay -1: give a number|^Option '--job-delay'/],
    ['--commit-delay long', /^--commit-delay long: give a number/],
    ['--data d --postgres postgres://a@b/c', /exclude each other/],
    ['--data ', /^--data is empty: give a value or leave it out$/],
    ['--postgres ', /^--postgres is empty: give a value or leave it out$/],
    ['--cluster-id short', /^--cluster-id short: give 2 different names, each of 26 lower-case/],
    [`--cluster-id ${'a'.repeat(26)}`, /: give 2 different names/],
    [`--cluster-id ${['a', 'a', 'b'].map((one) => one.repeat(26)).join()}`, /: give 2 different/],
    ['--write-env ', /^--write-env is empty: give a value or leave it out$/],
    ['--faults oc000=2', /^--faults: failure "oc000=2": give seed=N, or one of .*oc000/],
    ['--faults close:door=1', /^--faults: failure "close:door=1": .*steps: connect/],
    ['--fast', /^Unknown option '--fast': see antipode-local-dsql --help$/],
  ])('refuses %s in one line', (args, message) => {
    expect(() => read(args.split(' '))).toThrow(message);
  });
});
