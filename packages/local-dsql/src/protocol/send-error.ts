import type { Socket } from 'node:net';
import { encodeFatal, type ServiceError } from './protocol.ts';

/** Time for a client to read the error and close its side. */
const lingerMs = 1000;

/** Whether a value is an error, and not the result. */
export const isServiceError = (result: object): result is ServiceError => 'message' in result;

/** Sends a fatal error, then ends the connection. */
export const sendError = (socket: Socket, error: ServiceError): void => {
  socket.end(encodeFatal(error));
  setTimeout(() => socket.destroy(), lingerMs).unref();
};
