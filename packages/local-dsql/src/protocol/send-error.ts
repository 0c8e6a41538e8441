import type { Socket } from 'node:net';
import { encodeFatal, type ServiceError } from './protocol.ts';

/** Time for a client that is refused to take note and close its side. */
const lingerMs = 1000;

/** Whether a client is refused, and not given what it came for. */
export const isRefusal = (result: object): result is ServiceError => 'message' in result;

/** Tells a client why its connection ends. */
export const refuse = (socket: Socket, error: ServiceError): void => {
  socket.end(encodeFatal(error));
  setTimeout(() => socket.destroy(), lingerMs).unref();
};
