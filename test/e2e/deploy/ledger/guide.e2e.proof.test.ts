import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Policy } from '../../../../infra/deployer/policy.ts';
import { allowing } from '../../../infra/deployer/allow.ts';
import { bootstrapRole } from '../../../infra/deployer/bootstrap-roles.ts';
import { policyFolder } from '../../../infra/deployer/template-needs.ts';
import { childEnvironment } from '../../../support/child-environment.ts';
import { needsAws, shellLines } from '../../../support/page-commands.ts';
import { type LivePlace, openLivePlace } from '../live-place.ts';
import { openRecordingFront, type SignedCall } from '../recording-front.ts';
import { type Ended, hasAwsCommand, repository } from '../tools.ts';
import { type Assemblies, createAssemblies } from './assemblies.ts';

/** A deployment takes up to a minute here, and several times as long on a busy machine. */
const timeoutMs = 600_000;

const page = readFileSync(join(repository, 'docs/deploy/guide.md'), 'utf8');

/** Each command once: the page repeats the deployment for each kind of change. */
const lines = [...new Set(shellLines(page).filter((line) => !needsAws(line)))];
const exported = lines.filter((line) => line.startsWith('export '));
const commands = lines.filter((line) => !exported.includes(line));

/** The page exports it for all its commands. */
const address = { ALARM_EMAIL: 'on-call@example.com' };

let place: LivePlace;
let front: Awaited<ReturnType<typeof openRecordingFront>>;
let assemblies: Assemblies;

/** Runs a line of the page in the folder of a project, whose app takes the settings of the page. */
const follow = (line: string): Promise<Ended> =>
  new Promise((resolve) => {
    const env = {
      ...childEnvironment(),
      PATH: `${dirname(process.execPath)}:${childEnvironment().PATH ?? ''}`,
      ...{ HOME: place.folder, NO_COLOR: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' },
      AWS_ENDPOINT_URL: front.url,
      ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
      ...{ AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1' },
    };
    const command = [...exported, line].join('\n').replaceAll('ACCOUNT', '000000000000');
    execFile('bash', ['-ec', command], { cwd: place.folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });

beforeAll(async () => {
  assemblies = createAssemblies();
  place = await openLivePlace();
  front = await openRecordingFront(place.url);
  const inFolder = (name: string) => join(place.folder, name);
  symlinkSync(join(repository, 'node_modules'), inFolder('node_modules'));
  symlinkSync(await assemblies.of('base', address), inFolder('assembly'));
  symlinkSync(
    await assemblies.of('base', { ...address, PROTECT_DATA: 'off' }),
    inFolder('assemblyoff'),
  );
  const cdk = {
    // The app is synthesized before, once for each setting.
    app: 'mkdir -p "$CDK_OUTDIR" && cp -R "assembly$PROTECT_DATA/." "$CDK_OUTDIR"',
    context: { 'antipode:service': join(repository, 'src/adapters/ledger/service.ts') },
  };
  writeFileSync(inFolder('cdk.json'), JSON.stringify(cdk));
}, timeoutMs);

afterAll(async () => {
  await front.stop();
  await place.stop();
  assemblies.remove();
});

const calls: SignedCall[] = [];
const bootstrapping: SignedCall[] = [];

describe('the guide to deployments', () => {
  it.each(commands)(
    'has a command that does what it says: %s',
    async (line) => {
      if (line.startsWith('aws ') && !hasAwsCommand()) return;
      const { code, output } = await follow(line);
      const recorded = front.taken();
      // A third policy is for a person who looks at the service.
      if (line.includes('cdk bootstrap')) bootstrapping.push(...recorded);
      else if (line.includes('npx cdk')) calls.push(...recorded);
      // CloudFormation has nothing to roll back here, which the CDK CLI reports as a failure.
      const isIdle = line.includes('cdk rollback') && output.includes('does not need a rollback');
      expect(isIdle || code === 0, `${line}\n${output}`).toBe(true);
      if (line.startsWith('aws ')) expect(output).not.toMatch(/antipode-ledger|"identifier"/);
    },
    timeoutMs,
  );

  it('has shown that nothing is left', async () => {
    expect(await place.statuses()).toEqual([]);
    expect(await place.clusters()).toEqual([]);
  });
});

describe('the calls that the CDK CLI has made', () => {
  const policyOf = (name: string): Policy =>
    JSON.parse(readFileSync(join(policyFolder, name), 'utf8')) as Policy;
  const roleIds: Readonly<Record<string, string>> = {
    deploy: 'DeploymentActionRole',
    'file-publishing': 'FilePublishingRole',
    lookup: 'LookupRole',
  };
  const roleName = /cdk-hnb659fds-(.+)-role-/;
  const deniedBy = (policy: Policy, asked: readonly SignedCall[]): readonly SignedCall[] =>
    asked.filter((call) => allowing([policy], call).length === 0);

  it('are those of roles that the policy lets a person take, and of each of them', () => {
    const own = calls.filter(({ role }) => role === undefined);
    expect(own.length).toBeGreaterThan(3);
    expect(deniedBy(policyOf('deploy.json'), own)).toEqual([]);
    const taken = new Set(own.map(({ resource }) => roleName.exec(resource)?.[1]));
    expect([...taken].toSorted()).toEqual(Object.keys(roleIds).toSorted());
  });

  it('are allowed to a person who bootstraps, as far as the local stack lets the CDK go', () => {
    expect(bootstrapping.length).toBeGreaterThan(0);
    expect(deniedBy(policyOf('bootstrap.json'), bootstrapping)).toEqual([]);
    // Nobody else may do that.
    expect(deniedBy(policyOf('deploy.json'), bootstrapping)).toEqual(bootstrapping);
  });

  it('are allowed to the roles that the bootstrap makes', async () => {
    const shown = await follow('npx cdk bootstrap --show-template --json --no-notices 2>/dev/null');
    const template = JSON.parse(shown.output) as unknown;
    const rights = new Map(
      Object.entries(roleIds).map(([name, id]) => [name, bootstrapRole(template, id)]),
    );
    const byRole = calls.filter(({ role }) => role !== undefined);
    expect(byRole.length).toBeGreaterThan(50);
    const denied = byRole.filter(({ role = '', ...call }) => {
      const [, name = ''] = roleName.exec(role) ?? [];
      const policy = rights.get(name);
      return policy === undefined || allowing([policy], call).length === 0;
    });
    expect([
      ...new Set(denied.map(({ role, action, resource }) => `${role}: ${action} on ${resource}`)),
    ]).toEqual([]);
  });

  it('hand the role of CloudFormation to it, whose policies are those above', () => {
    const passed = calls.filter(({ action }) => action === 'iam:PassRole');
    expect(passed.length).toBeGreaterThan(0);
    for (const { resource } of passed)
      expect(resource).toContain(':role/cdk-hnb659fds-cfn-exec-role-');
  });
});
