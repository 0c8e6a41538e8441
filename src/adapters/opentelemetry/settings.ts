import { InvariantViolation } from '../../domain/kernel/index.ts';
import type { EnvironmentVariables } from '../aws/endpoint.ts';
import type { SigningKeys } from '../aws/signature.ts';

/** The surroundings of a tracer. */
export type OpenTelemetryOptions = {
  /** OpenTelemetry's variables, such as `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly env: EnvironmentVariables;
  /**
   * Sign requests to AWS X-Ray. They are asked for each request: Lambda's keys are replaced while
   * the process lives.
   */
  readonly credentials: () => SigningKeys | Promise<SigningKeys>;
  /** Milliseconds since the epoch; the clock of the process unless given. */
  readonly now?: () => number;
};

/** Decides which traces are recorded: for a span without a parent, and for one with a parent. */
export type SamplerSettings = {
  /** Share of the traces that begin here: 0 … 1. */
  readonly ratio: number;
  /** Whether a span with a parent follows the parent. */
  readonly byParent: boolean;
};

/** The settings of the own provider, by OpenTelemetry's environment variables. */
export type TraceSettings = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The longest that an export may hold an answer. Milliseconds. */
  readonly exportMsMax: number;
  readonly sampler: SamplerSettings;
  readonly resource: Readonly<Record<string, string | number>>;
};

/**
 * The longest that an export may hold an answer, unless `OTEL_EXPORTER_OTLP_TIMEOUT` sets another:
 * twenty round trips to a collector in the Region. OpenTelemetry's own default of 10 s is for
 * processes whose answers do not wait. Milliseconds.
 */
export const exportMsDefault = 500;

/** A longer wait would be most of what a caller waits for. Milliseconds. */
const exportMsLimit = 10_000;

const variable = (env: EnvironmentVariables, name: string): string | undefined =>
  env[name]?.trim() || undefined;

/** A variable for traces alone comes before the one for all signals. */
const ofTraces = (env: EnvironmentVariables, ending: string) => {
  const names = [`OTEL_EXPORTER_OTLP_TRACES_${ending}`, `OTEL_EXPORTER_OTLP_${ending}`];
  const name = names.find((one) => variable(env, one) !== undefined);
  return name === undefined ? undefined : { name, value: variable(env, name) ?? '' };
};

/** The address of the collector; that for all signals is completed by the path of traces. */
const urlOf = (name: string, value: string): URL => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw new InvariantViolation(
      `Set ${name} to an address that begins with https:// or http://, without a user`,
    );
  }
  if (name === 'OTEL_EXPORTER_OTLP_ENDPOINT') {
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  }
  return url;
};

const decoded = (name: string, text: string): string => {
  try {
    return decodeURIComponent(text.trim());
  } catch (cause) {
    throw new InvariantViolation(`Set ${name} to values in percent-encoding`, { cause });
  }
};

/** Reads `a=1,b=2` as W3C Baggage writes it, without properties. */
const pairs = (name: string, text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split(',')
      .filter((pair) => pair.trim() !== '')
      .map((pair) => {
        const at = pair.indexOf('=');
        if (at < 1) throw new InvariantViolation(`Set ${name} to pairs such as key=value,other=1`);
        return [pair.slice(0, at).trim(), decoded(name, pair.slice(at + 1))];
      }),
  );

/** A name of HTTP's headers, and a value that no header can be smuggled into. */
const isHeader = ([name, value]: readonly [string, string]): boolean =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(value);

const headersOf = (env: EnvironmentVariables): Readonly<Record<string, string>> => {
  const { name, value } = ofTraces(env, 'HEADERS') ?? { name: '', value: '' };
  const headers = Object.entries(pairs(name, value)).map(
    ([key, text]) => [key.toLowerCase(), text] as const,
  );
  if (!headers.every(isHeader)) throw new InvariantViolation(`Set ${name} to headers of HTTP`);
  return Object.fromEntries(headers);
};

const exportMs = (env: EnvironmentVariables): number => {
  const { name, value } = ofTraces(env, 'TIMEOUT') ?? { name: '', value: String(exportMsDefault) };
  const ms = Number(value);
  if (Number.isSafeInteger(ms) && ms > 0 && ms <= exportMsLimit) return ms;
  throw new InvariantViolation(`Set ${name} to milliseconds from 1 to ${exportMsLimit}`);
};

const samplers: Readonly<Record<string, { byParent: boolean; ratio: number | 'argument' }>> = {
  always_on: { byParent: false, ratio: 1 },
  always_off: { byParent: false, ratio: 0 },
  traceidratio: { byParent: false, ratio: 'argument' },
  parentbased_always_on: { byParent: true, ratio: 1 },
  parentbased_always_off: { byParent: true, ratio: 0 },
  parentbased_traceidratio: { byParent: true, ratio: 'argument' },
};

const samplerOf = (env: EnvironmentVariables): SamplerSettings => {
  const name = variable(env, 'OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const sampler = Object.hasOwn(samplers, name) ? samplers[name] : undefined;
  if (!sampler) {
    throw new InvariantViolation(
      `Set OTEL_TRACES_SAMPLER to one of ${Object.keys(samplers).join(', ')}`,
    );
  }
  const ratio =
    sampler.ratio === 'argument'
      ? Number(variable(env, 'OTEL_TRACES_SAMPLER_ARG') ?? 1)
      : sampler.ratio;
  if (ratio >= 0 && ratio <= 1) return { ratio, byParent: sampler.byParent };
  throw new InvariantViolation('Set OTEL_TRACES_SAMPLER_ARG to a number from 0 to 1');
};

const resourceOf = (env: EnvironmentVariables): TraceSettings['resource'] => {
  const function_ = variable(env, 'AWS_LAMBDA_FUNCTION_NAME');
  const memory = Number(variable(env, 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE'));
  const attributes = {
    'service.name': variable(env, 'POWERTOOLS_SERVICE_NAME') ?? function_ ?? 'unknown_service',
    ...(function_ && {
      ...{ 'cloud.provider': 'aws', 'cloud.platform': 'aws_lambda' },
      'cloud.region': variable(env, 'AWS_REGION'),
      'faas.name': function_,
      'faas.version': variable(env, 'AWS_LAMBDA_FUNCTION_VERSION'),
      'faas.instance': variable(env, 'AWS_LAMBDA_LOG_STREAM_NAME'),
      'faas.max_memory': Number.isNaN(memory) ? undefined : memory * 1_048_576,
    }),
    ...pairs('OTEL_RESOURCE_ATTRIBUTES', variable(env, 'OTEL_RESOURCE_ATTRIBUTES') ?? ''),
    'telemetry.sdk.name': 'antipode',
    'telemetry.sdk.language': 'nodejs',
  };
  const service = variable(env, 'OTEL_SERVICE_NAME');
  const all = { ...attributes, ...(service && { 'service.name': service }) };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string | number] => pair[1] !== undefined),
  );
};

/**
 * Reads OpenTelemetry's environment variables; `undefined` where no endpoint is set, or the
 * variables turn tracing off.
 *
 * @throws {InvariantViolation} that names the variable to set
 */
export const readTraceSettings = (env: EnvironmentVariables): TraceSettings | undefined => {
  const endpoint = ofTraces(env, 'ENDPOINT');
  const isOff =
    variable(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true' ||
    variable(env, 'OTEL_TRACES_EXPORTER') === 'none';
  if (!endpoint || isOff) return undefined;
  return {
    url: urlOf(endpoint.name, endpoint.value),
    headers: headersOf(env),
    exportMsMax: exportMs(env),
    sampler: samplerOf(env),
    resource: resourceOf(env),
  };
};
