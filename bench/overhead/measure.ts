import { randomUUID } from 'node:crypto';
import {
  byHand,
  type Handler,
  handlerAndCommandByHand,
  ourCommand,
  ourHandler,
} from './handlers.ts';

/**
 * The measuring process. Its output goes nowhere, as a log does that somebody else reads; what it
 * has measured it says over IPC. New objects have room enough for a whole round, so that no
 * collection falls into one.
 */
const [roundsText = '1', invocationsText = '1'] = process.argv.slice(2);
const rounds = Number(roundsText);
const invocations = Number(invocationsText);
const warmUps = 3;

const event = () => ({
  version: '2.0',
  requestContext: { http: { method: 'POST', path: '/' } },
  headers: { 'content-type': 'application/json' },
  isBase64Encoded: false,
  body: JSON.stringify({ id: randomUUID(), amount: '12.34' }),
});
const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 30_000 };

/** Of this thread, in microseconds: what other processes of the machine take is not in it. */
const cpu = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

/** Microseconds of CPU and bytes of one invocation, in the mean of a round. */
const measure = async (handler: Handler) => {
  const events = Array.from({ length: invocations }, event);
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  const began = cpu();
  for (const one of events) await handler(one, context);
  const elapsed = cpu() - began;
  const bytes = process.memoryUsage().heapUsed - heap;
  return { us: elapsed / invocations, bytes: bytes / invocations };
};

const handlers: Readonly<Record<string, Handler>> = {
  'handler by hand': byHand(),
  'our handler': await ourHandler(),
  'handler and command by hand': handlerAndCommandByHand(),
  'our handler and command': await ourCommand(),
};
const names = Object.keys(handlers);
for (let round = 0; round < rounds + warmUps; round += 1) {
  const turn = round % names.length;
  for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
    const handler = handlers[name];
    if (!handler) continue;
    const measured = await measure(handler);
    if (round >= warmUps) process.send?.({ name, ...measured });
  }
}
process.disconnect();
