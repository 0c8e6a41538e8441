import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createFrameReader } from '../../packages/local-dsql/src/protocol/protocol.ts';
import { createLane, type Lane, type LaneEvents } from './fault-proxy-lane.ts';
import type { Judge } from './fault-proxy-plan.ts';
import {
  type Conversation,
  createConversation,
  loginStatement,
  type Step,
} from './fault-proxy-steps.ts';

/** One client's connection through the proxy. */
export interface FaultLink {
  /** The client has gone, or waits for what is held, and what it has sent may still take effect. */
  readonly isUnsettled: () => boolean;
  readonly destroy: () => void;
}

type Side = { readonly raw: Socket; readonly socket: TLSSocket };

export type FaultLinkOptions = {
  /** The client's connection, as it was accepted. */
  readonly raw: Socket;
  readonly judge: Judge;
  /** Answers the client's TLS handshake. */
  readonly secure: () => TLSSocket;
  /** Connects to the endpoint. */
  readonly reach: () => Side;
  readonly onEnd: () => void;
};

const connectStep: Step = { from: 'client', message: 'Connect', statement: loginStatement };

/** DSQL's own limit for a message is 10 MiB. */
const messageBytesMax = 16 * 1024 * 1024;

/**
 * How long the endpoint takes a silent client for alive: long enough to be met by a retry.
 * Milliseconds.
 */
const silentLingerMs = 60;

/** A message that was held is answered in this time, or never. Milliseconds. */
const heldAnswerMsMax = 2_000;

type OnMessage = (bytes: Buffer, step: Step) => void;

/** Cuts a client's bytes into messages; the first one has no type. */
const createRequestReader = (
  conversation: Conversation,
  onMessage: OnMessage,
  onInvalid: () => void,
) => {
  let startup: Buffer | undefined = Buffer.alloc(0);
  const reader = createFrameReader({
    bytesMax: messageBytesMax,
    onFrame: (frame) => onMessage(frame.bytes, conversation.request(frame)),
    onInvalid,
  });
  return (chunk: Buffer): void => {
    if (!startup) {
      reader.push(chunk);
      return;
    }
    startup = Buffer.concat([startup, chunk]);
    if (startup.length < 4 || startup.length < startup.readInt32BE()) return;
    const [packet, rest] = [startup.readInt32BE(), startup];
    startup = undefined;
    onMessage(rest.subarray(0, packet), conversation.startup());
    if (rest.length > packet) reader.push(rest.subarray(packet));
  };
};

const quiet = (...sockets: readonly Socket[]): void => {
  for (const socket of sockets) socket.on('error', () => undefined);
};

/** Packs what one chunk leads to into as few packets as it came in. */
const whileCorked = (socket: Socket, work: () => void): void => {
  socket.cork();
  work();
  socket.uncork();
};

/** Joins a client to the endpoint until one of the two ends; tells whether anything is held. */
const join = (client: Side, server: Side, judge: Judge, onEnd: () => void) => {
  const conversation = createConversation();
  const sides = [client, server];
  let clientGone = false;
  let serverGone = false;

  const silenceBoth = (): void => {
    requests.silence();
    answers.silence();
  };
  const events: Omit<LaneEvents, 'onReleased'> = {
    silenceBoth,
    breakOff: (how) => {
      silenceBoth();
      for (const { raw, socket } of sides) how === 'cut' ? socket.end() : raw.resetAndDestroy();
    },
    dropClient: () => client.raw.resetAndDestroy(),
  };
  const requests: Lane = createLane(server.socket, judge, {
    ...events,
    onReleased: () => clientGone && leave(),
  });
  const answers: Lane = createLane(client.socket, judge, {
    ...events,
    onReleased: () => serverGone && client.socket.end(),
  });
  const destroy = (): void => {
    for (const { raw } of sides) raw.destroy();
  };

  /** The client has gone: the endpoint hears of it as it would over this network. */
  const leave = (): void => {
    if (requests.isGathering()) requests.silence();
    if (requests.mode() === 'held') return;
    if (requests.mode() === 'silent') setTimeout(() => server.raw.destroy(), silentLingerMs);
    else if (conversation.isAnswered() || !requests.hasHeld()) server.socket.end();
    // The endpoint would give up what it is doing for a client that hangs up.
    else setTimeout(() => server.raw.destroy(), heldAnswerMsMax).unref();
  };

  const readRequests = createRequestReader(conversation, requests.pass, destroy);
  const answerReader = createFrameReader({
    bytesMax: messageBytesMax,
    onFrame: (frame) => {
      const step = conversation.answer(frame);
      if (!clientGone) answers.pass(frame.bytes, step);
      else if (conversation.isAnswered() && requests.mode() === 'open') server.socket.end();
    },
    onInvalid: destroy,
  });
  client.socket.on('data', (chunk) => whileCorked(server.socket, () => readRequests(chunk)));
  server.socket.on('data', (chunk) => whileCorked(client.socket, () => answerReader.push(chunk)));
  client.raw.on('close', () => {
    clientGone = true;
    leave();
    if (serverGone) onEnd();
  });
  server.raw.on('close', () => {
    serverGone = true;
    if (answers.mode() === 'open') client.socket.end();
    if (clientGone) onEnd();
  });
  return { isUnsettled: () => requests.mode() === 'held' || (clientGone && !serverGone), destroy };
};

/** Carries messages between a client and the endpoint, and does to them what the judge says. */
export const createFaultLink = (options: FaultLinkOptions): FaultLink => {
  const { raw, judge, secure, reach, onEnd } = options;
  let joined: ReturnType<typeof join> | undefined;
  quiet(raw);
  raw.on('close', () => {
    if (!joined) onEnd();
  });

  const carry = (): void => {
    if (raw.destroyed) return;
    const [client, server] = [{ raw, socket: secure() }, reach()];
    quiet(client.socket, server.raw, server.socket);
    joined = join(client, server, judge, onEnd);
  };

  const strike = judge(connectStep);
  if (!strike) carry();
  else if (strike.action === 'cut') raw.end();
  else if (strike.action === 'reset' || strike.action === 'late') raw.resetAndDestroy();
  else if (strike.action === 'delay') setTimeout(carry, strike.heldMs);
  // Read, so that its end is noticed.
  else raw.resume();

  return {
    isUnsettled: () => joined?.isUnsettled() ?? false,
    destroy: () => {
      raw.destroy();
      joined?.destroy();
    },
  };
};
