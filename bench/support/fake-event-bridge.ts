import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/**
 * Answers `PutEvents` at once, over HTTPS as AWS does, and keeps nothing but the number of entries.
 */
export const startFakeEventBridge = async (certificate: {
  readonly cert: string;
  readonly key: string;
}) => {
  let entries = 0;
  const { cert, key } = certificate;
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { Entries = [] } = JSON.parse(Buffer.concat(chunks).toString()) as {
        readonly Entries?: readonly unknown[];
      };
      entries += Entries.length;
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(
        JSON.stringify({
          FailedEntryCount: 0,
          Entries: Entries.map((_, index) => ({ EventId: `event-${entries}-${index}` })),
        }),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
  };
};
