/**
 * Runs the same calls against moto's control plane of DSQL and against the one of the local stack,
 * and ends with 1 unless they agree up to the differences that are listed with a reason.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { DSQLClient } from '@aws-sdk/client-dsql';
import { createClusterRegistry, dsqlControlPlane } from 'antipode-local-dsql';
import { startHttpServer } from 'antipode-local-dsql/http';
import { type Call, type Clients, runCalls } from '../control-plane/calls.ts';
import { knownDifferences } from '../control-plane/differences.ts';

const { values } = parseArgs({
  options: {
    /** The program, from `pip install 'moto[server]'`. */
    server: { type: 'string', default: 'moto_server' },
  },
  // `npm run proofs -- moto` leaves its name there.
  allowPositionals: true,
});

/** moto loads most of boto3 before it listens. */
const startMsMax = 60_000;
const pollMs = 200;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const clientsOf = (endpoint: string): Clients => {
  const client = (region: string) =>
    new DSQLClient({
      region,
      endpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  return { primary: client('us-east-1'), secondary: client('us-east-2') };
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port');
  return address.port;
};

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

const startMoto = async (): Promise<{ readonly child: ChildProcess; readonly url: string }> => {
  const port = await freePort();
  const child = spawn(values.server, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + startMsMax;
  while (!(await answers(`${url}/moto-api/`))) {
    if (failure !== undefined) {
      throw new Error(`${values.server} cannot be started: pip install 'moto[server]'`, {
        cause: failure,
      });
    }
    if (Date.now() > deadline) throw new Error('moto does not answer');
    await delay(pollMs);
  }
  return { child, url };
};

const callMoto = async (): Promise<readonly Call[]> => {
  const { child, url } = await startMoto();
  try {
    return await runCalls(clientsOf(url));
  } finally {
    child.kill();
  }
};

const callOurs = async (): Promise<readonly Call[]> => {
  const registry = createClusterRegistry();
  const region = 'us-east-1';
  const server = await startHttpServer({
    port: 0,
    routes: [dsqlControlPlane({ region, registry })],
  });
  try {
    return await runCalls(clientsOf(server.url));
  } finally {
    await server.stop();
  }
};

const [moto, ours] = [await callMoto(), await callOurs()];
let unexplained = 0;
const met = new Set<string>();
for (const [at, { name, seen }] of ours.entries()) {
  const other = moto[at];
  if (isDeepStrictEqual(seen, other?.seen) && name === other?.name) {
    say(`same   ${name}`);
    continue;
  }
  const reason = knownDifferences[name];
  met.add(name);
  if (reason === undefined) unexplained += 1;
  say(`${reason === undefined ? 'OTHER ' : 'known '} ${name}: ${reason ?? 'no reason is listed'}`);
  say(`         ours ${JSON.stringify(seen)}`);
  say(`         moto ${JSON.stringify(other?.seen)}`);
}
const gone = Object.keys(knownDifferences).filter((name) => !met.has(name));
for (const name of gone) say(`GONE   ${name}: remove it from the list of differences`);
say(
  `${ours.length} calls, ${met.size} answered otherwise, ${unexplained} of them without a reason`,
);
process.exitCode = unexplained + gone.length === 0 ? 0 : 1;
