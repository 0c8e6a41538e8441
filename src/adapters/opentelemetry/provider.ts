import { randomBytes } from 'node:crypto';
import type {
  Context,
  Link,
  Span,
  SpanContext,
  SpanOptions,
  Tracer,
  TracerProvider,
} from '@opentelemetry/api';
import type { RecordedSpan } from './recorded-span.ts';
import { startRecording } from './recording-span.ts';
import type { SamplerSettings } from './settings.ts';
import { millisecondsOf } from './span-time.ts';

/** The API of OpenTelemetry, which is loaded on demand. */
export type Api = typeof import('@opentelemetry/api');

/** 13 hexadecimal digits have the 52 bits that a number holds exactly. */
const digits = 13;

/** Whether a trace is one of the share that is recorded: the same answer in every process. */
const isChosen = (traceId: string, ratio: number): boolean =>
  Number.parseInt(traceId.slice(-digits), 16) < ratio * 16 ** digits;

const isSampled = (
  traceId: string,
  parent: SpanContext | undefined,
  { byParent, ratio }: SamplerSettings,
): boolean => (parent && byParent ? (parent.traceFlags & 1) === 1 : isChosen(traceId, ratio));

type ProviderDeps = {
  readonly api: Api;
  readonly sampler: SamplerSettings;
  readonly onEnd: (span: RecordedSpan) => void;
};

const createTracer = (deps: ProviderDeps, scope: RecordedSpan['scope']): Tracer => {
  const { api, sampler, onEnd } = deps;

  const startSpan = (name: string, options: SpanOptions = {}, from?: Context): Span => {
    const around = from ?? api.context.active();
    const { root = false, kind = api.SpanKind.INTERNAL, attributes, startTime } = options;
    const given = root ? undefined : api.trace.getSpanContext(around);
    const parent = given && api.isSpanContextValid(given) ? given : undefined;
    const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
    const sampled = isSampled(traceId, parent, sampler);
    const context: SpanContext = {
      ...{ traceId, spanId: randomBytes(8).toString('hex'), traceFlags: sampled ? 1 : 0 },
      ...(parent?.traceState && { traceState: parent.traceState }),
    };
    if (!sampled) return api.trace.wrapSpanContext(context);
    const links: readonly Link[] = options.links ?? [];
    const begun = { scope, context, name, kind, attributes, links };
    const ofParent = { parentSpanId: parent?.spanId, isParentRemote: parent?.isRemote === true };
    const at = millisecondsOf(startTime);
    return startRecording({ ...begun, ...ofParent, startTime: at }, onEnd);
  };

  const startActiveSpan = (name: string, ...given: readonly unknown[]): unknown => {
    const work = given.at(-1) as (span: Span) => unknown;
    const [options, from] = given.slice(0, -1) as [SpanOptions?, Context?];
    const around = from ?? api.context.active();
    const span = startSpan(name, options, around);
    return api.context.with(api.trace.setSpan(around, span), work, undefined, span);
  };

  return { startSpan, startActiveSpan: startActiveSpan as Tracer['startActiveSpan'] };
};

/**
 * A provider of spans for a process that has no SDK of OpenTelemetry. Spans that have ended go to
 * `onEnd`.
 */
export const createTracerProvider = (deps: ProviderDeps): TracerProvider => ({
  getTracer: (name, version) => createTracer(deps, { name, version }),
});
