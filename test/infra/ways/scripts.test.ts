import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeDeployment } from '../../../infra/cloudformation/deployment-folder.ts';
import { childEnvironment } from '../../support/child-environment.ts';
import { booking } from '../support/booking.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const reviewed = join(import.meta.dirname, 'dry-run.txt');

let folder: string;

beforeAll(() => {
  folder = temporaryFolder();
  // A dry run looks into the templates for the names of parameters alone.
  const template = { Parameters: { Environment: { Type: 'String' }, Owner: { Type: 'String' } } };
  const parts = ['data-primary', 'data-secondary', 'data-peering', 'primary', 'secondary'];
  writeDeployment(
    booking,
    {},
    parts.map((part) => ({ part, template })),
    folder,
  );
});

/** Runs a script where no aws command is found: a dry run needs none. */
const run = (script: string, ...args: readonly string[]) => {
  const env = { ...childEnvironment(), PATH: '/usr/bin:/bin' };
  // One stream, so that the calls are in their order.
  const command = `./${script} "$@" 2>&1`;
  const { status, stdout } = spawnSync('bash', ['-c', command, script, ...args], {
    ...{ cwd: folder, env, encoding: 'utf8', input: '' },
  });
  return { status, output: stdout };
};

const dryRun = (script: string, ...args: readonly string[]): string => {
  const { status, output } = run(script, '--dry-run', '--templates', '.', ...args);
  expect(status, output).toBe(0);
  return `$ ${[script, ...args].join(' ')}\n${output}`;
};

describe('a dry run', () => {
  it('prints the calls of the reviewed file', () => {
    const output = [
      dryRun('deploy.sh', '--parameter', 'Owner=the booking team'),
      dryRun('destroy.sh', '--delete-data'),
    ].join('\n');
    if (process.env['UPDATE_REVIEWED'] === 'yes') writeFileSync(reviewed, output);
    expect(output).toBe(readFileSync(reviewed, 'utf8'));
  });

  it('calls no aws command', () => {
    expect(run('deploy.sh', '--yes', '--templates', '.').status).not.toBe(0);
    expect(run('deploy.sh', '--dry-run', '--templates', '.').status).toBe(0);
  });
});

const owner = ['--parameter', 'Owner=team'];

/** Runs a script against an aws command that answers as the cases of a shell say. */
const runAgainst = (cases: string, script: string, ...args: readonly string[]) => {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const noStack = `*describe-stacks*) echo 'Stack does not exist' >&2; exit 254 ;;`;
  const answers = `${cases}\n*get-caller-identity*) echo 111122223333 ;;\n${noStack}`;
  const text = `#!/usr/bin/env bash\ncase "$*" in\n${answers}\n*head-bucket*) exit 254 ;;\nesac\n`;
  writeFileSync(join(bin, 'aws'), text, { mode: 0o755 });
  const env = { ...childEnvironment(), PATH: `${bin}:/usr/bin:/bin`, POLL_SECONDS: '0' };
  // A group of processes of its own, as a terminal gives to a command.
  const command = `exec setsid --wait bash ./${script} "$@" 2>&1`;
  const { status, stdout } = spawnSync('bash', ['-c', command, script, '--yes', ...args], {
    ...{ cwd: folder, env, encoding: 'utf8', input: '', timeout: 20_000 },
  });
  return { status, output: stdout };
};

describe('a script whose questions are refused', () => {
  const listRefused = `*list-clusters*) echo 'AccessDeniedException' >&2; exit 254 ;;`;
  const clusterRefused = `*list-clusters*) echo abc ;;
    *get-cluster*) echo 'AccessDeniedException' >&2; exit 254 ;;`;

  it.each([
    ['the list of clusters', listRefused, []],
    ['a cluster', clusterRefused, []],
    ['the list of clusters to delete', listRefused, ['--delete-data']],
  ])('does not say that nothing is left: %s', (_, cases, args) => {
    const { status, output } = runAgainst(cases, 'destroy.sh', ...args);
    expect(status, output).not.toBe(0);
    expect(output).toContain('AccessDeniedException');
    expect(output).not.toContain('is left in');
    expect(output).toContain('Stopped at: ');
  });

  it('goes on where a cluster is deleted meanwhile', () => {
    const cases = `*list-clusters*) echo abc ;;
      *get-cluster*) echo 'ResourceNotFoundException' >&2; exit 254 ;;`;
    const { status, output } = runAgainst(cases, 'destroy.sh', '--delete-data');
    expect(status, output).toBe(0);
    expect(output).toContain('No stack, no cluster and no code of booking is left in us-east-1');
  });

  it('does not prove what stacks kept that an earlier run has deleted', () => {
    const { output } = runAgainst('*list-clusters*) ;;', 'destroy.sh');
    expect(output).not.toContain('Nothing of booking is left');
    expect(output).toContain('Keys and backup vaults that an earlier run has kept');
  });

  it('does not say that functions work which it could not list', () => {
    const { status, output } = runAgainst(
      `*list-stack-resources*) echo 'AccessDeniedException' >&2; exit 254 ;;`,
      'verify.sh',
    );
    expect(status, output).toBe(1);
    expect(output).toContain('FAIL  us-east-1 functions of antipode-booking-primary: Acc');
  });
});

describe('a script that Ctrl-C ends', () => {
  it('says where it has stopped while it waits for a stack', () => {
    // The first look at the stack is the one that presses the keys.
    const cases = `*head-bucket*) ;;
      *describe-stacks*) kill -INT 0; sleep 5 ;;`;
    const { output } = runAgainst(cases, 'deploy.sh');
    expect(output).toContain('Stopped at: stack antipode-booking-data-primary in us-east-1');
    expect(output).toContain('with the same command: ./deploy.sh --yes');
  });
});

describe('a script', () => {
  it('takes a folder whose name begins with a dash', () => {
    symlinkSync('.', join(folder, '-t'));
    const { status, output } = run('deploy.sh', '--dry-run', '--templates', '-t', ...owner);
    expect(status, output).toBe(0);
  });

  it('finds its own folder where CDPATH is set', () => {
    const path = join(folder, 'deploy.sh').slice(1);
    const env = { ...childEnvironment(), PATH: '/usr/bin:/bin', CDPATH: '.' };
    const { status, stderr } = spawnSync('bash', [path, '--dry-run'], { cwd: '/', env });
    expect(status, String(stderr)).toBe(0);
  });

  it.each([
    ['without a terminal', [], 'give --yes, or --dry-run'],
    ['with an unknown option', ['--fast'], 'unknown option --fast: see deploy.sh --help'],
    ['with an option that lacks its value', ['--parameter'], '--parameter needs a value'],
    ['with a parameter that no template has', ['--dry-run', '--parameter', 'Size=3'], 'Size'],
    ['with a parameter without a value', ['--parameter', 'Owner'], 'write it as Name=Value'],
    [
      'with Regions that DSQL does not peer',
      ['--dry-run', '--witness-region', 'eu-west-1'],
      'DSQL does not peer clusters in us-east-1 and us-west-2 with the witness eu-west-1',
    ],
    [
      'with one Region twice',
      ['--dry-run', '--witness-region', 'us-west-2'],
      'DSQL does not peer clusters',
    ],
    ['without templates', ['--dry-run', '--templates', '/'], 'run npm run build:cloudformation'],
  ])('%s says what to do', (_, args, message) => {
    const { status, output } = run('deploy.sh', ...args);
    expect(status).toBe(1);
    expect(output.trim().split('\n')).toEqual([expect.stringContaining(message)]);
    expect(output).toMatch(/^deploy\.sh: /);
  });

  it.each(['deploy.sh', 'destroy.sh', 'verify.sh'])('%s has help', (script) => {
    const { status, output } = run(script, '--help');
    expect(status).toBe(0);
    expect(output).toMatch(new RegExp(`^Usage: ${script} `));
    for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('quotes a command that it shows, so that a shell reads it again', () => {
    const words = ["it's", '', 'a b', '$HOME', 'x=1'];
    const script = `. ./common.sh; quoted "$@"`;
    const shown = execFileSync('bash', ['-c', script, 'x', ...words], {
      ...{ cwd: folder, encoding: 'utf8' },
    });
    const read = execFileSync('bash', ['-c', `printf '%s\\n' ${shown}`], { encoding: 'utf8' });
    expect(read).toBe(`${words.join('\n')}\n`);
  });
});
