import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire between a client and a server that counts what a network's delay would be paid for. */
export interface FlightCounter {
  readonly port: number;
  /** How often the client has spoken after the server had: each is a round trip, if the client waits for it. */
  readonly flights: () => number;
  readonly reset: () => void;
  /** Lets `count` more flights be answered; then what the server says is held back until `release`. */
  readonly holdAfter: (count: number) => void;
  readonly release: () => void;
  readonly stop: () => Promise<void>;
}

/** Stands in front of a port of this machine. Counts bytes' direction only, so TLS does not matter to it. */
export const countFlights = async (port: number): Promise<FlightCounter> => {
  let flights = 0;
  let answered = true;
  let held: (() => void)[] = [];
  let flightsMax = Number.POSITIVE_INFINITY;
  const sockets = new Set<Socket>();

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
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      answered = true;
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
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
