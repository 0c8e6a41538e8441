import { createServer } from 'node:net';
import { loopback } from '../loopback-server.ts';
import type { LocalOptions } from './options.ts';

/** A port that a command will open, and the option that names another. */
export type WantedPort = { readonly port: number; readonly option: string };

/** The ports of `antipode local`, which does not know yet whether the app is in both Regions. */
export const portsOf = ({ httpPorts, dsqlPorts }: LocalOptions): readonly WantedPort[] =>
  [
    ...httpPorts.map((port, at) => ({ port, option: ['--primary-port', '--secondary-port'][at] })),
    ...dsqlPorts.map((port, at) => ({
      port,
      option: ['--primary-dsql-port', '--secondary-dsql-port'][at],
    })),
  ].map(({ port, option = '' }) => ({ port, option }));

/** What keeps a port from being opened now, if anything does. */
const refusalOf = (port: number): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, loopback, () => server.close(() => resolve(undefined)));
  });

/** Why a port cannot be opened, and what to do about it. */
export const portRefusal = ({ port, option }: WantedPort, cause: NodeJS.ErrnoException): Error => {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'is in use: end what uses it, or choose another',
    EACCES: 'may not be opened by this user: choose one above 1023',
  };
  const reason = reasons[cause.code ?? ''] ?? `cannot be opened (${cause.message}): choose another`;
  return new Error(`port ${port} ${reason} with ${option}`, { cause });
};

/**
 * Looks at ports before work begins that takes a while; they are opened later.
 *
 * @throws {Error} with one line for each that cannot be opened.
 */
export const refuseTakenPorts = async (wanted: readonly WantedPort[]): Promise<void> => {
  const refusals = await Promise.all(
    wanted.map(async (one) => {
      const cause = one.port === 0 ? undefined : await refusalOf(one.port);
      return cause === undefined ? [] : [portRefusal(one, cause)];
    }),
  );
  const [first, ...others] = refusals.flat();
  if (!first) return;
  throw new Error([first, ...others].map(({ message }) => message).join('\n'), { cause: first });
};
