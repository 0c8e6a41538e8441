import {
  encodeFrame,
  encodeInt32,
  encodeStrings,
  type Frame,
  frontend,
  readPayload,
} from '../protocol/protocol.ts';
import type { Statement } from '../statements/index.ts';
import { flushingTypes } from './message-queue.ts';

export type ReadStatements = (sql: string) => readonly Statement[];

/** A statement of the extended protocol, with what followed its name in `Parse`. */
type Prepared = { readonly statement: Statement | undefined; readonly parameterTypes: Buffer };
/** A statement with what followed the names in `Bind`. */
export type Portal = Prepared & { readonly bound: Buffer };

/** What the names stand for that a client gives to its statements and portals. */
export interface PreparedStatements {
  /**
   * Notes a `Parse` message; returns what PostgreSQL gets instead, and what to call when it has taken it. A name that is
   * in use is refused there, and means what it has meant.
   */
  readonly parse: (frame: Frame) => { readonly bytes: Buffer; readonly onDone: () => void };
  /** Notes a `Close` message; returns what to call when PostgreSQL has closed it. */
  readonly close: (frame: Frame) => () => void;
  /** PostgreSQL has answered a batch; without a transaction there are no portals. */
  readonly settle: (inTransaction: boolean) => void;
  /** Notes a `Bind` message. */
  readonly bind: (frame: Frame) => Buffer;
  readonly portal: (name: string) => Portal | undefined;
  /** The statements that a batch of messages will execute, without noting anything. */
  readonly lookAhead: (frames: readonly Frame[]) => readonly Statement[];
  /** The statements that a message prepares, binds or executes. */
  readonly namedBy: (frame: Frame) => readonly Statement[];
  /** All of them in a batch of messages. */
  readonly named: (frames: readonly Frame[]) => readonly Statement[];
}

const none: readonly Statement[] = [];

const naming: ReadonlySet<number> = new Set([
  frontend.query,
  frontend.execute,
  frontend.parse,
  frontend.bind,
]);

/** A refused statement is refused whatever it is given, also too few values, or some of another type. */
const bindNulls = (portal: string, name: string, parameters: number): Buffer => {
  const values = Array.from({ length: parameters }, () => encodeInt32(-1));
  // No formats, the number of values, the values, no formats of results.
  const counts = [Buffer.alloc(2), Buffer.from([parameters >> 8, parameters & 255])];
  return encodeFrame(
    frontend.bind,
    Buffer.concat([encodeStrings(portal, name), ...counts, ...values, Buffer.alloc(2)]),
  );
};

const listed = (prepared: Prepared | undefined): readonly Statement[] =>
  prepared?.statement ? [prepared.statement] : none;

/** The statements that a batch of messages will execute, read once although several ask. */
const createLookAhead = (
  readStatements: ReadStatements,
  meant: (name: string) => Statement | undefined,
  portals: ReadonlyMap<string, Portal>,
) => {
  let known: { first: Frame; frames: number; statements: readonly Statement[] } | undefined;

  const read = (frames: readonly Frame[]): readonly Statement[] => {
    const executed: (Statement | undefined)[] = [];
    const parsed = new Map<string, Statement | undefined>();
    const bound = new Map<string, Statement | undefined>();
    for (const { type, bytes } of frames) {
      const payload = readPayload(bytes);
      if (type === frontend.query) executed.push(...readStatements(payload.string()));
      if (type === frontend.parse)
        parsed.set(payload.string(), readStatements(payload.string())[0]);
      if (type === frontend.bind) {
        const portal = payload.string();
        const name = payload.string();
        bound.set(portal, parsed.has(name) ? parsed.get(name) : meant(name));
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
    statements: (frames: readonly Frame[]): readonly Statement[] => {
      const [first] = frames;
      if (!first) return none;
      if (known?.first !== first || known.frames !== frames.length)
        known = { first, frames: frames.length, statements: read(frames) };
      return known.statements;
    },
    /** The names mean something else from now on. */
    forget: (): void => {
      known = undefined;
    },
  };
};

export const createPreparedStatements = (readStatements: ReadStatements): PreparedStatements => {
  const prepared = new Map<string, Prepared>();
  /** On their way in the batch at hand. */
  const parsing = new Map<string, Prepared>();
  const portals = new Map<string, Portal>();

  const meant = (name: string): Prepared | undefined => parsing.get(name) ?? prepared.get(name);

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
    const source = meant(name);
    if (source) {
      const { statement, parameterTypes } = source;
      portals.set(portal, { statement, parameterTypes, bound: payload.rest() });
    }
    ahead.forget();
    return source?.statement?.refusal
      ? bindNulls(portal, name, source.statement.parameters)
      : frame.bytes;
  };

  const ahead = createLookAhead(readStatements, (name) => meant(name)?.statement, portals);

  const namedBy = ({ type, bytes }: Frame): readonly Statement[] => {
    if (!naming.has(type)) return none;
    const payload = readPayload(bytes);
    const name = payload.string();
    if (type === frontend.query) return readStatements(name);
    if (type === frontend.execute) return listed(portals.get(name));
    const text = payload.string();
    return type === frontend.parse ? readStatements(text) : listed(meant(text));
  };

  const named = (frames: readonly Frame[]): readonly Statement[] => {
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
