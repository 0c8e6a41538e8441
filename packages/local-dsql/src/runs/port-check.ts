import { startLoopbackServer } from '../http/loopback-server.ts';

/** A port that a command will open, and the option with which a person chooses another one. */
export type WantedPort = { readonly port: number; readonly option: string };

/**
 * The option that moves all ports of a command. A command may have options for single ports, too.
 */
export const portOption = '--port';

/** The error that keeps a port from being opened now, if there is one. */
const refusalOf = async (port: number): Promise<NodeJS.ErrnoException | undefined> => {
  try {
    const { stop } = await startLoopbackServer({
      port,
      handle: async (_, reply) => void reply.destroy(),
    });
    await stop();
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
};

/** Why a port cannot be opened, and what to do about it. */
export const portRefusal = ({ port, option }: WantedPort, cause: NodeJS.ErrnoException): Error => {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'is in use: end what uses it, or choose another',
    EACCES: 'may not be opened by this user: choose one above 1023',
  };
  const reason = reasons[cause.code ?? ''] ?? `cannot be opened (${cause.message}): choose another`;
  return new Error(`port ${port} ${reason} with ${option}`, { cause });
};

/** Several ports are taken at once by another start of the same command. */
const allTaken = (ports: readonly number[], cause: Error): Error =>
  new Error(
    `ports ${ports.join(', ')} are in use: end what uses them, or choose others with ${portOption}`,
    { cause },
  );

/**
 * Checks ports before the work that takes a while. The ports are opened later.
 *
 * @throws {Error} with one line when they are taken, or one for each that cannot be opened for
 * another reason.
 */
export const refuseTakenPorts = async (wanted: readonly WantedPort[]): Promise<void> => {
  const looked = await Promise.all(
    wanted.map(async (one) => {
      const cause = one.port === 0 ? undefined : await refusalOf(one.port);
      return cause === undefined ? [] : [{ ...one, cause }];
    }),
  );
  const refused = looked.flat();
  const [first, ...others] = refused;
  if (!first) return;
  if (others.length > 0 && refused.every(({ cause }) => cause.code === 'EADDRINUSE')) {
    throw allTaken(
      refused.map(({ port }) => port),
      first.cause,
    );
  }
  const lines = refused.map((one) => portRefusal(one, one.cause).message);
  throw new Error(lines.join('\n'), { cause: first.cause });
};
