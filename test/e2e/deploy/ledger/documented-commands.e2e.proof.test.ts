import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localHelp } from '../../../../packages/cli/src/options.ts';
import { childEnvironment } from '../../../support/child-environment.ts';
import { openEnginePlace, type Place } from '../engine-place.ts';
import { type Ended, hasAwsCommand, repository } from '../tools.ts';
import { type Assemblies, createAssemblies } from './assemblies.ts';

/** A command takes seconds here, and several times as long on a busy machine. */
const timeoutMs = 300_000;

const page = readFileSync(join(repository, 'docs/local-deployments.md'), 'utf8');

const lines = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);
const exported = lines.filter((line) => line.startsWith('export '));
const commandsOf = (program: string) => lines.filter((line) => line.startsWith(program));

let place: Place;
let assemblies: Assemblies;

/** Runs a line of the page in a shell that has followed it so far. */
const follow = (command: string): Promise<Ended> =>
  new Promise((resolve) => {
    const port = new URL(place.url).port;
    const script = [...exported, command].join('\n').replaceAll('4100', port);
    const env = { ...childEnvironment(), HOME: place.folder, NO_COLOR: '1' };
    execFile('bash', ['-ec', script], { cwd: place.folder, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1);
      resolve({ code, output: stdout + stderr });
    });
  });

const statusOf = (stack: string): string =>
  place.deployments.inRegion('us-east-1').stack(stack).status;

beforeAll(async () => {
  assemblies = createAssemblies();
  place = await openEnginePlace();
  const inFolder = (name: string) => join(place.folder, name);
  symlinkSync(join(repository, 'node_modules'), inFolder('node_modules'));
  writeFileSync(inFolder('cdk.json'), JSON.stringify({ app: await assemblies.of('base') }));
  const queue = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 30 } };
  const queues = (count: number) =>
    JSON.stringify(
      {
        Resources: Object.fromEntries(
          Array.from({ length: count }, (_, at) => [`TheQueueNumber${at}`, queue]),
        ),
      },
      null,
      8,
    );
  writeFileSync(inFolder('template.json'), queues(1));
  writeFileSync(inFolder('long.json'), queues(300));
}, timeoutMs);

afterAll(async () => {
  await place.stop();
  assemblies.remove();
});

describe('the page about deployments to the local stack', () => {
  it('shows each command that is run here, and one that starts the stack', () => {
    expect(lines.filter((line) => !/^(?:export|npx cdk|aws) /.test(line))).toEqual([
      'npm start -- --empty',
    ]);
    expect(localHelp).toContain('--empty');
  });

  it(
    'deploys by the CDK CLI, compares, and destroys',
    async () => {
      const [deploy, diff, rollback, destroy, ...others] = commandsOf('npx cdk');
      expect(others).toEqual([]);
      for (const command of [deploy, diff]) {
        const { code, output } = await follow(command ?? '');
        expect(code, output).toBe(0);
      }
      expect(statusOf('antipode-ledger-primary')).toBe('CREATE_COMPLETE');
      // The last deployment has not failed.
      expect((await follow(rollback ?? '')).output).toContain('does not need a rollback');
      const { code, output } = await follow(destroy ?? '');
      expect(code, output).toBe(0);
      expect(() => statusOf('antipode-ledger-primary')).toThrow('does not exist');
    },
    timeoutMs,
  );

  it.runIf(hasAwsCommand())(
    'deploys by the aws command',
    async () => {
      for (const command of commandsOf('aws')) {
        const { code, output } = await follow(command);
        expect(code, `${command}\n${output}`).toBe(0);
      }
      expect(statusOf('long')).toBe('CREATE_COMPLETE');
      await place.deployments.idle();
      expect(() => statusOf('plain')).toThrow('does not exist');
    },
    timeoutMs,
  );
});
