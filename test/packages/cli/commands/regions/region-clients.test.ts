import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createClients } from '../../../../../packages/cli/src/commands/regions/region-clients.ts';
import { remedyOf } from '../../../../../packages/cli/src/commands/verify/remedies.ts';

const sockets = new Set<Socket>();
const server = createServer((socket) => void sockets.add(socket));

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

it('gives an endpoint up that takes a connection but does not answer', async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const settings = { region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials };
  const clients = createClients(settings, { answerMs: 20, functionMs: 20 });
  const [{ sdk, client }, functions] = await Promise.all([clients.dsql(), clients.lambda()]);
  const asked = client.send(new sdk.GetClusterCommand({ identifier: 'one' }));
  const error = await asked.catch((cause: unknown) => cause);
  expect(error).toMatchObject({ name: 'TimeoutError' });
  const invoke = new functions.sdk.InvokeCommand({ FunctionName: 'relay' });
  await expect(functions.client.send(invoke)).rejects.toMatchObject({ name: 'TimeoutError' });
  clients.destroy();
  expect(remedyOf(error, undefined, 'us-east-1')).toBe(
    'look at the AWS Health Dashboard for us-east-1, then run the command again',
  );
});
