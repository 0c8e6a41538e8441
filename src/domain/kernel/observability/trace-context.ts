/**
 * The place of a span in a trace: W3C Trace Context, level 2 (www.w3.org/TR/trace-context-2),
 * section 3.2.
 */
export type TraceContext = {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether the spans of the trace are recorded. */
  readonly sampled: boolean;
};

/** Version, trace, span and flags; a version that is newer than 00 may have more behind them. */
const pattern = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** An id of zeros is none. */
const isZero = (id: string): boolean => /^0+$/.test(id);

/**
 * Reads a `traceparent` strictly; `undefined` for one that is not valid, which is to be ignored.
 *
 * @example
 * parseTraceparent('00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01')?.sampled // true
 */
export const parseTraceparent = (text: string | undefined): TraceContext | undefined => {
  const match = pattern.exec(text ?? '');
  if (!match) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (isZero(traceId) || isZero(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

/** Writes a `traceparent` of version 00. */
export const formatTraceparent = ({ traceId, spanId, sampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
