import { describe, expect, it } from 'vitest';
import { migrateOptions } from '../../../../../packages/cli/src/commands/migrate/migrate-options.ts';

const endpoint = 'abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws';
const read = (
  args: string,
  environment: Readonly<Record<string, string>> = {},
  defaults: Parameters<typeof migrateOptions>[2] = { migrations: 'm' },
) => migrateOptions(args.split(' ').filter(Boolean), environment, defaults);

describe('antipode migrate', () => {
  it('takes the Region from the endpoint, admin and public unless told otherwise', () => {
    expect(read(`status --endpoint ${endpoint}`)).toEqual({
      command: 'status',
      target: { endpoint, region: 'us-east-1' },
      user: 'admin',
      migrations: 'm',
      schema: 'public',
      variables: new Map(),
      timeoutMs: 900_000,
      json: false,
    });
  });

  it('reads the environment', () => {
    const environment = {
      DSQL_ENDPOINT: 'localhost:4132',
      AWS_REGION: 'eu-west-1',
      DSQL_USER: 'owner',
      DSQL_CA: 'ca.pem',
    };
    expect(read('up', environment, { migrations: 'm', schema: 'ledger' })).toMatchObject({
      command: 'up',
      target: { endpoint: 'localhost:4132', region: 'eu-west-1' },
      user: 'owner',
      ca: 'ca.pem',
      schema: 'ledger',
    });
  });

  it('lets the command line win', () => {
    const args =
      'plan --endpoint localhost:1 --region eu-west-2 --user a --ca b --migrations c --schema d --timeout 5 --json --set x=1 --set y=a=b';
    const environment = {
      DSQL_ENDPOINT: 'other',
      AWS_REGION: 'us-east-1',
      DSQL_USER: 'o',
      DSQL_CA: 'o',
    };
    expect(read(args, environment, { migrations: 'o', schema: 'o' })).toEqual({
      command: 'plan',
      target: { endpoint: 'localhost:1', region: 'eu-west-2' },
      user: 'a',
      ca: 'b',
      migrations: 'c',
      schema: 'd',
      variables: new Map([
        ['x', '1'],
        ['y', 'a=b'],
      ]),
      timeoutMs: 5_000,
      json: true,
    });
  });

  it('puts the tables of the framework into a schema, which then keeps the journal too', () => {
    const at = `--endpoint ${endpoint}`;
    expect(read(`up ${at} --framework shop`)).toMatchObject({ framework: 'shop', schema: 'shop' });
    expect(read(`up ${at} --framework shop --schema journal`)).toMatchObject({
      framework: 'shop',
      schema: 'journal',
    });
    expect(read(`plan ${at}`, {}, { migrations: 'm', framework: 'shop' })).toMatchObject({
      framework: 'shop',
      schema: 'shop',
    });
    expect(read(`status ${at}`)).not.toHaveProperty('framework');
  });

  it('takes the schema and the migrations from a declared service', () => {
    const at = `--endpoint ${endpoint}`;
    const project = { service: 'src/box.ts' };
    for (const options of [
      read(`up ${at} --service src/box.ts`, {}, { migrations: 'o', schema: 'o', framework: 'o' }),
      read(`up ${at}`, {}, project),
    ]) {
      expect(options).toMatchObject({ service: 'src/box.ts' });
      for (const name of ['migrations', 'schema', 'framework']) {
        expect(options).not.toHaveProperty(name);
      }
    }
    const migrations = read(`up ${at} --migrations m --schema s`, {}, project);
    expect(migrations).toMatchObject({ migrations: 'm', schema: 's' });
    expect(migrations).not.toHaveProperty('service');
  });

  it.each([
    ['--service s --migrations m', {}, '--migrations m: the service says it, leave it out'],
    ['--service s --schema m', {}, '--schema m: the service says it, leave it out'],
    ['--framework m', { service: 's' }, '--framework m: the service says it, leave it out'],
    [
      '',
      { service: 's', migrations: 'm' },
      'cdk.json names the migrations twice: remove "antipode:migrations", the service of "antipode:service" has them',
    ],
  ])('refuses to be told the migrations twice: %j in a project of %j', (args, project, message) => {
    expect(() => read(`plan ${args}`, {}, project)).toThrow(message);
  });

  it('lets a database role in, and IAM roles as that role', () => {
    const at = `--endpoint ${endpoint}`;
    const arn = 'arn:aws:iam::123456789012:role/path/keeper';
    expect(read(`up ${at} --grant-role keeper`)).toMatchObject({
      grant: { role: 'keeper', iamRoleArns: [] },
    });
    expect(read(`up ${at} --grant-role keeper --iam-role ${arn} --iam-role ${arn}2`)).toMatchObject(
      { grant: { role: 'keeper', iamRoleArns: [arn, `${arn}2`] } },
    );
    expect(read(`up ${at}`)).not.toHaveProperty('grant');
  });

  it('shows its help when asked', () => {
    expect(read('up --help')).toBeUndefined();
    expect(read('--help')).toBeUndefined();
  });

  const at = `--endpoint ${endpoint}`;
  it.each([
    ['', /^give status, plan or up: see antipode migrate --help$/],
    ['down', /^migrate down is no command: give status, plan or up$/],
    ['up now', /^now is one argument too many/],
    ['up', /^no endpoint: give --endpoint HOST\[:PORT\], or set DSQL_ENDPOINT$/],
    ['up --endpoint postgres://x', /^--endpoint postgres:\/\/x: give a host and a port, such as/],
    ['up --endpoint localhost:70000', /^--endpoint localhost:70000: give a host and a port/],
    ['up --endpoint localhost:4132', /^no Region: give --region, or set AWS_REGION$/],
    [`up ${at} --set a`, /^--set a: give a name and a value/],
    [`up ${at} --set a=1 --set a=2`, /^--set a is given twice: give it once$/],
    [`up ${at} --timeout soon`, /^--timeout soon: give a number from 1 to 86400$/],
    [`up ${at} --fast`, /^Unknown option '--fast': see antipode migrate --help$/],
    [`up ${at} --framework=`, /^--framework is empty: give a value or leave it out$/],
    [`up ${at} --grant-role=`, /^--grant-role is empty: give a value or leave it out$/],
    [`plan ${at} --grant-role keeper`, /^--grant-role keeper: only up grants anything$/],
    [
      `up ${at} --iam-role arn:aws:iam::123456789012:role/a`,
      /^--iam-role needs --grant-role, the database role that it may connect as$/,
    ],
    [
      `up ${at} --grant-role keeper --iam-role arn:aws:iam::123456789012:role/a'b`,
      /^--iam-role arn:.*'b: give the ARN of an IAM role, such as /,
    ],
    [
      `up ${at} --grant-role keeper --iam-role keeper`,
      /^--iam-role keeper: give the ARN of an IAM role, such as arn:aws:iam::123456789012:role\/app$/,
    ],
    [`up ${at} --user=`, /^--user is empty: give a value or leave it out$/],
  ])('refuses %j in one line', (args, message) => {
    expect(() => read(args)).toThrow(message);
  });

  it('says how to name the migrations', () => {
    expect(() => read(`up ${at}`, {}, {})).toThrow(
      'no migrations: give --service MODULE or --migrations PATH, or "antipode:service" in cdk.json',
    );
  });
});
