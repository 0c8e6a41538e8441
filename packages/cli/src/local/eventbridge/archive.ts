import * as v from 'valibot';
import { parseArn } from '../arn.ts';
import { firstIssue } from '../aws-json.ts';
import type { BusEvent } from './event.ts';
import { compilePattern, type EventPattern } from './pattern/pattern.ts';
import type { FlatEvent } from './pattern/pattern-event.ts';

/** An archive as its template declares it. */
export type ArchiveDefinition = {
  readonly name: string;
  readonly arn: string;
  /** The ARN of the bus whose events it keeps. */
  readonly sourceArn: string;
  readonly pattern: { readonly text: string; readonly compiled: EventPattern } | undefined;
  /** 0 keeps events for ever. */
  readonly retentionDays: number;
};

/** Events of a bus that can be replayed. */
export interface Archive {
  /** As it is now. */
  readonly definition: ArchiveDefinition;
  /** Changes its settings; it keeps the events that it has. */
  readonly configure: (definition: ArchiveDefinition) => void;
  /** Keeps an event that its pattern matches, unless it is a replayed one. */
  readonly keep: (event: BusEvent, flat: FlatEvent) => void;
  /** The events that it keeps now, in the order of their arrival. */
  readonly events: () => readonly BusEvent[];
  /** UTF-8 bytes of the details that it keeps. */
  readonly bytes: () => number;
}

/** An archive that EventBridge would refuse. */
export class InvalidArchive extends Error {
  override readonly name = 'InvalidArchive';
}

/** State of the local stack is in memory: an archive forgets its oldest events beyond these. */
const eventsMax = 200_000;
const bytesMax = 256 * 1024 * 1024;

const dayMs = 86_400_000;

const archiveSchema = v.strictObject({
  ArchiveName: v.optional(v.string()),
  Description: v.optional(v.string()),
  EventPattern: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  KmsKeyIdentifier: v.optional(v.unknown()),
  RetentionDays: v.optional(v.number(), 0),
  SourceArn: v.string(),
});

/**
 * Reads the resolved properties of an `AWS::Events::Archive`.
 *
 * @throws {InvalidArchive} for what EventBridge refuses
 * @throws {InvalidEventPattern} if the pattern is not valid
 */
export const readArchive = (
  properties: unknown,
  {
    name,
    region,
    account,
  }: { readonly name: string; readonly region: string; readonly account: string },
): ArchiveDefinition => {
  const read = v.safeParse(archiveSchema, properties);
  if (!read.success) throw new InvalidArchive(`Archive ${name}: ${firstIssue(read.issues)}`);
  const { ArchiveName = name, EventPattern, RetentionDays, SourceArn } = read.output;
  const text = typeof EventPattern === 'object' ? JSON.stringify(EventPattern) : EventPattern;
  return {
    name: ArchiveName,
    arn: `arn:aws:events:${region}:${account}:archive/${ArchiveName}`,
    sourceArn: SourceArn,
    pattern: text === undefined ? undefined : { text, compiled: compilePattern(text) },
    retentionDays: RetentionDays,
  };
};

/** The name of the bus whose events an archive keeps. */
export const sourceBusOf = ({ sourceArn }: ArchiveDefinition): string =>
  parseArn(sourceArn)?.resource.replace(/^event-bus\//, '') ?? sourceArn;

/** Starts an archive, which is empty. */
export const createArchive = (given: ArchiveDefinition, now: () => number): Archive => {
  let definition = given;
  let kept: BusEvent[] = [];
  let bytes = 0;

  const isOut = (event: BusEvent): boolean =>
    definition.retentionDays > 0 &&
    Date.parse(event.time) < now() - definition.retentionDays * dayMs;

  /** Forgets events whose days are over, and the oldest ones beyond the limits. */
  const trim = (): void => {
    kept = kept.filter((event) => !isOut(event)).slice(-eventsMax);
    bytes = kept.reduce((sum, { detail }) => sum + Buffer.byteLength(detail), 0);
    while (bytes > bytesMax) bytes -= Buffer.byteLength(kept.shift()?.detail ?? '');
  };

  return {
    get definition() {
      return definition;
    },
    configure: (changed) => {
      definition = changed;
    },
    keep: (event, flat) => {
      const { pattern } = definition;
      if (event.replayName !== undefined) return;
      if (pattern && !pattern.compiled.matches(flat)) return;
      kept.push(event);
      bytes += Buffer.byteLength(event.detail);
      // Rarely, since each time costs a copy of the list.
      if (kept.length > eventsMax * 1.1 || bytes > bytesMax * 1.1) trim();
    },
    events: () => {
      trim();
      return kept;
    },
    bytes: () => bytes,
  };
};
