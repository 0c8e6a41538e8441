import {
  backend,
  type Frame,
  frontend,
  readPayload,
} from '../../packages/local-dsql/src/protocol/protocol.ts';

/** One message of the PostgreSQL protocol on its way. */
export type Step = {
  readonly from: 'client' | 'server';
  /** As the protocol's documentation calls it; `Connect` for the TCP connection itself. */
  readonly message: string;
  /** First word of the statement that it belongs to; `LOGIN` until the session is ready. */
  readonly statement: string;
};

/** `client Execute COMMIT`. */
export const stepName = ({ from, message, statement }: Step): string =>
  `${from} ${message} ${statement}`;

export const loginStatement = 'LOGIN';

/** Names the messages of one connection in the order in which they travel. */
export interface Conversation {
  /** The packet without a type that a client begins with. */
  readonly startup: () => Step;
  readonly request: (frame: Frame) => Step;
  readonly answer: (frame: Frame) => Step;
  /** Whether the server has answered all that it was asked. */
  readonly isAnswered: () => boolean;
}

const requestNames: Readonly<Record<number, string>> = {
  [frontend.bind]: 'Bind',
  [frontend.close]: 'Close',
  [frontend.describe]: 'Describe',
  [frontend.execute]: 'Execute',
  [frontend.flush]: 'Flush',
  [frontend.parse]: 'Parse',
  [frontend.password]: 'Password',
  [frontend.query]: 'Query',
  [frontend.sync]: 'Sync',
  [frontend.terminate]: 'Terminate',
};

const answerNames: Readonly<Record<number, string>> = {
  0x31: 'ParseComplete',
  0x32: 'BindComplete',
  0x33: 'CloseComplete',
  0x6e: 'NoData',
  0x54: 'RowDescription',
  0x74: 'ParameterDescription',
  [backend.authentication]: 'Authentication',
  [backend.backendKeyData]: 'BackendKeyData',
  [backend.commandComplete]: 'CommandComplete',
  [backend.dataRow]: 'DataRow',
  [backend.emptyQueryResponse]: 'EmptyQueryResponse',
  [backend.errorResponse]: 'ErrorResponse',
  [backend.noticeResponse]: 'NoticeResponse',
  [backend.notification]: 'NotificationResponse',
  [backend.parameterStatus]: 'ParameterStatus',
  [backend.portalSuspended]: 'PortalSuspended',
  [backend.readyForQuery]: 'ReadyForQuery',
};

/** The answer that settles each kind of request. */
const settledBy: Readonly<Record<string, readonly string[]>> = {
  Parse: ['ParseComplete'],
  Bind: ['BindComplete'],
  Close: ['CloseComplete'],
  Describe: ['RowDescription', 'NoData'],
  Execute: ['CommandComplete', 'EmptyQueryResponse', 'PortalSuspended'],
  Sync: ['ReadyForQuery'],
  Query: ['ReadyForQuery'],
};

const nameOf = (names: Readonly<Record<number, string>>, type: number): string =>
  names[type] ?? String.fromCharCode(type);

const firstWord = (sql: string): string => /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? '';

/** Statements by the names that a client gives them and their portals. */
const createNames = () => {
  const statements = new Map<string, string>();
  const portals = new Map<string, string>();
  let current = '';

  /** The statement of a request; a Sync belongs to the last one before it. */
  const statementOf = ({ type, bytes }: Frame): string => {
    const payload = readPayload(bytes);
    if (type === frontend.parse) {
      const name = payload.string();
      current = firstWord(payload.string());
      statements.set(name, current);
    } else if (type === frontend.bind) {
      const portal = payload.string();
      current = statements.get(payload.string()) ?? '';
      portals.set(portal, current);
    } else if (type === frontend.describe) {
      const names = payload.byte() === 0x53 ? statements : portals;
      current = names.get(payload.string()) ?? '';
    } else if (type === frontend.execute) {
      current = portals.get(payload.string()) ?? '';
    } else if (type === frontend.query) {
      current = firstWord(payload.string());
    } else if (type === frontend.terminate) current = '';
    return current;
  };
  return { statementOf };
};

/** Follows one connection; both directions must be told to it in their order. */
export const createConversation = (): Conversation => {
  const { statementOf } = createNames();
  let pending: Step[] = [];
  let isReady = false;

  const settle = (message: string): void => {
    const [asked] = pending;
    if (message === 'ErrorResponse') {
      // PostgreSQL does not answer the requests behind a failed one, up to the end of its flight.
      const end = pending.findIndex((step) => step.message === 'Sync' || step.message === 'Query');
      pending = end < 0 ? [] : pending.slice(end);
    } else if (asked && settledBy[asked.message]?.includes(message)) pending.shift();
  };

  return {
    startup: () => ({ from: 'client', message: 'Startup', statement: loginStatement }),
    request: (frame) => {
      const message = nameOf(requestNames, frame.type);
      const statement = frame.type === frontend.password ? loginStatement : statementOf(frame);
      const step: Step = { from: 'client', message, statement };
      if (message in settledBy) pending.push(step);
      return step;
    },
    answer: ({ type, bytes }) => {
      const message = nameOf(answerNames, type);
      const tag = type === backend.commandComplete ? firstWord(readPayload(bytes).string()) : '';
      const statement = isReady ? tag || (pending[0]?.statement ?? '') : loginStatement;
      if (isReady) settle(message);
      else isReady = type === backend.readyForQuery;
      return { from: 'server', message, statement };
    },
    isAnswered: () => pending.length === 0,
  };
};
