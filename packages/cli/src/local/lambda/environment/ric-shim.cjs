'use strict';
/**
 * Preloaded into a function's process, before AWS's runtime interface client (`aws-lambda-ric`).
 *
 * The client reaches the Runtime API through a native addon, which needs a compiler to install. This
 * file gives it the addon's three calls over `node:http` instead. It also ends the process when the
 * runner has ended.
 */
const { readFileSync } = require('node:fs');
const http = require('node:http');
const Module = require('node:module');
const net = require('node:net');

/** Descriptor of the pipe that the runner holds open for as long as it lives. */
const lifelineDescriptor = 3;

// SIGKILL, because an ordinary exit would run handlers of a function whose runner has ended.
const lifeline = new net.Socket({ fd: lifelineDescriptor });
lifeline.on('close', () => process.kill(process.pid, 'SIGKILL')).on('error', () => {});
lifeline.resume();
lifeline.unref();

const { env } = process;
const [hostname, port] = env.AWS_LAMBDA_RUNTIME_API.split(':');
const tokenHeader = { 'x-antipode-runtime-token': env.ANTIPODE_RUNTIME_TOKEN };
// AWS sets no such variable, and the processes that the function starts must not inherit it.
delete env.ANTIPODE_RUNTIME_TOKEN;

/**
 * The most memory that this process has had, in KB. On Linux `maxRSS` begins with that of the
 * process which started this one.
 */
const memoryKb = () => {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(readFileSync('/proc/self/status', 'latin1').match(/^VmHWM:\s*(\d+) kB$/m)?.[1]);
};

/** `http.request` for the Runtime API alone. It also tells the memory that the process takes. */
const requestWithToken = (options, ...rest) => {
  const headers = { ...options.headers, ...tokenHeader, 'x-antipode-memory-kb': memoryKb() };
  return http.request({ ...options, headers }, ...rest);
};

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const target = `/2018-06-01/runtime/invocation/${path}`;
    const request = requestWithToken(
      { hostname, port, agent, method, path: target, headers },
      (reply) => {
        let bodyJson = '';
        reply.setEncoding('utf8');
        reply.on('data', (chunk) => {
          bodyJson += chunk;
        });
        reply.on('end', () => resolve({ bodyJson, headers: reply.headers }));
        reply.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });

/** A pipe that is full holds back what was logged; in Lambda, logging is synchronous. */
const flush = (stream) =>
  stream.writableLength > 0 && new Promise((resolve) => stream.write('', resolve));

/** The addon's calls return once the answer is posted; here the next request for work waits. */
let posted = Promise.resolve();

const post = async (path, body) => {
  await flush(process.stdout);
  await flush(process.stderr);
  return call('POST', path, body);
};

const client = {
  next: async () => {
    await posted;
    return call('GET', 'next');
  },
  done: (id, body) => {
    posted = post(`${id}/response`, body);
  },
  error: (id, body) => {
    posted = post(`${id}/error`, body);
  },
};

/** The client itself sends the other requests, such as an error of the init phase, by `node:http`. */
const httpOfClient = { ...http, request: requestWithToken };

const load = Module._load;
Module._load = function loadOrReplace(request, parent, ...rest) {
  if (request === 'node:http' && parent?.filename === process.argv[1]) return httpOfClient;
  if (!request.endsWith('rapid-client.node')) return load.call(this, request, parent, ...rest);
  Module._load = load;
  return client;
};
