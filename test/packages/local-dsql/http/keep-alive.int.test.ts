import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startHttpServer } from '../../../../packages/local-dsql/src/http/http-server.ts';

/** Node's own server closes a connection that has been idle for 5 s, and a second of grace. */
const idleMs = 7_000;

const start = async () => {
  const server = await startHttpServer({ port: 0, routes: [() => ({ status: 200, body: '{}' })] });
  // As AWS's SDK for JavaScript does: without a limit of its own on idle connections.
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => {
    agent.destroy();
    return server.stop();
  });
  const ask = async () => {
    const sent = request(server.url, { method: 'POST', agent }).end('{}');
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    await once(answer.resume(), 'end');
    return { reused: sent.reusedSocket, localPort: sent.socket?.localPort };
  };
  return { server, agent, ask };
};

test('a port keeps an idle connection for as long as its client likes', async () => {
  const { agent, ask } = await start();
  const { localPort } = await ask();
  await delay(idleMs);
  expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
  expect(await ask()).toEqual({ reused: true, localPort });
});

test('a port that stops ends its idle connections', async () => {
  const { server, agent, ask } = await start();
  await ask();
  const [idle] = Object.values(agent.freeSockets).flat();
  if (!idle) throw new Error('the client keeps no connection');
  const closed = once(idle, 'close');
  await server.stop();
  await closed;
});
