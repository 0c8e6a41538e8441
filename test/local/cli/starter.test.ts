import { describe, expect, it } from 'vitest';
import { isPackageManager } from '../../../local/cli/starter.ts';

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
