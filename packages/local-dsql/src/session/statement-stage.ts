import type { Expected, ExpectedCompletion, Outgoing } from '../backend/outgoing.ts';
import type { CommitValidator } from '../concurrency/commit-validator.ts';
import {
  encodeFrame,
  encodeInt32,
  encodeStrings,
  type Frame,
  frontend,
  readPayload,
  type ServiceError,
} from '../protocol/protocol.ts';
import {
  failingSql,
  type JudgedStatement,
  type StatementKind,
  transactionEnds,
} from '../statements/index.ts';
import { createPreparedStatements, type ReadStatements } from './prepared-statements.ts';
import {
  extendedEntry,
  type ReplayEntry,
  type ReplayLog,
  simpleEntry,
} from './transaction/replay-log.ts';
import type { TransactionRules } from './transaction/transaction-rules.ts';

/** Judges a client's statements, and makes of each message the one that PostgreSQL gets. */
export interface StatementStage {
  readonly next: (frame: Frame) => Outgoing;
  /** PostgreSQL has answered a batch. */
  readonly settle: (inTransaction: boolean) => void;
  /** The kind of the first statement that a batch will execute. */
  readonly firstKind: (frames: readonly Frame[]) => StatementKind | undefined;
  /** The statements that a batch will execute. */
  readonly lookAhead: (frames: readonly Frame[]) => readonly JudgedStatement[];
  /** Whether a batch can run inside of a transaction that it does not know of. */
  readonly mayWrap: (frames: readonly Frame[]) => boolean;
  /** Whether a message prepares or executes a COMMIT. */
  readonly leadsToCommit: (frame: Frame) => boolean;
  /** Whether a message executes a COMMIT or ROLLBACK, in a batch that may go on. */
  readonly endsTransaction: (frame: Frame) => boolean;
}

const countedBy = ({
  kind,
  access,
}: JudgedStatement): Pick<ExpectedCompletion, 'writes' | 'locks'> => ({
  writes: kind === 'write',
  locks: (access?.locked.size ?? 0) > 0,
});

const none: Expected['completions'] = [];
const ofBind: readonly Expected[] = [{ kind: 'bind', completions: none }];
const ofDescribe: readonly Expected[] = [{ kind: 'describe', completions: none }];
const ofUnknown: readonly Expected[] = [{ kind: 'execute', completions: none }];

const ofNames = (kind: 'parse' | 'close', onDone: () => void): readonly Expected[] => [
  { kind, completions: none, onDone },
];

/** Name of the prepared statement that replaces a refused one. */
const refusalName = 'dsql refusal';

/**
 * Raises the error in place of the client's Execute. PostgreSQL skips the messages behind it up to
 * the Sync.
 */
const refusedExecution = (refusal: ServiceError): Outgoing => {
  const named = encodeStrings(refusalName);
  const hidden = { hidden: true, completions: [] };
  return {
    bytes: Buffer.concat([
      encodeFrame(frontend.close, Buffer.concat([Buffer.from('S'), named])),
      encodeFrame(
        frontend.parse,
        Buffer.concat([named, encodeStrings(failingSql(refusal)), Buffer.alloc(2)]),
      ),
      // No parameter formats, no parameters, no result formats.
      encodeFrame(frontend.bind, Buffer.concat([named, named, Buffer.alloc(6)])),
      encodeFrame(frontend.execute, Buffer.concat([named, encodeInt32(0)])),
    ]),
    expected: [
      { kind: 'close', ...hidden },
      { kind: 'parse', ...hidden },
      { kind: 'bind', ...hidden },
      { kind: 'execute', completions: [] },
    ],
  };
};

const cannotBeWrapped: ReadonlySet<StatementKind> = new Set(['begin', 'commit', 'rollback', 'ddl']);

/**
 * Creates the stage of one session. It replaces a refused statement by one that fails in PostgreSQL
 * with DSQL's error. So PostgreSQL itself handles transactions, pipelines and errors.
 */
export const createStatementStage = (
  readStatements: ReadStatements,
  rules: TransactionRules,
  replayLog: ReplayLog,
  commitValidator: CommitValidator,
): StatementStage => {
  const prepared = createPreparedStatements(readStatements);

  /**
   * Reads before the first write are not logged: they see only the snapshot, which a repetition has
   * too.
   */
  const isLogged = (statement: JudgedStatement): boolean =>
    rules.inBlock() &&
    statement.kind !== 'begin' &&
    (statement.kind !== 'read' ||
      replayLog.entries.length > 0 ||
      commitValidator.callsUserFunction(statement));

  const note = (entry: ReplayEntry): ReplayEntry => {
    replayLog.add(entry);
    return entry;
  };

  const execute = (frame: Frame): Outgoing => {
    const payload = readPayload(frame.bytes);
    const portal = prepared.portal(payload.string());
    const statement = portal?.statement;
    if (!statement) return { bytes: frame.bytes, expected: ofUnknown };
    const refusal = rules.admit(statement.kind);
    if (refusal) return refusedExecution(refusal);
    commitValidator.note(statement);
    const { sql, tag } = statement;
    const entry = isLogged(statement)
      ? note(extendedEntry(sql, portal.parameterTypes, portal.bound))
      : undefined;
    const limited = payload.int32() > 0;
    // A portal that is read in parts ends with PostgreSQL's transaction and cannot be restored.
    if (statement.copies || (limited && rules.inBlock())) replayLog.forbidRepetition();
    return {
      bytes: frame.bytes,
      expected: [{ kind: 'execute', completions: [{ tag, entry, ...countedBy(statement) }] }],
    };
  };

  const query = (frame: Frame): Outgoing => {
    const statements = readStatements(readPayload(frame.bytes).string());
    const judged = statements.map((statement) => {
      const { kind, tag, changed, copies, simpleSql: sql = statement.sql } = statement;
      const refusal = rules.admit(kind);
      if (refusal) return { sql: failingSql(refusal), changed: true, completion: {} };
      commitValidator.note(statement);
      if (copies) replayLog.forbidRepetition();
      const entry = isLogged(statement) ? note(simpleEntry(sql)) : undefined;
      return { sql, changed, completion: { tag, entry, ...countedBy(statement) } };
    });
    const bytes = judged.some(({ changed }) => changed)
      ? encodeFrame(frontend.query, encodeStrings(judged.map(({ sql }) => sql).join('\n;\n')))
      : frame.bytes;
    const completions = judged.map(({ completion }) => completion);
    return { bytes, expected: [{ kind: 'query', completions }] };
  };

  const stages: Readonly<Record<number, (frame: Frame) => Outgoing>> = {
    [frontend.parse]: (frame) => {
      const { bytes, onDone } = prepared.parse(frame);
      return { bytes, expected: ofNames('parse', onDone) };
    },
    [frontend.bind]: (frame) => ({ bytes: prepared.bind(frame), expected: ofBind }),
    [frontend.execute]: execute,
    [frontend.query]: query,
    [frontend.describe]: ({ bytes }) => ({ bytes, expected: ofDescribe }),
    [frontend.close]: (frame) => ({
      bytes: frame.bytes,
      expected: ofNames('close', prepared.close(frame)),
    }),
  };

  return {
    next: (frame) => stages[frame.type]?.(frame) ?? { bytes: frame.bytes, expected: [] },
    settle: prepared.settle,
    firstKind: (frames) => prepared.lookAhead(frames)[0]?.kind,
    lookAhead: prepared.lookAhead,
    mayWrap: (frames) => prepared.named(frames).every(({ kind }) => !cannotBeWrapped.has(kind)),
    leadsToCommit: (frame) =>
      frame.type !== frontend.query && prepared.namedBy(frame)[0]?.kind === 'commit',
    endsTransaction: (frame) =>
      frame.type === frontend.execute &&
      prepared.namedBy(frame).some(({ kind }) => transactionEnds.has(kind)),
  };
};
