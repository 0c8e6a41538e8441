import { describe, expect, it } from 'vitest';
import { isPackageManager, wayToNpm } from '../../../../packages/local-dsql/src/process/starter.ts';

describe('npm is known by its command', () => {
  it.each([
    'npm start --primary-port 0',
    'npm exec antipode local',
    'node /usr/lib/node_modules/npm/bin/npm-cli.js start',
    '/usr/bin/node /opt/pnpm/bin/pnpm.cjs start',
    'node /home/me/.yarn/yarn.js start',
    'yarn start',
  ])('%s', (command) => {
    expect(isPackageManager(command)).toBe(true);
  });

  it.each([
    'sh -c exec node bin/antipode.js local',
    'sh -c npm start',
    'node /home/me/npm/bin/antipode.js local',
    'node /root/.npm/_npx/1/node_modules/.bin/antipode local',
    'vim npm-notes.txt',
    '',
  ])('and so is not %s', (command) => {
    expect(isPackageManager(command)).toBe(false);
  });
});

describe('the way up to npm', () => {
  /** Processes from this one's parent upwards. */
  const wayIn = (...commands: readonly string[]): readonly number[] =>
    wayToNpm(10, {
      commandOf: (pid) => commands[pid - 10] ?? '',
      parentOf: (pid) => pid + 1,
    });

  it('ends with npm, whatever started that', () => {
    expect(wayIn('npm start', 'bash', 'sshd')).toEqual([10]);
    expect(wayIn('sh -c node x', 'npm start', 'bash')).toEqual([10, 11]);
    expect(wayIn('node antipode.js', 'sh -c node x', 'npm start')).toEqual([10, 11, 12]);
  });

  it('goes on to the npm whose script runs npm', () => {
    expect(wayIn('npm start', 'sh -c npm start', 'npm run dev', 'bash')).toEqual([10, 11, 12]);
    const far = ['sh -c node x', 'npm start', 'sh -c npm start', 'npm run dev', 'bash'];
    expect(wayIn(...far)).toEqual([10, 11, 12, 13]);
  });

  it('is none where npm is too far, or not there', () => {
    expect(wayIn('bash', 'sshd', 'init', 'npm start')).toEqual([]);
    expect(wayIn('bash')).toEqual([]);
  });
});
