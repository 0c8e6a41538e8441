import {
  encodeFrame,
  encodeInt32,
  encodeStrings,
  type Frame,
  frontend,
  readPayload,
} from '../protocol/protocol.ts';
import type { JudgedStatement } from '../statements/index.ts';
import { flushingTypes } from './message-queue.ts';

export type ReadStatements = (sql: string) => readonly JudgedStatement[];

/** A prepared statement, with the payload of its `Parse` behind the text. */
type Prepared = {
  readonly statement: JudgedStatement | undefined;
  readonly parameterTypes: Buffer;
};
/** A bound statement, with the payload of its `Bind` behind the names. */
export type Portal = Prepared & { readonly bound: Buffer };

/** A client's prepared statements and portals, by name. */
export interface PreparedStatements {
  /**
   * Records a `Parse` message. Returns the message for PostgreSQL, and a callback for its success:
   * PostgreSQL refuses a name that is in use, which then keeps its statement.
   */
  readonly parse: (frame: Frame) => { readonly bytes: Buffer; readonly onDone: () => void };
  /** Records a `Close` message. Returns a callback for its success. */
  readonly close: (frame: Frame) => () => void;
  /** PostgreSQL has answered a batch. Outside of a transaction its portals are gone. */
  readonly settle: (inTransaction: boolean) => void;
  /** Records a `Bind` message. Returns the message for PostgreSQL. */
  readonly bind: (frame: Frame) => Buffer;
  readonly portal: (name: string) => Portal | undefined;
  /** The statements that a batch will execute. Records nothing. */
  readonly lookAhead: (frames: readonly Frame[]) => readonly JudgedStatement[];
  /** The statements that a message prepares, binds or executes. */
  readonly namedBy: (frame: Frame) => readonly JudgedStatement[];
  /** The statements that the messages of a batch prepare, bind or execute. */
  readonly named: (frames: readonly Frame[]) => readonly JudgedStatement[];
}

const none: readonly JudgedStatement[] = [];

const naming: ReadonlySet<number> = new Set([
  frontend.query,
  frontend.execute,
  frontend.parse,
  frontend.bind,
]);

/**
 * Binds nulls to a refused statement, which DSQL refuses with wrong values or too few of them too.
 */
const bindNulls = (portal: string, name: string, parameters: number): Buffer => {
  const values = Array.from({ length: parameters }, () => encodeInt32(-1));
  // No formats, the number of values, the values, no formats of results.
  const counts = [Buffer.alloc(2), Buffer.from([parameters >> 8, parameters & 255])];
  return encodeFrame(
    frontend.bind,
    Buffer.concat([encodeStrings(portal, name), ...counts, ...values, Buffer.alloc(2)]),
  );
};

const listed = (prepared: Prepared | undefined): readonly JudgedStatement[] =>
  prepared?.statement ? [prepared.statement] : none;

/** Reads the statements that a batch will execute, and caches them for several callers. */
const createLookAhead = (
  readStatements: ReadStatements,
  resolve: (name: string) => JudgedStatement | undefined,
  portals: ReadonlyMap<string, Portal>,
) => {
  let known: { first: Frame; frames: number; statements: readonly JudgedStatement[] } | undefined;

  const read = (frames: readonly Frame[]): readonly JudgedStatement[] => {
    const executed: (JudgedStatement | undefined)[] = [];
    const parsed = new Map<string, JudgedStatement | undefined>();
    const bound = new Map<string, JudgedStatement | undefined>();
    for (const { type, bytes } of frames) {
      const payload = readPayload(bytes);
      if (type === frontend.query) executed.push(...readStatements(payload.string()));
      if (type === frontend.parse)
        parsed.set(payload.string(), readStatements(payload.string())[0]);
      if (type === frontend.bind) {
        const portal = payload.string();
        const name = payload.string();
        bound.set(portal, parsed.has(name) ? parsed.get(name) : resolve(name));
      }
      if (type === frontend.execute) {
        const portal = payload.string();
        executed.push(bound.has(portal) ? bound.get(portal) : portals.get(portal)?.statement);
      }
      if (flushingTypes.has(type)) break;
    }
    return executed.filter((statement) => statement !== undefined);
  };

  return {
    statements: (frames: readonly Frame[]): readonly JudgedStatement[] => {
      const [first] = frames;
      if (!first) return none;
      if (known?.first !== first || known.frames !== frames.length)
        known = { first, frames: frames.length, statements: read(frames) };
      return known.statements;
    },
    /** A name has changed its statement. */
    forget: (): void => {
      known = undefined;
    },
  };
};

export const createPreparedStatements = (readStatements: ReadStatements): PreparedStatements => {
  const prepared = new Map<string, Prepared>();
  /** Statements of the batch at hand whose `Parse` is not answered. */
  const parsing = new Map<string, Prepared>();
  const portals = new Map<string, Portal>();

  const resolve = (name: string): Prepared | undefined => parsing.get(name) ?? prepared.get(name);

  const parse: PreparedStatements['parse'] = (frame) => {
    const payload = readPayload(frame.bytes);
    const name = payload.string();
    const statements = readStatements(payload.string());
    // PostgreSQL refuses to prepare several statements at once.
    const statement = statements.length === 1 ? statements[0] : undefined;
    const parameterTypes = payload.rest();
    const given = { statement, parameterTypes };
    ahead.forget();
    parsing.set(name, given);
    const onDone = (): void => void prepared.set(name, given);
    if (!statement?.changed) return { bytes: frame.bytes, onDone };
    const named = encodeStrings(name, statement.sql);
    const bytes = encodeFrame(frontend.parse, Buffer.concat([named, parameterTypes]));
    return { bytes, onDone };
  };

  const close: PreparedStatements['close'] = ({ bytes }) => {
    const payload = readPayload(bytes);
    const kind = payload.string();
    const [names, name] = kind.startsWith('S')
      ? [prepared, kind.slice(1)]
      : [portals, kind.slice(1)];
    return () => {
      names.delete(name);
      ahead.forget();
    };
  };

  const bind = (frame: Frame): Buffer => {
    const payload = readPayload(frame.bytes);
    const portal = payload.string();
    const name = payload.string();
    const source = resolve(name);
    if (source) {
      const { statement, parameterTypes } = source;
      portals.set(portal, { statement, parameterTypes, bound: payload.rest() });
    }
    ahead.forget();
    return source?.statement?.refusal
      ? bindNulls(portal, name, source.statement.parameters)
      : frame.bytes;
  };

  const ahead = createLookAhead(readStatements, (name) => resolve(name)?.statement, portals);

  const namedBy = ({ type, bytes }: Frame): readonly JudgedStatement[] => {
    if (!naming.has(type)) return none;
    const payload = readPayload(bytes);
    const name = payload.string();
    if (type === frontend.query) return readStatements(name);
    if (type === frontend.execute) return listed(portals.get(name));
    const text = payload.string();
    return type === frontend.parse ? readStatements(text) : listed(resolve(text));
  };

  const named = (frames: readonly Frame[]): readonly JudgedStatement[] => {
    const end = frames.findIndex(({ type }) => flushingTypes.has(type));
    return frames.slice(0, end < 0 ? undefined : end + 1).flatMap(namedBy);
  };

  return {
    ...{ parse, bind, close, namedBy, named },
    lookAhead: ahead.statements,
    portal: (name) => portals.get(name),
    settle: (inTransaction) => {
      ahead.forget();
      parsing.clear();
      if (!inTransaction) portals.clear();
    },
  };
};
