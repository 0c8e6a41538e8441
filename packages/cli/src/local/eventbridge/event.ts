import { jsonLevelsMax } from './pattern/json-text.ts';

/** A detail may have all levels that PutEvents processes; its envelope is one more. */
export const envelopeLevelsMax: number = jsonLevelsMax + 1;

/**
 * An event on a bus. `detail` is its JSON text as published, so that no number changes its spelling
 * on the way.
 */
export type BusEvent = {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly account: string;
  /** Whole seconds, such as `2026-11-23T10:00:00Z`. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: string;
  /**
   * X-Ray header of the request that published it; it goes with the event, and no envelope has it.
   */
  readonly traceHeader?: string | undefined;
  /** The replay that has brought it from an archive; its envelope says so. */
  readonly replayName?: string | undefined;
};

/** How an event came from another bus: EventBridge passes an event on to a bus only once. */
export type Hop = {
  readonly fromRegion: string;
  readonly ruleArn: string;
  /** The role by which the rule sends it. */
  readonly roleArn?: string | undefined;
};

/** The time of an envelope, which has no fraction of a second. */
export const envelopeTime = (epochMs: number): string =>
  new Date(Math.floor(epochMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');

/** The JSON text that targets receive and patterns are matched against. */
export const envelopeText = (event: BusEvent): string => {
  const { detail, ...rest } = {
    version: '0',
    id: event.id,
    'detail-type': event.detailType,
    source: event.source,
    account: event.account,
    time: event.time,
    region: event.region,
    resources: event.resources,
    ...(event.replayName !== undefined && { 'replay-name': event.replayName }),
    detail: event.detail,
  };
  return `${JSON.stringify(rest).slice(0, -1)},"detail":${detail}}`;
};
