import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';

// What Lambda does with a new environment: load the bundle, then ask it once.
const [bundle] = process.argv.slice(2);
const transactionId = randomUUID();
const event = {
  version: '2.0',
  requestContext: { http: { method: 'POST', path: '/' } },
  headers: { 'content-type': 'application/json' },
  isBase64Encoded: false,
  body: JSON.stringify({ operation: 'write', transaction_id: transactionId, amount: '12.34' }),
};
const context = {
  awsRequestId: randomUUID(),
  functionName: 'cold-start',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:cold-start',
  memoryLimitInMB: '512',
  getRemainingTimeInMillis: () => 30_000,
};

const cpuBefore = process.cpuUsage();
const began = performance.now();
const { handler } = await import(pathToFileURL(bundle).href);
const loaded = performance.now();
const response = await handler(event, context);
const answered = performance.now();
const { user, system } = process.cpuUsage(cpuBefore);
process.send({
  importMs: loaded - began,
  firstResponseMs: answered - loaded,
  cpuMs: (user + system) / 1000,
  status: response.statusCode,
  body: response.body,
});
process.disconnect();
setTimeout(() => process.exit(), 50);
