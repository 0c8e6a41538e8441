import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { dsql, local, refusal, refused, sandbox } from './refusals.ts';

const takenPort = async (): Promise<number> => {
  for (;;) {
    // Below those that systems give away, so that its neighbours are free beside other tests.
    const port = randomInt(20_000, 30_000);
    const server = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void server.close());
    const isTaken = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (isTaken) return port;
  }
};

/** Ports that are taken: of the options of the local stack, and of Regions of the local DSQL. */
export const describeTakenPorts = (
  options: readonly string[],
  regions: readonly number[],
): void => {
  it.each(options)('antipode local %s', async (option) => {
    const [box, port] = [sandbox(), await takenPort()];
    expect(await refusal(local(box, option, String(port)), box)).toEqual(
      refused(
        `antipode: port ${port} is in use: end what uses it, or choose another with ${option}, or all four with --port`,
      ),
    );
  });

  it.each(regions)('antipode local dsql, in Region %i', async (region) => {
    const [box, port] = [sandbox(), await takenPort()];
    expect(await refusal(dsql(box, '--port', String(port - region)), box)).toEqual(
      refused(`antipode: port ${port} is in use: end what uses it, or choose another with --port`),
    );
  });
};
