import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AnyService, EventEnvelope } from 'antipode/domain';
import { nearestName } from 'antipode/internal/domain';
import { type Terminal, UsageError } from 'antipode-local-dsql/process';
import { askToGoOn, type Person, requireConsent } from '../service/confirm.ts';
import { findService, shownService } from '../service/find-service.ts';
import { loadService } from '../service/load-service.ts';
import { createServicePublisher, publishMsMax } from '../service/publisher.ts';
import { showResult } from '../service/show-result.ts';
import type { SendOptions } from './options.ts';

/** Types of one service often share a word: one that differs more is another one. */
const editsShareMax = 0.4;

/** The declaration's own type of event is not known here: its catalogue checks the data. */
type Catalogue = {
  readonly envelop: (
    event: {
      readonly type: string;
      readonly schemaVersion: number;
      readonly subject: string;
      readonly aggregateVersion: number;
      readonly data: unknown;
    },
    ...address: [
      id: string,
      origin: { readonly region: string; readonly time: string },
      causation: { readonly correlationid: string },
    ]
  ) => EventEnvelope;
};

const readData = ({ data }: SendOptions, { directory }: Terminal): unknown => {
  const file = data.startsWith('@') ? data.slice(1) : undefined;
  let text = data;
  try {
    if (file !== undefined) text = readFileSync(resolve(directory, file), 'utf8');
  } catch (cause) {
    throw new UsageError(`--data ${data}: cannot read ${file}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`--data is not JSON: ${(cause as Error).message}`, { cause });
  }
};

/** The newest version of a declared event. */
const versionOf = ({ type, service }: SendOptions, events: AnyService['events']): number => {
  const declared = Object.hasOwn(events, type) ? events[type] : undefined;
  if (declared) return declared.version;
  const near = nearestName(type, Object.keys(events), editsShareMax);
  const hint = near === undefined ? Object.keys(events).join(', ') : `is it ${near}?`;
  throw new UsageError(`${service} declares no event ${type}: ${hint}`);
};

/** The envelope of the event, checked as a decision's is before COMMIT. */
const envelopeOf = (
  options: SendOptions,
  service: Pick<AnyService, 'events'> & { readonly catalogue?: unknown },
  { region, data }: { readonly region: string; readonly data: unknown },
): EventEnvelope => {
  const { type, subject, aggregateVersion, correlationId = randomUUID() } = options;
  const schemaVersion = versionOf(options, service.events);
  const event = { type, schemaVersion, subject, aggregateVersion, data };
  const origin = { region, time: new Date().toISOString() };
  try {
    const { envelop } = service.catalogue as Catalogue;
    return envelop(event, randomUUID(), origin, { correlationid: correlationId });
  } catch (error) {
    const { message, cause = error } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new Error(`--data: ${reason}`, { cause: error });
  }
};

/**
 * `antipode events send`: puts one event of a declared type on the bus of a service.
 *
 * @returns whether the bus has taken it
 * @throws {Error} with one line for what keeps it from its work
 */
export const runSend = async (
  options: SendOptions,
  terminal: Terminal,
  person: Person,
): Promise<boolean> => {
  requireConsent(options, person);
  const data = readData(options, terminal);
  const declared = await loadService(terminal.directory, options.service);
  const service = await findService(options, terminal);
  const { region, stack } = service;
  const event = envelopeOf(options, declared, { region, data });
  const show = showResult(options, terminal);
  if (options.dryRun) {
    show({ stack, region, event, sent: false }, JSON.stringify(event, undefined, 2).split('\n'));
    return true;
  }
  await askToGoOn(options, person, `Put one ${event.type} on the bus of ${shownService(service)}?`);
  const publisher = await createServicePublisher(service);
  const [result] = await publisher.publish([event], Date.now() + publishMsMax);
  if (!result?.ok) throw new Error(`the bus has not taken it: ${result?.reason ?? 'no answer'}`);
  show({ stack, region, event, sent: true }, [`${event.id} is on the bus`]);
  return true;
};
