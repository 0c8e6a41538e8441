import type { OmittedUse } from './omitted-use.ts';

/** A logger whose lines are kept. */
const logger = `
  import { Logger } from '@aws-lambda-powertools/logger';
  const lines = [];
  const keep = (made) => Object.assign(made, { console: { info: (line) => lines.push(JSON.parse(line).message) } });
`;

/** Metrics whose lines are kept. */
const metrics = `
  import { Metrics } from '@aws-lambda-powertools/metrics';
  const lines = [];
  const made = new Metrics({ namespace: 'n', serviceName: 's' });
  const keep = (of) => Object.assign(of, { console: { log: (line) => lines.push(JSON.parse(line)) } });
  keep(made);
`;

/** Uses of Powertools that a bundle may do without. */
export const powertoolsEntries: Readonly<Record<string, OmittedUse>> = {
  'a logger with a buffer': [
    `${logger} export const handler = () => {
       process.env._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793';
       const made = keep(new Logger({ logBufferOptions: { bufferAtVerbosity: 'info' } }));
       made.info('kept back');
       const before = lines.length;
       made.flushBuffer();
       return [before, lines];
     };`,
    [0, ['kept back']],
    'powertools/log-buffering',
  ],
  "a logger's child": [
    `${logger} export const handler = () => new Logger({ serviceName: 'one' }).createChild({ serviceName: 'two' }).powertoolsLogData.serviceName;`,
    'two',
    'powertools/child-loggers',
  ],
  'a decorator of a logger': [
    `${logger} export const handler = () => typeof new Logger().injectLambdaContext();`,
    'function',
    'powertools/decorators',
  ],
  'a decorator of metrics': [
    `${metrics} export const handler = () => typeof made.logMetrics();`,
    'function',
    'powertools/decorators',
  ],
  'a dimension': [
    `${metrics} export const handler = () => {
       made.addDimension('a', 'b').addMetric('m', 'Count', 1);
       made.publishStoredMetrics();
       return lines[0].a;
     };`,
    'b',
    'powertools/metric-dimensions',
  ],
  'a set of dimensions': [
    `${metrics} export const handler = () => typeof made.addDimensions({ a: 'b' });`,
    'object',
    'powertools/metric-dimensions',
  ],
  'a time of metrics': [
    `${metrics} export const handler = () => {
       const now = Date.now();
       made.setTimestamp(now).addMetric('m', 'Count', 1);
       made.publishStoredMetrics();
       return lines[0]._aws.Timestamp === now;
     };`,
    true,
    'powertools/metric-dimensions',
  ],
  'a metric by itself': [
    `${metrics} export const handler = () => made.singleMetric().namespace;`,
    'n',
    'powertools/metric-dimensions',
  ],
};

/** Of these nothing can be omitted. */
export const powertoolsUntouched: Readonly<
  Record<string, readonly [code: string, answer: unknown]>
> = {
  'lines of a logger without a buffer': [
    `${logger} export const handler = () => {
       const made = keep(new Logger({ logBufferOptions: { enabled: false }, persistentKeys: { a: 1 } }));
       made.appendKeys({ b: 2 });
       made.info('one');
       made.flushBuffer();
       made.clearBuffer();
       made.resetKeys();
       return lines;
     };`,
    ['one'],
  ],
  'metrics with their default dimensions': [
    `${metrics} export const handler = () => {
       made.setDefaultDimensions({ stage: 'test' });
       made.addMetric('m', 'Count', 1);
       made.addMetric('m', 'Count', 2);
       made.publishStoredMetrics();
       const [{ m, stage, service, _aws: { CloudWatchMetrics: [{ Namespace, Dimensions }] } }] = lines;
       return { m, stage, service, Namespace, Dimensions };
     };`,
    {
      ...{ m: [1, 2], stage: 'test', service: 's', Namespace: 'n' },
      Dimensions: [['service', 'stage']],
    },
  ],
  'a client that Powertools marks': [
    `import { addUserAgentMiddleware } from '@aws-lambda-powertools/commons';
     const middlewareStack = { identify: () => [], addRelativeTo: () => {} };
     export const handler = () => typeof addUserAgentMiddleware({ send: () => {}, config: {}, middlewareStack }, 'f');`,
    'undefined',
  ],
};
