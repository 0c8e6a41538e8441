import type { Address } from '../support/server.ts';

/** A way to write one command, opened for some clients. */
export interface OpenedVariant {
  /** Writes one command with a client of its own; settles when it is committed. */
  readonly write: (client: number) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

export type Variant = {
  readonly name: string;
  readonly open: (address: Address, clients: number) => Promise<OpenedVariant>;
};

/** One connection per client, kept for the whole session; `write` gets the client's. */
export const perClient = async <Connection>(
  clients: number,
  connect: () => Promise<Connection>,
  write: (connection: Connection) => Promise<unknown>,
  close: (connection: Connection) => Promise<unknown>,
): Promise<OpenedVariant> => {
  const connections = await Promise.all(Array.from({ length: clients }, connect));
  return {
    write: (client) => write(connections[client % clients] as Connection),
    close: () => Promise.all(connections.map(close)),
  };
};
