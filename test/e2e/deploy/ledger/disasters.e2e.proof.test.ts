import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stacksOf } from '../../../../packages/cli/src/commands/runs/running-stacks.ts';
import { readStackAccess } from '../../../../packages/cli/src/commands/runs/stack-access.ts';
import { childEnvironment } from '../../../support/child-environment.ts';
import { openShell, type PageShell } from '../../../support/page-shell.ts';
import { antipodeLocal, freePorts, type Runner } from '../../local-app/runner.ts';
import { hasAwsCommand, keptBundles, quickly, repository } from '../tools.ts';
import { isRehearsal, needsAws, readParts } from './followed-page.ts';

/** Deployments by the real CLI, on a busy machine. */
const timeoutMs = 900_000;

const parts = readParts('disaster.md');

let folder: string;
let runner: Runner;
let shell: PageShell;
let lambda: LambdaClient;

const invoke = async (name: string, payload: object, type: 'Event' | 'RequestResponse') =>
  lambda.send(
    new InvokeCommand({
      ...{ FunctionName: `antipode-ledger-${name}`, InvocationType: type },
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  );

const ask = async (payload: object) => {
  const { Payload, FunctionError } = await invoke('api', payload, 'RequestResponse');
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError) return { status: 500, body: text };
  const { statusCode, body } = JSON.parse(text);
  return { status: statusCode as number, body: JSON.parse(body) };
};

const write = async (id: string, amount: string): Promise<void> => {
  const account = { account_id: 'till', currency: 'EUR' };
  const request = { operation: 'write', transaction_id: id, amount, ...account };
  expect((await ask(request)).status).toBe(200);
};

const amountOf = async (id: string): Promise<string | number> => {
  const { status, body } = await ask({ operation: 'read', transaction_id: id });
  return status === 200 ? body.amount : status;
};

const run = async (script: string): Promise<string> => {
  const { code, output } = await shell.run(script);
  expect(code, `${script}\n${output}`).toBe(0);
  return output;
};

/** Follows a part of the page, without its rehearsals and what AWS alone can run. */
const follow = async (title: string): Promise<readonly string[]> => {
  const blocks = parts.get(title) ?? [];
  const own = blocks.filter((block) => !needsAws(block) && !isRehearsal(block));
  expect(own.length, title).toBeGreaterThan(0);
  const outputs: string[] = [];
  for (const { script } of own) outputs.push(await run(script));
  return outputs;
};

const rehearse = async (title: string): Promise<string> => {
  const [block] = (parts.get(title) ?? []).filter(isRehearsal);
  return run(block?.script ?? 'false');
};

/** Runs SQL as the person who made the mistake. */
const bySql = (sql: string): Promise<string> =>
  run(`endpoint=$(aws lambda get-function-configuration --function-name $NAME-api \\
      --query Environment.Variables.DSQL_ENDPOINT --output text)
    node mistake.mjs "$endpoint" ${JSON.stringify(sql)}`);

const mistake = `
import { readFileSync } from 'node:fs';
import { DsqlSigner } from '@aws-sdk/dsql-signer';
import pg from 'pg';
const [endpoint = '', sql = ''] = process.argv.slice(2);
const [host, port] = endpoint.split(':');
const password = await new DsqlSigner({ hostname: host, region: 'us-east-1' })
  .getDbConnectAdminAuthToken();
const ssl = { ca: readFileSync(process.env.NODE_EXTRA_CA_CERTS) };
const client = new pg.Client({ host, port, user: 'admin', database: 'postgres', password, ssl });
await client.connect();
await client.query(sql);
await client.end();
`;

describe.runIf(hasAwsCommand())('the page about disasters', { timeout: timeoutMs }, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'antipode-disaster-'));
    // PostgreSQL runs as another user where the tests run as root.
    chmodSync(folder, 0o755);
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
    const app = `node --import ${keptBundles} ${join(repository, 'infra/ledger/app.ts')}`;
    writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app }));
    writeFileSync(join(folder, 'mistake.mjs'), mistake);
    runner = antipodeLocal(folder, ['--empty', '--schedule-speed', '30', ...freePorts]);
    const printed = await runner.prints('Ctrl-C ends it.');
    const [, endpoint = ''] = /AWS_ENDPOINT_URL=(\S+)/.exec(printed) ?? [];
    const [access] = stacksOf(folder).running.flatMap((one) => readStackAccess(one.folder) ?? []);
    if (!access) throw new Error('the stack of the test tells nobody how to reach it');
    const { accessKeyId, secretAccessKey } = access.keys;
    const { PATH = '' } = childEnvironment();
    shell = openShell(folder, {
      HOME: folder,
      NO_COLOR: '1',
      PATH: [dirname(process.execPath), join(folder, 'node_modules/.bin'), PATH].join(delimiter),
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      NODE_OPTIONS: quickly.join(' '),
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      NODE_EXTRA_CA_CERTS: access.caFile,
      ...{ BACKUP_DAYS: '35', ALARM_EMAIL: 'on-call@example.com' },
    });
    const credentials = access.keys;
    lambda = new LambdaClient({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1 });
    await follow('Before the first disaster');
    await run('npx cdk deploy --all --require-approval never');
  }, timeoutMs);

  afterAll(async () => {
    lambda?.destroy();
    runner?.child.kill('SIGINT');
    await runner?.exited;
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes a backup and its copy by hand', async () => {
    await write('before-1', '5.00');
    await write('before-2', '7.00');
    await follow('How to try it');
  });

  it('brings back what a wrong DELETE has taken, and nothing else', async () => {
    await write('after', '1.00');
    await bySql("DELETE FROM ledger.transactions WHERE id IN ('before-1', 'before-2')");
    await bySql("UPDATE ledger.transactions SET description = 'kept' WHERE id = 'after'");
    expect(await amountOf('before-1')).toBe(404);
    const outputs = await follow('A wrong DELETE');
    expect(outputs.join('')).toContain('2 rows written');
    expect(outputs.at(-1)).toContain('0 missing');
    expect(await amountOf('before-1')).toBe('5.00');
    expect(await amountOf('before-2')).toBe('7.00');
    expect(await amountOf('after')).toBe('1.00');
    const refused = await shell.run('antipode rows restore outbox --from $FROM --yes $HERE');
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('outbox is a table of the framework');
  });

  it('goes on when a Region is lost, and when it returns', async () => {
    expect(await rehearse('A Region is lost')).toContain('us-west-2');
    const outputs = await follow('A Region is lost');
    expect(outputs[0]).toContain('us-west-2 cannot be read');
    await write('while-lost', '2.00');
    await rehearse('A Region returns');
    await follow('A Region returns');
    expect(await amountOf('while-lost')).toBe('2.00');
  });

  it('handles an event again at which a consumer has failed', async () => {
    await invoke('project-totals', { detail: 'of no event that the consumer knows' }, 'Event');
    await expect
      .poll(async () => (await shell.run('antipode dlq list $HERE')).output, { timeout: 120_000 })
      .toContain('project-totals');
    const blocks = parts.get('A bad event') ?? [];
    expect(blocks).toHaveLength(2);
    expect(await run(blocks[0]?.script ?? '')).toContain('project-totals');
    // Nobody has mended this one, so that it stays where it is.
    expect((await shell.run(blocks[1]?.script ?? '')).code).toBe(1);
    const listed = await run('antipode dlq list --json $HERE 2>/dev/null');
    const ids = listed.match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g) ?? [];
    for (const id of new Set(ids)) await shell.run(`antipode dlq discard ${id} --yes $HERE`);
    expect((await shell.run('antipode dlq list $HERE 2>/dev/null')).output).not.toMatch(
      ids[0] ?? '',
    );
  });

  it('makes the half of a service again whose bus is lost', async () => {
    await follow('A bus is lost');
    expect(await amountOf('before-1')).toBe('5.00');
  });

  it('deploys again after a migration that failed', async () => {
    await follow('A bad migration');
  });

  it('serves from a restored pair when the clusters were deleted', async () => {
    await run(`aws dsql list-clusters --region $OTHER --query 'clusters[].identifier' --output text
      for region in $AWS_REGION $OTHER; do
        id=$(aws dsql list-clusters --region $region --query 'clusters[0].identifier' --output text)
        aws dsql update-cluster --region $region --identifier $id --no-deletion-protection-enabled
        aws dsql delete-cluster --region $region --identifier $id
      done`);
    expect((await ask({ operation: 'read', transaction_id: 'after' })).status).not.toBe(200);
    const blocks = parts.get('A cluster was deleted') ?? [];
    const adoption = blocks.at(-1);
    for (const { script } of blocks.slice(0, -3)) await run(script);
    const [redrive, verify] = blocks.slice(-3, -1).map(({ script }) => script);
    // Lambda may still be trying the work that failed: its message comes after the redrive.
    await expect
      .poll(() => run(`${redrive}${verify}`).catch(String), { timeout: 300_000 })
      .toContain('checks passed');
    expect(await amountOf('before-1')).toBe('5.00');
    // Committed after the backup, and lost with the clusters. The same command does it again.
    expect(await amountOf('after')).toBe(404);
    await write('after', '1.00');
    await run(adoption?.script ?? 'false');
    expect(await amountOf('before-1')).toBe('5.00');
    expect(await amountOf('after')).toBe('1.00');
    const owned = `aws cloudformation describe-stack-resources --stack-name $NAME-data-primary \
      --query "StackResources[?ResourceType=='AWS::DSQL::Cluster'].PhysicalResourceId"`;
    expect(await run(`test "$(${owned} --output text)" = "$FIRST" && echo its own`)).toContain(
      'its own',
    );
  });
});
