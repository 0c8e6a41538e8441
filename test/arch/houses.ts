/** A folder whose folders are rooms, from the lowest to the highest. */
export type House = {
  readonly folder: string;
  /** Files beside the rooms that every room may import, each with the rooms that it may import. */
  readonly shared: Readonly<Record<string, readonly string[]>>;
  /** The rooms that each room may import. The README of a room says the same. */
  readonly rooms: Readonly<Record<string, readonly string[]>>;
};

/** Files that import no room. */
const below = (...files: readonly string[]): House['shared'] =>
  Object.fromEntries(files.map((file) => [file, []]));

const kernel: House = {
  folder: 'src/domain/kernel/',
  shared: below(
    'ascii-case.ts',
    'defined.ts',
    'fault.ts',
    'requirement.ts',
    'runtime-ports.ts',
    'standard-schema.ts',
  ),
  rooms: {
    json: [],
    events: ['json'],
    observability: ['json', 'events'],
    outbox: ['events', 'observability'],
    work: ['json', 'observability', 'events', 'outbox'],
  },
};

const adapters: House = {
  folder: 'src/adapters/',
  shared: {},
  rooms: {
    system: [],
    memory: [],
    aws: [],
    eventbridge: ['aws'],
    lambda: ['aws'],
    sqs: ['aws'],
    dsql: ['system'],
    powertools: ['dsql'],
    opentelemetry: ['aws'],
  },
};

const dsqlAdapter: House = {
  folder: 'src/adapters/dsql/',
  shared: {},
  rooms: {
    wire: [],
    connection: ['wire'],
    transaction: ['wire', 'connection'],
    records: ['wire', 'connection', 'transaction'],
    sql: [],
    kysely: ['wire', 'connection', 'transaction'],
    migration: ['wire', 'connection', 'transaction', 'records', 'sql', 'kysely'],
  },
};

const handlers: House = {
  folder: 'src/handlers/runtime/',
  shared: {
    ...below('config.ts', 'lambda-handler.ts', 'service.ts'),
    'guarded-parts.ts': ['log-context'],
    'spans.ts': ['log-context'],
    // The log of an invocation tells the errors of a caller from those of the service.
    'invocation.ts': ['api', 'log-context'],
  },
  rooms: {
    'log-context': [],
    verification: [],
    api: ['log-context'],
    events: ['log-context', 'verification'],
    'custom-resource': ['log-context'],
    serve: ['api', 'events', 'custom-resource', 'verification'],
  },
};

const infra: House = {
  folder: 'infra/',
  shared: {},
  rooms: {
    bundling: [],
    constructs: ['bundling'],
    operations: ['constructs'],
    peering: ['bundling', 'constructs'],
    canary: ['constructs', 'operations'],
    'two-regions': ['bundling', 'canary', 'constructs', 'operations', 'peering'],
    scripts: [],
    cloudformation: ['two-regions'],
    terraform: ['cloudformation', 'two-regions'],
    nag: [],
    deployer: [],
  },
};

const localDsql: House = {
  folder: 'packages/local-dsql/src/',
  shared: {},
  rooms: {
    protocol: [],
    statements: ['protocol'],
    folders: [],
    postgres: ['folders'],
    catalog: ['statements', 'postgres'],
    concurrency: ['protocol', 'statements', 'postgres', 'catalog'],
    injection: ['protocol', 'statements'],
    backend: ['protocol', 'postgres'],
    session: ['protocol', 'statements', 'concurrency', 'injection', 'backend'],
    http: [],
    'control-plane': ['http'],
    server: [
      ...['protocol', 'statements', 'postgres', 'catalog', 'concurrency', 'injection', 'backend'],
      'session',
    ],
    process: ['folders'],
    runs: ['folders', 'http', 'control-plane', 'server', 'process'],
    command: [
      ...['folders', 'postgres', 'catalog', 'injection', 'control-plane', 'server', 'process'],
      'runs',
    ],
  },
};

const localStack: House = {
  folder: 'packages/cli/src/local/',
  shared: below(
    'arn.ts',
    'aws-json.ts',
    'aws-query.ts',
    'clock.ts',
    'one-time-event.ts',
    'outage.ts',
    'pages.ts',
    'query-parameters.ts',
    'region-front.ts',
    'trace-header.ts',
  ),
  rooms: {
    eventbridge: [],
    lambda: [],
    sqs: ['eventbridge'],
    'event-sources': ['lambda', 'sqs'],
    scheduler: ['eventbridge'],
    template: ['eventbridge', 'lambda', 'scheduler'],
    s3: [],
    ssm: [],
    backup: ['template'],
    logs: [],
    cloudwatch: ['template'],
    codedeploy: [],
    console: ['eventbridge', 'sqs'],
    deployment: ['template'],
    cloudformation: ['template', 'deployment'],
    stack: [
      ...['eventbridge', 'lambda', 'sqs', 'event-sources', 'scheduler', 'template'],
      ...[
        's3',
        'ssm',
        'logs',
        'cloudwatch',
        'codedeploy',
        'console',
        'deployment',
        'cloudformation',
        'backup',
      ],
    ],
    watch: ['template', 'stack'],
  },
};

/** Services that lie beside the framework's rooms, and use any of them. */
export const services: readonly string[] = ['ledger'];

export const houses: readonly House[] = [
  kernel,
  adapters,
  dsqlAdapter,
  handlers,
  infra,
  localDsql,
  localStack,
];
