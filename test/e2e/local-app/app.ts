/**
 * Synthesizes a small app in two Regions, without the CDK: what the runner's own tests run.
 *
 * Each Region has a table of notes, a function that writes and lists them, a listener of the other
 * Region's events and of the function's asynchronous results, and a schedule. `BREAK` in the
 * environment plants a fault; `consumer-<name>` plants a consumer that fails in place of the
 * listener. `WITH_QUEUE=true` gives the listener a queue that it reads.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const {
  CDK_OUTDIR: output = 'cdk.out',
  NODE_COMPILE_CACHE: cache,
  BREAK: broken,
  PRIMARY_REGION,
  SECONDARY_REGION,
  WITH_QUEUE,
} = process.env;
const regions = [PRIMARY_REGION ?? 'us-east-1', SECONDARY_REGION ?? 'us-west-2'] as const;
const busName = 'notes';

/** The name of a planted consumer. */
const planted = /^consumer-(\w+)$/.exec(broken ?? '')?.[1];

const arn = (id: string): Json => ({ 'Fn::GetAtt': [id, 'Arn'] });
const clusterArn: Json = { 'Fn::GetAtt': ['Cluster', 'ResourceArn'] };

const role = (service: string, action: Json, resource: Json): Json => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: `${service}.amazonaws.com` },
        },
      ],
    },
    Policies: [
      {
        PolicyName: 'own',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] },
      },
    ],
  },
});

const code = { S3Bucket: 'assets', S3Key: 'functions.zip' };

const lambda = (
  name: string,
  roleId: string,
  variables: { readonly [key: string]: Json },
): Json => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: `notes-${name}`,
    Runtime: 'nodejs24.x',
    Handler: `index.${name}`,
    Code: code,
    Timeout: 20,
    MemorySize: 256,
    Role: arn(roleId),
    Environment: { Variables: { ...variables } },
  },
});

/** A queue that the listener reads. */
const work: { readonly [id: string]: Json } = {
  Work: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      ...{ QueueName: 'notes-work', VisibilityTimeout: 20 },
      RedrivePolicy: { deadLetterTargetArn: arn('DeadWork'), maxReceiveCount: 2 },
    },
  },
  DeadWork: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'notes-dead-work' } },
  WorkMapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: { Ref: 'Listener' },
      EventSourceArn: arn('Work'),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
};

/** Takes the other Region's events; a planted one keeps those that fail, in a queue. */
const listener = (): { readonly [id: string]: Json } => {
  if (planted === undefined) {
    const reading = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
    const Listener = lambda('listener', 'ListenerRole', {});
    return WITH_QUEUE === 'true'
      ? { ...work, Listener, ListenerRole: role('lambda', reading, arn('Work')) }
      : { Listener, ListenerRole: role('lambda', 'logs:PutLogEvents', '*') };
  }
  const { Type, Properties } = lambda('listener', 'ListenerRole', {
    ...database,
    DSQL_USER: 'app',
  }) as { readonly Type: string; readonly Properties: { readonly [name: string]: Json } };
  const Handler = `planted.${planted}`;
  return {
    Failures: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'notes-failures' } },
    ListenerRole: role(
      'lambda',
      ['dsql:DbConnect', 'sqs:SendMessage'],
      [clusterArn, arn('Failures')],
    ),
    Listener: {
      Type,
      Properties: { ...Properties, Handler, Timeout: planted === 'slow' ? 1 : 20 },
    },
    ListenerFailures: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Listener' },
        Qualifier: '$LATEST',
        DestinationConfig: { OnFailure: { Destination: arn('Failures') } },
      },
    },
  };
};

const database = { DSQL_ENDPOINT: { 'Fn::GetAtt': ['Cluster', 'Endpoint'] } };

const permission = (rule: string, target: string): Json => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:InvokeFunction',
    FunctionName: arn(target),
    Principal: 'events.amazonaws.com',
    SourceArn: arn(rule),
  },
});

const rule = (pattern: Json, target: Json): Json => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    EventBusName: { Ref: 'Bus' },
    EventPattern: pattern,
    State: 'ENABLED',
    Targets: [target],
  },
});

const resourcesOf = (region: string, peer: string): { readonly [id: string]: Json } => {
  const peerBus = `arn:aws:events:${peer}:000000000000:event-bus/${busName}`;
  return {
    Cluster: { Type: 'AWS::DSQL::Cluster' },
    SetupRole: role('lambda', 'dsql:DbConnectAdmin', clusterArn),
    Setup: lambda('setup', 'SetupRole', { ...database, DSQL_USER: 'admin' }),
    Migration: {
      Type: 'Custom::Migration',
      Properties: {
        ServiceToken: arn('Setup'),
        RoleArns: [arn('NotesRole'), ...(planted === undefined ? [] : [arn('ListenerRole')])],
        ...(broken === 'migration' ? { Fail: 'the table is gone' } : {}),
      },
    },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: busName } },
    NotesRole: role('lambda', ['dsql:DbConnect', 'events:PutEvents'], [clusterArn, arn('Bus')]),
    Notes: lambda('notes', 'NotesRole', {
      ...database,
      DSQL_USER: 'app',
      EVENT_BUS_NAME: { Ref: 'Bus' },
      MIGRATED: { 'Fn::GetAtt': ['Migration', 'Request'] },
    }),
    NotesUrl: {
      Type: 'AWS::Lambda::Url',
      Properties: { AuthType: 'NONE', TargetFunctionArn: arn('Notes') },
    },
    ...listener(),
    FromPeer: rule(
      { source: ['notes'], detail: { origin: [peer] } },
      { Id: '0', Arn: arn('Listener') },
    ),
    ...(broken === 'permission' ? {} : { FromPeerPermission: permission('FromPeer', 'Listener') }),
    NotesRecords: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Notes' },
        Qualifier: '$LATEST',
        DestinationConfig: { OnSuccess: { Destination: arn('Bus') } },
      },
    },
    OfRecords: rule({ source: ['lambda'] }, { Id: '0', Arn: arn('Listener') }),
    OfRecordsPermission: permission('OfRecords', 'Listener'),
    ToPeerRole: role('events', 'events:PutEvents', peerBus),
    ToPeer: rule(
      { source: ['notes'], detail: { origin: [region] } },
      { Id: '0', Arn: peerBus, RoleArn: arn('ToPeerRole') },
    ),
    ScheduleRole: role('scheduler', 'lambda:InvokeFunction', arn('Listener')),
    Schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: 'tick',
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: arn('Listener'), RoleArn: arn('ScheduleRole'), Input: '{"tick":true}' },
      },
    },
    ...(broken === 'type' ? { Table: { Type: 'AWS::DynamoDB::Table' } } : {}),
  };
};

const write = (file: string, content: Json): void =>
  writeFileSync(join(output, file), JSON.stringify(content));

/** Entries of the bundle by their names there. */
const entries = (): Record<string, string> => {
  const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  const index = here('functions.ts');
  if (planted === undefined) return { index };
  if (planted !== 'import') return { index, planted: here('planted-consumers.ts') };
  // Not in the tree, where it would not compile.
  const wrong = join(output, 'wrong-import.ts');
  writeFileSync(wrong, "import { rates } from './nowhere.ts';\nconsole.log(rates);\n");
  return { index, planted: wrong };
};

const build = async (folder: string): Promise<void> => {
  const { buildSync } = await import('esbuild');
  buildSync({
    entryPoints: entries(),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
};

/**
 * Where a run of the tests keeps the bundle of the functions, beside compiled code. Most starts
 * have the same functions, and bundling them takes a tenth of a start's processor time.
 */
const keptBundle = (): string | undefined => {
  if (cache === undefined || planted !== undefined) return undefined;
  const [index = ''] = Object.values(entries());
  const hash = createHash('sha256').update(readFileSync(index)).digest('hex');
  return join(cache, `notes-${hash}`);
};

const bundle = async (folder: string): Promise<void> => {
  const kept = keptBundle();
  if (kept !== undefined && existsSync(kept)) return cpSync(kept, folder, { recursive: true });
  await build(folder);
  if (kept === undefined) return;
  const own = `${kept}-${process.pid}`;
  try {
    cpSync(folder, own, { recursive: true });
    renameSync(own, kept);
  } catch {
    // Another start was first, or the disk is full.
    rmSync(own, { recursive: true, force: true });
  }
};

if (broken === 'synth') throw new Error('the app is broken');
mkdirSync(output, { recursive: true });
await bundle(join(output, 'functions'));
write('assets.json', {
  files: {
    f: { source: { path: 'functions' }, destinations: { d: { objectKey: 'functions.zip' } } },
  },
});
const artifacts = regions.map((region, index): [string, Json] => {
  const name = index === 0 ? 'notes-primary' : 'notes-secondary';
  const peer = regions[1 - index] ?? region;
  write(`${name}.template.json`, {
    Resources: resourcesOf(region, peer),
    Outputs: { NotesUrl: { Value: { 'Fn::GetAtt': ['NotesUrl', 'FunctionUrl'] } } },
  });
  const stack: Json = {
    type: 'aws:cloudformation:stack',
    environment: `aws://unknown-account/${region}`,
    properties: { templateFile: `${name}.template.json` },
    dependencies: index === 0 ? ['assets'] : ['assets', 'notes-primary'],
  };
  return [name, stack];
});
write('manifest.json', {
  artifacts: {
    assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
    ...Object.fromEntries(artifacts),
  },
});
