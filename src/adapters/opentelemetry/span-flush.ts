import type { ExportSpans } from './exporter.ts';
import { exportJson } from './otlp-json.ts';
import type { TraceSettings } from './settings.ts';
import type { SpanBuffer } from './span-buffer.ts';

/**
 * After an export that failed, spans are dropped for so long: a collector that hangs would hold
 * each answer for the whole time of an export. Milliseconds.
 */
export const pauseMs = 10_000;

/**
 * Sends what waits, within the time of an export. A failure costs the spans.
 *
 * @throws {Error} where the collector has not taken them, or some found no room
 */
export const createSpanFlush = (deps: {
  readonly buffer: SpanBuffer;
  readonly exportSpans: ExportSpans;
  readonly settings: Pick<TraceSettings, 'exportMsMax' | 'resource'>;
  readonly now: () => number;
}) => {
  const { buffer, exportSpans, settings, now } = deps;
  let pausedUntil = 0;

  return async (msMax: number): Promise<void> => {
    const { scopes, leftOut } = buffer.take();
    const ms = Math.floor(Math.min(msMax, settings.exportMsMax));
    if (scopes.length === 0 || now() < pausedUntil) return;
    if (ms <= 0) throw new Error('No time was left to send the spans of an invocation');
    try {
      const body = exportJson(settings.resource, scopes);
      const signal = AbortSignal.timeout(ms);
      const { promise: expired, reject } = Promise.withResolvers<never>();
      // Credentials may hang too, which know of no signal.
      const abort = () => reject(new Error(`Spans were not sent within ${ms} ms`));
      signal.addEventListener('abort', abort);
      await Promise.race([exportSpans(body, signal), expired]).finally(() =>
        signal.removeEventListener('abort', abort),
      );
    } catch (error) {
      pausedUntil = now() + pauseMs;
      throw error;
    }
    if (leftOut > 0)
      throw new Error(`${leftOut} spans of an invocation were more than it may send`);
  };
};
