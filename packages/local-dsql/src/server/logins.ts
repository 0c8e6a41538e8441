import type { Backend } from '../backend/backend.ts';
import type { ServiceError } from '../protocol/protocol.ts';
import { isRefusal } from '../protocol/send-error.ts';
import type { RoleAccess } from './access.ts';

/** A client that has been let in. */
export interface Login {
  /** What PostgreSQL reports to a new session of this role with these settings. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Connects to PostgreSQL, or takes the connection that is there. */
  readonly connect: () => Promise<Backend | ServiceError>;
  /** The client has left without asking for anything. */
  readonly abandon: () => void;
}

/** Combinations of role and settings that are remembered; an application has a few. */
const rememberedMax = 200;

/**
 * Logs clients in. The first one of a role, with its settings, is connected to PostgreSQL at once, which tells whether
 * it may be and what to greet it with; those that follow get a connection when they have something to ask: a
 * pool of thousands that are idle costs PostgreSQL nothing.
 */
export const createLogins = (
  access: Pick<RoleAccess, 'connect'>,
): {
  readonly enter: (
    role: string,
    settings: Readonly<Record<string, string>>,
  ) => Promise<Login | ServiceError>;
} => {
  const remembered = new Map<string, ReadonlyMap<string, string>>();
  return {
    enter: async (role, settings) => {
      const connect = () => access.connect(role, settings);
      const key = JSON.stringify([role, settings]);
      const parameters = remembered.get(key);
      if (parameters) return { parameters, connect, abandon: () => undefined };
      const backend = await connect();
      if (isRefusal(backend)) return backend;
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
