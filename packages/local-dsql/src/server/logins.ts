import type { Backend } from '../backend/backend.ts';
import type { ServiceError } from '../protocol/protocol.ts';
import { isServiceError } from '../protocol/send-error.ts';
import type { RoleConnector } from './role-connector.ts';

/** A client that has logged in. */
export interface Login {
  /** Parameters that PostgreSQL reports to a new session of this role with these settings. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Connects to PostgreSQL, or returns the connection that the login has opened. */
  readonly connect: () => Promise<Backend | ServiceError>;
  /** The client has left without sending a message. */
  readonly abandon: () => void;
}

/** Combinations of role and settings that are remembered; an application has a few. */
const rememberedMax = 200;

/**
 * Logs clients in. The first client with a role and settings is connected to PostgreSQL at once,
 * which tells whether the role may log in, and the parameters to report. Later clients get a
 * connection with their first message. So thousands of idle clients cost PostgreSQL nothing.
 */
export const createLogins = (
  roleConnector: Pick<RoleConnector, 'connect'>,
): {
  readonly enter: (
    role: string,
    settings: Readonly<Record<string, string>>,
  ) => Promise<Login | ServiceError>;
} => {
  const remembered = new Map<string, ReadonlyMap<string, string>>();
  return {
    enter: async (role, settings) => {
      const connect = () => roleConnector.connect(role, settings);
      const key = JSON.stringify([role, settings]);
      const parameters = remembered.get(key);
      if (parameters) return { parameters, connect, abandon: () => undefined };
      const backend = await connect();
      if (isServiceError(backend)) return backend;
      const [oldest] = remembered.keys();
      if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest);
      remembered.set(key, backend.parameters);
      return {
        parameters: backend.parameters,
        connect: async () => backend,
        abandon: backend.close,
      };
    },
  };
};
