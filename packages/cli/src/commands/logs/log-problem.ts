import { isObject, type Json, type JsonObject } from '../../local/template/json.ts';

/** A line of a function's log that a person should see at once. */
export type LogProblem = {
  readonly level: 'WARN' | 'ERROR';
  /** The innermost cause that says why: `name: message (code)`. */
  readonly cause: string;
  /**
   * The texts of the line beside its cause, the outermost first, such as
   * `Invocation failed: Unavailable: …`.
   */
  readonly summary: string | undefined;
  readonly requestId: string | undefined;
};

/** Errors that are followed from cause to cause; a chain that is longer is cyclic or useless. */
const causesMax = 16;

/** Lines without one of these are read no further: most lines are INFO, and long. */
const mayBeProblem =
  /"level"\s*:\s*(?:"(?:warn|error|crit|fatal|alert|emerg)|[456]\d)|\t(?:WARN|ERROR|FATAL)\t|^(?:RequestId: |INIT_REPORT |Event |The record of event |(?:WARN(?:ING)?|ERROR|FATAL)[ :]|The function's process |\S+ \S+ Task timed out )/i;

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const firstText = (entry: JsonObject, names: readonly string[]): string | undefined =>
  names.map((name) => textOf(entry[name])).find((text) => text !== undefined);

const parseObject = (text: string): JsonObject | undefined => {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/**
 * `name: message (code)` of an error that was written as JSON; `undefined` when it says nothing.
 */
const errorText = (error: JsonObject): string | undefined => {
  const name = firstText(error, ['name', 'errorType', 'type']);
  const message = firstText(error, ['message', 'errorMessage', 'msg']);
  const code = textOf(error['code']);
  if (message === undefined && code === undefined) return undefined;
  const said = [name, message ?? code].filter((part) => part !== undefined).join(': ');
  return code === undefined || said.includes(code) ? said : `${said} (${code})`;
};

/** Errors from the outermost to the innermost; each may be an object, a text or a list. */
const chainOf = (value: Json | undefined, depth = 0): readonly string[] => {
  if (depth > causesMax || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((one: Json) => chainOf(one, depth + 1));
  if (!isObject(value)) return [textOf(value) ?? []].flat();
  return [
    errorText(value) ?? [],
    chainOf(value['errors'], depth + 1),
    chainOf(value['cause'], depth + 1),
  ].flat();
};

/** The fields in which loggers put an error: Powertools, the kernel's logger, pino, winston. */
const errorFields = ['error', 'err', 'exception', 'errors', 'cause', 'reason'];

/** Fields that a logger puts into each line, which explain nothing. */
const usualFields =
  /^(level|message|msg|timestamp|time|service|name|pid|hostname|v|stack|sampling_rate|xray_trace_id|cold_start|function_.*|\w*request_?id|(?:correlation|causation)_?id|traceparent)$/i;

const requestIdOf = (entry: JsonObject): string | undefined =>
  firstText(entry, ['requestId', 'function_request_id', 'awsRequestId', 'request_id']);

/** The fields of a line that has no error, which may say why all the same. */
const detailsOf = (entry: JsonObject): string => {
  const details = Object.entries(entry).filter(([name]) => !usualFields.test(name));
  return details.length === 0 ? '' : ` ${JSON.stringify(Object.fromEntries(details))}`;
};

const explain = (
  title: string,
  chain: readonly string[],
): Pick<LogProblem, 'cause' | 'summary'> => {
  const cause = chain.at(-1) ?? title;
  const parts = [title, ...chain].filter((part) => part !== '' && part !== cause);
  return { cause, summary: parts.length === 0 ? undefined : parts.join(': ') };
};

const levelOf = (level: Json | undefined): LogProblem['level'] | undefined => {
  if (typeof level === 'number') return level >= 50 ? 'ERROR' : level >= 40 ? 'WARN' : undefined;
  const name = (textOf(level) ?? '').toLowerCase();
  if (name.startsWith('warn')) return 'WARN';
  return /^(error|crit|fatal|alert|emerg)/.test(name) ? 'ERROR' : undefined;
};

const ofEntry = (entry: JsonObject): LogProblem | undefined => {
  const level = levelOf(entry['level']);
  if (!level) return undefined;
  const title = firstText(entry, ['message', 'msg']) ?? '';
  const chain = [
    // Lambda's own JSON format has the error beside the message.
    ...(entry['errorMessage'] === undefined ? [] : chainOf({ ...entry, message: null })),
    ...errorFields.flatMap((name) => chainOf(entry[name])),
  ];
  const explained = explain(title, chain);
  const details = chain.length === 0 ? detailsOf(entry) : '';
  return { level, requestId: requestIdOf(entry), ...explained, cause: explained.cause + details };
};

/**
 * How Node prints an error that is the cause of another, or the first of several, as where a host
 * has two addresses.
 */
const printedCause = /\[(?:cause\]: |errors\]: \[\n)([^\n]+)/g;

/**
 * `console.error` and the runtime, in Lambda's text format: time, request, level and what was said.
 */
const consoleLine = /^\S+Z\t(\S+)\t(WARN|ERROR|FATAL)\t([\s\S]*)$/;

const ofConsole = ([, request, name, said = '']: RegExpExecArray): LogProblem | undefined => {
  const level = name === 'WARN' ? 'WARN' : 'ERROR';
  // A line of the init phase has no request.
  const requestId = request === 'undefined' || request === '-' ? undefined : request;
  // `Invoke Error`, a tab and the error; or a logger that writes by the console.
  const [title = '', json] = said.startsWith('{') ? ['', said] : said.split(' \t', 2);
  const entry = parseObject(json ?? '');
  const ofLogger = entry && ofEntry(entry);
  if (ofLogger) return { ...ofLogger, requestId: ofLogger.requestId ?? requestId };
  if (entry) return { level, requestId, ...explain(title, chainOf(entry)) };
  const [first = ''] = said.split('\n', 1);
  const causes = [...said.matchAll(printedCause)].flatMap(([, cause]) => cause?.trim() ?? []);
  return { level, requestId, ...explain(first, causes.slice(-1)) };
};

/** The platform's lines about an invocation, an init phase or an event. */
const platformLines: readonly RegExp[] = [
  /^\S+Z (?<id>\S+) (?<cause>Task timed out .*)$/,
  /^RequestId: (?<id>\S+) Error: (?<cause>.*)/,
  /^(?<cause>INIT_REPORT .*)$/,
  /^(?<cause>(?:Event|The record of event) (?:\S+ of request )?(?<id>\S+) is (?:dropped|lost|given up)[\s\S]*)$/,
  /^(?<cause>The function's process cannot be started[\s\S]*)$/,
  // V8 writes it when the heap is full, and ends the process.
  /^(?<cause>FATAL ERROR: .*)/,
];

/** A text of any writer that begins with its level. */
const plainLine = /^(WARN|ERROR|FATAL|(?:warn|error)(?=:))(?:ING)?:? (.*)/;

const ofPlainText = (line: string): LogProblem | undefined => {
  const [, name, cause] = plainLine.exec(line) ?? [];
  if (cause === undefined) return undefined;
  const level = levelOf(name) ?? 'ERROR';
  return { level, cause, summary: undefined, requestId: undefined };
};

const ofPlatform = (line: string): LogProblem | undefined => {
  for (const pattern of platformLines) {
    const { cause, id } = pattern.exec(line)?.groups ?? {};
    if (cause !== undefined) return { level: 'ERROR', cause, summary: undefined, requestId: id };
  }
  return undefined;
};

/**
 * Reads a warning or an error out of a line of a function's log. The writer may be a logger in JSON
 * (Powertools, pino, winston), the console, Lambda's runtime or the platform; `undefined` for any
 * other line.
 *
 * Nothing is added to what the line says: values that its logger has left out stay left out.
 */
export const logProblem = (line: string): LogProblem | undefined => {
  if (!mayBeProblem.test(line)) return undefined;
  const entry = parseObject(line);
  if (entry) return ofEntry(entry);
  const console = consoleLine.exec(line);
  return console ? ofConsole(console) : (ofPlatform(line) ?? ofPlainText(line));
};
