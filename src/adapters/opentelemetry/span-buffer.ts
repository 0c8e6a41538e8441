import { type ScopedSpans, spanJson } from './otlp-json.ts';
import type { RecordedSpan } from './recorded-span.ts';

/** The spans that wait to be sent. */
export interface SpanBuffer {
  /** Takes a span that has ended; one that finds no room is counted and left out. */
  readonly add: (span: RecordedSpan) => void;
  /** Takes all that wait, by their scopes, and how many were left out. */
  readonly take: () => { readonly scopes: readonly ScopedSpans[]; readonly leftOut: number };
}

/**
 * Spans that wait at most: those of an invocation that handles ten events by twenty statements
 * each, twice.
 */
const spansMax = 512;

/** Bytes of JSON that wait at most; AWS takes 5 MB, and a Lambda has other uses for its network. */
const spansBytesMax = 512 * 1024;

/** Keeps spans until the end of the invocation, within a number and a size. */
export const createSpanBuffer = (): SpanBuffer => {
  let scopes = new Map<string, { scope: RecordedSpan['scope']; spans: string[] }>();
  let count = 0;
  let bytes = 0;
  let leftOut = 0;
  return {
    add: (span) => {
      if (count >= spansMax) {
        leftOut += 1;
        return;
      }
      const json = spanJson(span);
      const size = Buffer.byteLength(json);
      if (bytes + size > spansBytesMax) {
        leftOut += 1;
        return;
      }
      count += 1;
      bytes += size;
      const key = JSON.stringify(span.scope);
      const ofScope = scopes.get(key) ?? { scope: span.scope, spans: [] };
      ofScope.spans.push(json);
      scopes.set(key, ofScope);
    },
    take: () => {
      const taken = { scopes: [...scopes.values()], leftOut };
      scopes = new Map();
      count = 0;
      bytes = 0;
      leftOut = 0;
      return taken;
    },
  };
};
