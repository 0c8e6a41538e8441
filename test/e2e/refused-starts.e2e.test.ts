import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launcher, startCommand } from './local-app/killing.ts';
import {
  describeFullDisk,
  describeRefusals,
  dsql,
  local,
  refusal,
  refused,
  sandbox,
} from './local-app/refusals.ts';
import { freePorts } from './local-app/runner.ts';
import { describeTakenPorts } from './local-app/taken-ports.ts';

describe('a port that is taken is named with its option, before any work', () => {
  describeTakenPorts(['--secondary-dsql-port'], [1]);
});

describeRefusals('antipode local', local);
describeFullDisk('antipode local', local);

describe('a data folder', () => {
  it('is used again, and only by the command that made it', async () => {
    const box = sandbox();
    const data = join(box.project, 'data');
    for (const _ of ['first', 'again']) {
      const command = dsql(box, '--data', data);
      await command.prints('"ready":true');
      command.child.kill('SIGTERM');
      expect(await command.ended).toBe(0);
    }
    expect(await refusal(local(box, '--data', data), box)).toEqual(
      refused(/^antipode: The data folder .* is one of antipode local dsql, not of antipode local/),
    );
  });
});

describe('antipode local', () => {
  it('asks for the runtime client before it synthesizes', async () => {
    const box = sandbox();
    const hook = `import m from 'node:module';const r=m._resolveFilename;m._resolveFilename=function(n,...a){
      if(n==='aws-lambda-ric')throw new Error('none');return r.call(this,n,...a)}`;
    const command = startCommand(onTestFinished, box, [
      ...[process.execPath, '--import', `data:text/javascript,${encodeURIComponent(hook)}`],
      ...[launcher, 'local', ...freePorts],
    ]);
    expect(await refusal(command, box)).toEqual(
      refused(/^antipode: Install the Lambda runtime client: npm install .*aws-lambda-ric@/),
    );
  });
});

describe('a disk that is full', () => {
  it.skipIf(!existsSync('/dev/full'))('ends a command that cannot print to it', async () => {
    const box = sandbox();
    const command = startCommand(onTestFinished, box, [
      ...['/bin/sh', '-c', 'exec "$@" >/dev/full', 'sh'],
      ...[process.execPath, launcher, 'local', 'dsql', '--port', '0'],
    ]);
    expect(await refusal(command, box)).toEqual(
      refused('antipode: cannot write what is printed: no space is left on its disk'),
    );
  });
});
