import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createSecureContext,
  type SecureContext,
  TLSSocket,
  connect as tlsConnect,
} from 'node:tls';
import {
  createLocalCertificate,
  type LocalCertificate,
} from '../../packages/local-dsql/src/server/certificate.ts';
import { createFaultLink, type FaultLink } from './fault-proxy-link.ts';
import { createJudge, type FaultPlan } from './fault-proxy-plan.ts';
import { type Step, stepName } from './fault-proxy-steps.ts';

/**
 * A wire between clients and a DSQL endpoint that understands what it carries, and breaks where it
 * is told to.
 */
export interface FaultProxy {
  readonly port: number;
  /** PEM of the authority that signed the proxy's own certificate. */
  readonly ca: string;
  /** Sets the faults from now on, of new and of open connections. Counts and trace begin anew. */
  readonly setPlan: (plan: FaultPlan | undefined) => void;
  /** How many faults there were at each step, by its name. */
  readonly injected: () => ReadonlyMap<string, number>;
  /** The last faults, one line each; the same for the same seed and traffic. */
  readonly trace: () => readonly string[];
  /** Resolves when nothing is on its way any more for clients that have gone. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export type FaultProxyOptions = {
  /**
   * The endpoint's port on this machine, and the authority that its certificate is checked with.
   */
  readonly upstream: { readonly port: number; readonly ca: string };
  readonly seed: number;
  readonly plan?: FaultPlan;
  /** Of a certificate that is shared by several proxies. */
  readonly certificate?: LocalCertificate;
};

/** Enough to see what led to a wrong result. */
const traceLinesMax = 400;

const settlePollMs = 5;
const listenHost = '127.0.0.1';
const alpn = ['postgresql'];

/** The changes that the proxy has made to the traffic. */
const createRecord = () => {
  const counts = new Map<string, number>();
  const lines: string[] = [];
  return {
    counts,
    lines,
    note: (connection: number, step: Step, what: string): void => {
      const name = stepName(step);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      lines.push(`#${connection} ${name}: ${what}`);
      if (lines.length > traceLinesMax) lines.shift();
    },
  };
};

const secure = (raw: Socket, secureContext: SecureContext): TLSSocket =>
  new TLSSocket(raw, { isServer: true, secureContext, ALPNProtocols: alpn });

const reach = (port: number, secureContext: SecureContext) => {
  const raw = dial({ port, host: listenHost, noDelay: true });
  const options = { socket: raw, servername: 'localhost', secureContext, ALPNProtocols: alpn };
  return { raw, socket: tlsConnect(options) };
};

/**
 * Starts a proxy for one endpoint. TLS ends at it on both sides, and begins with the first byte on
 * both.
 *
 * @example
 * const proxy = await startFaultProxy({ upstream: { port: dsql.port, ca: dsql.ca }, seed: 7 });
 * proxy.setPlan({ action: 'reset', at: stepsOf('commit', 'server'), rate: 0.5 });
 */
export const startFaultProxy = async (options: FaultProxyOptions): Promise<FaultProxy> => {
  const { upstream, seed, certificate = createLocalCertificate([]) } = options;
  const serverContext = createSecureContext({ cert: certificate.cert, key: certificate.key });
  const clientContext = createSecureContext({ ca: upstream.ca });
  const links = new Set<FaultLink>();
  let plan = options.plan;
  let record = createRecord();
  let connections = 0;
  let injected = 0;

  /** Judges by the plan that is in force, although it may change while a connection is open. */
  const judgeOf = (connection: number) => {
    let judged: FaultPlan | undefined;
    let judge = createJudge({ action: 'cut', at: () => false, rate: 0 }, seed, connection);
    return (step: Step) => {
      if (!plan || injected >= (plan.faultsMax ?? Number.POSITIVE_INFINITY)) return undefined;
      if (plan !== judged) {
        judged = plan;
        judge = createJudge(plan, seed, connection);
      }
      const strike = judge(step);
      if (!strike) return undefined;
      injected += 1;
      const isHeld = strike.action === 'delay' || strike.action === 'late';
      record.note(
        connection,
        step,
        isHeld ? `${strike.action} ${strike.heldMs} ms` : strike.action,
      );
      return strike;
    };
  };

  const server = createServer({ noDelay: true }, (raw) => {
    connections += 1;
    const link = createFaultLink({
      raw,
      judge: judgeOf(connections),
      secure: () => secure(raw, serverContext),
      reach: () => reach(upstream.port, clientContext),
      onEnd: () => links.delete(link),
    });
    links.add(link);
  });
  await new Promise<void>((resolve) => server.listen(0, listenHost, resolve));

  return {
    port: (server.address() as AddressInfo).port,
    ca: certificate.ca,
    setPlan: (next) => {
      plan = next;
      injected = 0;
      record = createRecord();
    },
    injected: () => record.counts,
    trace: () => record.lines,
    settled: async () => {
      // First of all the end of a client has to be noticed.
      do await delay(settlePollMs);
      while ([...links].some((link) => link.isUnsettled()));
    },
    stop: async () => {
      for (const link of links) link.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
