import {
  decodeError,
  type ErrorFields,
  encodeError,
  encodeFrame,
  encodeServiceError,
  encodeStrings,
  type Frame,
  readTag,
  backend as reply,
} from '../protocol/protocol.ts';
import { catalogConflict, conflict, transactionTooOld } from '../protocol/service-errors.ts';
import type { Expected } from './outgoing.ts';

/** Matches PostgreSQL's answers to the messages that caused them. */
export interface Replies {
  /** Adds the answers that are due to messages that were sent. */
  readonly expect: (expected: readonly Expected[]) => void;
  /** Whether no further answer is due. */
  readonly isIdle: () => boolean;
  /** Whether the next answer is to a simple query, which no Sync ends. */
  readonly answersQuery: () => boolean;
  /** The client's form of an answer; `undefined` for an answer that the client must not see. */
  readonly next: (frame: Frame) => Buffer | undefined;
}

/** Errors of PostgreSQL that stand for limits of DSQL. */
const limitsShown = (
  transactionMsMax: number,
): readonly (readonly [code: string, message: RegExp, shown: string])[] => [
  ['54000', /^index row (size|requires)/, 'key size too large'],
  ['57014', /statement timeout$/, transactionTooOld(transactionMsMax).message],
  [
    '53400',
    /temp_file_limit/,
    'query requires more than allowed temp space of 131072 KB to execute',
  ],
];

const conflictCodes: ReadonlySet<string> = new Set(['40001', '40P01']);
const isCatalogConflict = /\(OC001\)$/;
/**
 * Two sessions that change the catalog at once conflict in PostgreSQL's own tables. An older type
 * of the same name is found earlier: if `TypeCreate` finds it, another session has created it
 * since.
 */
const metInCatalog = ({ C: code, M: message = '', R: routine, s: schema }: ErrorFields): boolean =>
  (code === '23505' && schema === 'pg_catalog') ||
  (code === '42710' && routine === 'TypeCreate') ||
  (code === 'XX000' && /^tuple concurrently (?:updated|deleted)$/.test(message));

/** PostgreSQL's file that raises the errors of PL/pgSQL, a language that DSQL does not have. */
const ownFunctionsFile = 'pl_exec.c';

/** An error without its place in PostgreSQL, if that is in a function of the local DSQL itself. */
const withoutOwnPlace = (fields: ErrorFields): ErrorFields => {
  if (fields['F'] !== ownFunctionsFile) return fields;
  const { F: _file, L: _line, R: _routine, ...shown } = fields;
  return shown;
};

/**
 * PostgreSQL's error in DSQL's words. The context (`W`) names functions that a client does not
 * know.
 */
export const dsqlError = (bytes: Buffer, transactionMsMax: number): Buffer => {
  const { D: detail, H: hint, W: _where, q: _query, p: _position, ...fields } = decodeError(bytes);
  const { C: code = '', M: message = '' } = fields;
  if (metInCatalog(fields)) return encodeServiceError('ERROR', catalogConflict);
  if (conflictCodes.has(code) && !isCatalogConflict.test(message)) {
    return encodeError({ ...fields, C: '40001', M: conflict.message });
  }
  const limit = limitsShown(transactionMsMax).find(
    ([limited, text]) => limited === code && text.test(message),
  );
  if (limit) return encodeError({ ...fields, C: '54000', M: limit[2] });
  return encodeError({
    ...withoutOwnPlace(fields),
    ...(detail === undefined ? {} : { D: detail }),
    ...(hint === undefined ? {} : { H: hint }),
  });
};

const endsWith: Readonly<Record<number, Expected['kind']>> = {
  0x31: 'parse', // ParseComplete
  0x32: 'bind', // BindComplete
  0x33: 'close', // CloseComplete
  0x54: 'describe', // RowDescription
  0x6e: 'describe', // NoData
  [reply.commandComplete]: 'execute',
  [reply.emptyQueryResponse]: 'execute',
  [reply.portalSuspended]: 'execute',
};

/** The number of rows in a command tag; 0 for a tag without one. */
const countIn = (tag: string): number => {
  const count = tag.slice(tag.lastIndexOf(' ') + 1);
  return /^\d+$/.test(count) ? Number(count) : 0;
};

/**
 * Creates the matcher of one session.
 *
 * @param transactionMsMax age of a transaction, for the error of one that is older
 * @param countRows takes the rows that a statement wrote; `false` keeps its completion from the
 * client
 * @param endTransaction called when a transaction has ended, perhaps in the middle of a batch
 */
export const createReplies = (
  transactionMsMax: number,
  countRows: (rows: number) => boolean,
  endTransaction: () => void,
): Replies => {
  let pending: Expected[] = [];
  let completed = 0;
  let failed = false;

  const completion = (head: Expected | undefined, bytes: Buffer): Buffer | undefined => {
    const { tag, entry, writes, locks } = head?.completions[completed] ?? {};
    const shown = readTag(bytes);
    entry?.digest.complete(shown);
    const counts = shown.startsWith('SELECT') ? locks : writes;
    if (counts && !countRows(countIn(shown))) return undefined;
    if (shown === 'COMMIT' || shown === 'ROLLBACK') endTransaction();
    return tag === undefined ? bytes : encodeFrame(reply.commandComplete, encodeStrings(tag));
  };

  return {
    expect: (expected) => {
      // After an error PostgreSQL answers nothing until the Sync.
      if (!failed) pending.push(...expected);
    },
    isIdle: () => pending.length === 0,
    answersQuery: () => pending[0]?.kind === 'query',
    next: ({ type, bytes }) => {
      const head = pending[0];
      switch (type) {
        case reply.readyForQuery:
          pending = [];
          completed = 0;
          failed = false;
          return bytes;
        case reply.errorResponse:
          pending = [];
          failed = true;
          return dsqlError(bytes, transactionMsMax);
        case reply.dataRow:
          head?.completions[completed]?.entry?.digest.row(bytes);
          return bytes;
      }
      const shown = type === reply.commandComplete ? completion(head, bytes) : bytes;
      if (head && endsWith[type] === head.kind) {
        head.onDone?.();
        pending.shift();
        completed = 0;
      } else if (head?.kind === 'query' && type === reply.commandComplete) {
        completed += 1;
      }
      return head?.hidden ? undefined : shown;
    },
  };
};
