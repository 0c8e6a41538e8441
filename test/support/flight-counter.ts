import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire between a client and a server that counts what a network's delay would be paid for. */
export interface FlightCounter {
  readonly port: number;
  /**
   * How often the client has spoken after the server had: each is a round trip, if the client waits
   * for it.
   */
  readonly flights: () => number;
  readonly reset: () => void;
  /**
   * Lets `count` more flights be answered; then what the server says is held back until `release`.
   */
  readonly holdAfter: (count: number) => void;
  readonly release: () => void;
  /**
   * Cuts the connection at the next flight: before the server hears of it, or when it has answered.
   */
  readonly cutNext: (when: 'request' | 'answer') => void;
  readonly stop: () => Promise<void>;
}

/** An answer comes in pieces; after so long the server has said all of it. Milliseconds. */
const quietMs = 100;

/**
 * Stands in front of a port of this machine. Counts bytes' direction only, so TLS does not matter
 * to it.
 */
export const countFlights = async (port: number): Promise<FlightCounter> => {
  let flights = 0;
  let answered = true;
  let held: (() => void)[] = [];
  let flightsMax = Number.POSITIVE_INFINITY;
  let cut: 'request' | 'answer' | undefined;
  const sockets = new Set<Socket>();
  const muted = new WeakSet<Socket>();

  const cutsNow = (when: 'request' | 'answer'): boolean => {
    if (cut !== when) return false;
    cut = undefined;
    return true;
  };

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('data', (bytes) => {
      if (answered) flights += 1;
      answered = false;
      if (cutsNow('request')) client.destroy();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      answered = true;
      if (cutsNow('answer')) {
        client.pause();
        setTimeout(() => client.destroy(), quietMs);
        muted.add(client);
      }
      if (muted.has(client)) return;
      if (flights > flightsMax) held.push(() => client.write(bytes));
      else client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    flights: () => flights,
    reset: () => {
      flights = 0;
      answered = true;
    },
    holdAfter: (count) => {
      flightsMax = flights + count;
    },
    release: () => {
      flightsMax = Number.POSITIVE_INFINITY;
      for (const deliver of held.splice(0)) deliver();
      held = [];
    },
    cutNext: (when) => {
      cut = when;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
