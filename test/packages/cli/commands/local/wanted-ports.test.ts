import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { wantedPorts } from '../../../../../packages/cli/src/commands/local/wanted-ports.ts';
import { localOptions } from '../../../../../packages/cli/src/options.ts';
import {
  portRefusal,
  refuseTakenPorts,
} from '../../../../../packages/local-dsql/src/runs/port-check.ts';

const takenPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const wanted = (...args: readonly string[]) => {
  const options = localOptions(['--port', '0', ...args]);
  return options ? wantedPorts(options) : [];
};

describe('ports that are taken', () => {
  it('are named with the option of one, and the option that moves all', async () => {
    const port = await takenPort();
    await expect(refuseTakenPorts(wanted('--secondary-dsql-port', String(port)))).rejects.toThrow(
      `port ${port} is in use: end what uses it, or choose another with --secondary-dsql-port, or all four with --port`,
    );
  });

  it('are named in one line where another start has them', async () => {
    const [one, other] = [await takenPort(), await takenPort()];
    const ports = wanted('--primary-port', String(one), '--primary-dsql-port', String(other));
    await expect(refuseTakenPorts(ports)).rejects.toThrow(
      new Error(
        `ports ${one}, ${other} are in use: end what uses them, or choose others with --port`,
      ),
    );
  });

  it('are none where any will do', async () => {
    await expect(refuseTakenPorts(wanted())).resolves.toBeUndefined();
  });
});

it('a port that needs more rights is named with what to do', () => {
  const cause = Object.assign(new Error('listen'), { code: 'EACCES' });
  expect(portRefusal({ port: 80, option: '--port' }, cause).message).toBe(
    'port 80 may not be opened by this user: choose one above 1023 with --port',
  );
});
