/** A test by its file and a text that its name has and no other name in the file has. */
export type NamedTest = readonly [file: string, name: string];

/** A row of the security checklist. */
export type Row = {
  readonly id: string;
  readonly promise: string;
  /** The part of the row that does not apply, or is left to the team, and why. */
  readonly except?: string;
  /** Shows that the promise is kept. */
  readonly positive: NamedTest;
  /** Shows that a breach is found or refused. */
  readonly negative: NamedTest;
};

const rules = 'test/infra/nag/rules.test.ts';
const role = 'test/adapters/dsql/migration/database-role.int.test.ts';
const connections = 'test/adapters/dsql/connection/connections.int.test.ts';
const hostile = 'test/handlers/ledger/hostile-requests.test.ts';
const injection = 'test/handlers/ledger/sql-injection.int.test.ts';
const logger = 'test/adapters/powertools/logger.test.ts';
const permissions = 'test/infra/ledger/permissions.test.ts';
const supplyChain = 'test/arch/supply-chain.test.ts';

/** The checklist of the project, row by row. */
export const checklist: readonly Row[] = [
  {
    id: 'S1',
    promise: 'a role may do what its function does; only migrations connect as admin',
    positive: [permissions, 'let each function of a Region do what it does and nothing else'],
    negative: [rules, 'a function that answers users connects as admin'],
  },
  {
    id: 'S2',
    promise: 'a service has a database role without DDL and without the tables of others',
    positive: [role, 'can read and write its own data, through a view and with a sequence too'],
    negative: [role, 'can neither read nor write a table of another service'],
  },
  {
    id: 'S3',
    promise: 'a cluster refuses deletion and outlives its stack',
    positive: [
      'test/infra/constructs/database.test.ts',
      'that is protected refuses deletion, and its data outlive the stack',
    ],
    negative: [rules, 'nothing protects the cluster'],
  },
  {
    id: 'S4',
    promise: 'functions run in the VPC of a team that gives one',
    except: 'without a VPC, TLS and signed tokens protect the way to the public endpoint',
    positive: [
      'test/infra/two-regions/two-regions.test.ts',
      'stands in the surroundings of each stack: its alarms, its key, its network',
    ],
    negative: ['test/infra/nag/public-packs.test.ts', 'NIST.800.53.R5-LambdaInsideVPC'],
  },
  {
    id: 'S5',
    promise: 'the key of a team encrypts queues, logs and the cluster, for this account alone',
    positive: [
      'test/infra/constructs/surroundings.test.ts',
      'may be used by services on behalf of this account alone',
    ],
    negative: [rules, 'the key of AWS by its name'],
  },
  {
    id: 'S6',
    promise: 'a bus takes the events of a service from the service alone',
    positive: [
      'test/infra/operations/event-senders.test.ts',
      'takes events of the service from its functions, the other Region and people alone',
    ],
    negative: [rules, 'everyone puts events on the bus'],
  },
  {
    id: 'S7',
    promise: 'each asynchronous edge has a queue for failures, and an alarm on it',
    positive: ['test/infra/ledger/rules.test.ts', 'keeps the rule asynchronousFunctions'],
    negative: [rules, 'an alarm that waits for a hundred messages'],
  },
  {
    id: 'S8',
    promise: 'functions have a named runtime, memory, time and log, and no secret in variables',
    except: 'code signing is left to the pipeline of the team, which holds the signing profile',
    positive: [
      'test/infra/ledger/stacks.test.ts',
      'has its whole configuration in its environment, and no secret',
    ],
    negative: [rules, 'random hexadecimal text'],
  },
  {
    id: 'S9',
    promise: 'a cluster without a backup vault is named, and accepted with a reason alone',
    positive: [rules, 'a vault in the stack of the cluster'],
    negative: [rules, 'no vault'],
  },
  {
    id: 'S10',
    promise: 'no password: tokens are signed for new connections, over TLS that is verified',
    positive: [connections, 'appears in no error, whatever goes wrong'],
    negative: [
      connections,
      'is refused to a server whose certificate another authority has signed',
    ],
  },
  {
    id: 'S11',
    promise: 'requests are checked for size, depth, keys and numbers before they do anything',
    positive: [hostile, 'learns every wrong field at once'],
    negative: [hostile, 'a __proto__ key'],
  },
  {
    id: 'S12',
    promise: 'values reach the database as parameters, whatever is in them',
    positive: [
      injection,
      'is kept as it came and never run, in every field and in hundreds of forms',
    ],
    negative: [injection, 'would be run in a statement that holds its values'],
  },
  {
    id: 'S13',
    promise: 'logs have neither rows nor values of statements',
    positive: [logger, 'writes an error with its causes and without the row that failed'],
    negative: [logger, 'withholds what a text repeats several times, each time'],
  },
  {
    id: 'S14',
    promise: 'the API refuses every request that IAM has not let in',
    except: 'there is no JWT: callers are principals of IAM, and Lambda checks their signatures',
    positive: [permissions, 'open the Function URL to signed requests only'],
    negative: [rules, 'a URL that takes unsigned requests'],
  },
  {
    id: 'S15',
    promise: 'packages have hashes, exact versions, allowed licences and no install script',
    except: 'known weaknesses are looked up outside: an audit needs the network',
    positive: [supplyChain, 'package-lock.json has a hash for each archive'],
    negative: [supplyChain, 'that leads to another host is found'],
  },
  {
    id: 'S16',
    promise: 'every finding of the public packs has a reason, and each reason a finding',
    positive: ['test/infra/nag/ledger/findings.test.ts', 'has no finding without a reason'],
    negative: [
      'test/infra/nag/security-checks.test.ts',
      'fail a synthesis for a finding without a reason',
    ],
  },
];
