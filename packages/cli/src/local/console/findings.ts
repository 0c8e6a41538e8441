import { nameInArn, parseArn } from '../arn.ts';
import type { ConsoleEntry, Finding, StackView } from './page/entry.ts';

type Regions = Pick<StackView, 'regions' | 'links'>;

const nameIn = (arn = ''): string => nameInArn(arn);

const regionIn = (arn = ''): string => parseArn(arn)?.region ?? '';

/** Why nothing reaches a Region now; empty where something does. */
const outageBetween = ({ regions, links }: Regions, from: string, to: string): string => {
  const stopped = regions.find(({ region, running }) => region === to && !running);
  if (stopped) return ` ${to} is stopped.`;
  const isCut = links.some(
    ({ between, cut }) => cut && between.includes(from) && between.includes(to),
  );
  return isCut ? ` The link to ${to} is cut.` : '';
};

/** Fields by which a rule chooses its events and their Region: it was never meant for this one. */
const choosing = /^(?:detail-type|source|account|region|detail\.originregion) /;

const isNear = ({ reason = '' }: ConsoleEntry): boolean => reason !== '' && !choosing.test(reason);

const ofRules = (region: string, rules: readonly ConsoleEntry[]): readonly Finding[] => {
  const unmatched = rules.filter(({ outcome }) => outcome === 'skipped');
  const told = ({ rule, reason }: ConsoleEntry): string =>
    `The rule ${rule} does not match: ${reason}.`;
  const near = unmatched.filter(isNear);
  if (rules.some(({ outcome }) => outcome === 'ok')) {
    return near.map((one) => ({ outcome: 'skipped', region, text: told(one) }));
  }
  const tellingMax = 3;
  const telling = (near.length > 0 ? near : unmatched).slice(0, tellingMax).map(told);
  const text = ['No rule on its bus matches the event.', ...telling].join(' ');
  return [{ outcome: 'failed', region, text }];
};

/** The end of the deliveries of a rule to a target. */
const ofDeliveries = (deliveries: readonly ConsoleEntry[], view: Regions): readonly Finding[] => {
  const last = deliveries.at(-1);
  if (!last || last.outcome === 'ok') return [];
  const { region, rule, target, attempt = 1 } = last;
  const to = regionIn(target);
  const text = `The rule ${rule} has not reached ${nameIn(target)} in ${to} in ${attempt} attempts: ${last.reason}${outageBetween(view, region, to)}`;
  return [{ outcome: 'waiting', region, text }];
};

/** The end of an event at one consumer. */
const ofConsumer = (entries: readonly ConsoleEntry[], name: string): readonly Finding[] => {
  const [{ region } = { region: '' }] = entries;
  const effects = entries.filter(({ kind }) => kind === 'effect');
  const done = effects.find(({ outcome }) => outcome === 'ok');
  const again = effects.find(({ outcome }) => outcome === 'skipped');
  const setAside = entries.find(({ kind }) => kind === 'dead-letter' || kind === 'lost');
  const failed = entries.filter(
    ({ kind, outcome }) => kind === 'invocation' && outcome === 'failed',
  );
  const last = failed.at(-1);
  const found: Finding[] = [];
  if (done) found.push({ outcome: 'ok', region, text: `${name} has handled it.` });
  if (again) {
    const text = `${name} had handled it before: its inbox skipped the duplicate.`;
    found.push({ outcome: 'skipped', region, text });
  }
  if (setAside) {
    const where = setAside.target === undefined ? '' : ` It lies in ${nameIn(setAside.target)}.`;
    const cause = last?.reason ?? setAside.reason;
    const text = `${name} has given it up after ${Math.max(failed.length, 1)} attempts: ${cause}.${where}`;
    found.push({ outcome: 'failed', region, text });
  } else if (last && !done && !again) {
    const text = `${name} has failed at it ${failed.length} times: ${last.reason}. Lambda tries again.`;
    found.push({ outcome: 'waiting', region, text });
  } else if (found.length === 0 && entries.some(({ kind }) => kind === 'invocation')) {
    const text = `${name} has ended without an error, and its log does not say that it handled the event.`;
    found.push({ outcome: 'ok', region, text });
  }
  return found;
};

const notPublished = (on: readonly ConsoleEntry[], region: string, view: Regions): Finding => {
  const refused = on.findLast(({ kind }) => kind === 'refused' || kind === 'outbox');
  const isStopped = view.regions.some((one) => one.region === region && !one.running);
  const relay = isStopped
    ? `${region} is stopped, so its relay is too: the other Region takes the event over.`
    : 'The relay publishes it when it is due: look at the log of the relay.';
  const text = refused
    ? `It is committed, and no bus has it: ${refused.reason}. ${relay}`
    : `It is committed, and nobody has published it. ${relay}`;
  return { outcome: refused ? 'failed' : 'waiting', region, text };
};

const ofEvent = (eventId: string, all: readonly ConsoleEntry[], view: Regions) => {
  const on = all.filter((entry) => entry.eventId === eventId);
  const arrivals = on.filter(({ kind }) => kind === 'published' || kind === 'hop');
  if (arrivals.length === 0) {
    const commit = all.find(({ kind, events }) => kind === 'command' && events?.includes(eventId));
    return commit ? [notPublished(on, commit.region, view)] : [];
  }
  const rules = [...new Set(arrivals.map(({ region }) => region))].flatMap((region) =>
    ofRules(
      region,
      on.filter((entry) => entry.kind === 'rule' && entry.region === region),
    ),
  );
  const deliveries = on.filter(({ kind, rule }) => kind === 'delivery' && rule !== undefined);
  const byTarget = Map.groupBy(
    deliveries,
    ({ region, rule, target }) => `${region} ${rule} ${target}`,
  );
  const undelivered = on.filter(
    ({ kind, functionName }) =>
      (kind === 'dead-letter' || kind === 'lost') && functionName === undefined,
  );
  const consumers = Map.groupBy(
    on.filter(({ functionName, kind }) => functionName !== undefined && kind !== 'outbox'),
    ({ functionName, region }) => `${functionName} in ${region}`,
  );
  const untouched = deliveries.filter(
    ({ outcome, target }) =>
      outcome === 'ok' &&
      target?.split(':')[2] === 'lambda' &&
      !consumers.has(`${nameIn(target)} in ${regionIn(target)}`),
  );
  return [
    ...rules,
    ...[...byTarget.values()].flatMap((some) => ofDeliveries(some, view)),
    ...undelivered.map(
      ({ region, rule, reason }): Finding => ({
        ...{ outcome: 'failed', region },
        text: `The rule ${rule} could not deliver it, and has given it up: ${reason}`,
      }),
    ),
    ...untouched.map(
      ({ region, target }): Finding => ({
        ...{ outcome: 'waiting', region },
        text: `${nameIn(target)} has accepted it, and has not ended an attempt.`,
      }),
    ),
    ...[...consumers].flatMap(([name, entries]) => ofConsumer(entries, name)),
  ];
};

/** The end of the command itself, where it is not that its events are on their way. */
const ofCommand = (all: readonly ConsoleEntry[]): readonly Finding[] => {
  const commands = all.filter(({ kind, eventId }) => kind === 'command' && eventId === undefined);
  const last = commands.at(-1);
  const events = commands.flatMap(({ events = [] }) => events);
  if (last?.outcome === 'skipped' && events.length === 0) {
    const text =
      'The command was done before: its answer was given again, and it publishes nothing.';
    return [{ outcome: 'skipped', region: last.region, text }];
  }
  if (last?.outcome === 'ok') return [];
  const failed = all.findLast(
    ({ outcome, kind, eventId }) =>
      outcome === 'failed' &&
      eventId === undefined &&
      (kind === 'failure' || kind === 'invocation' || kind === 'command'),
  );
  if (!failed) return [];
  const text = `The command has changed nothing: ${failed.reason}`;
  return [{ outcome: 'failed', region: failed.region, text }];
};

/** A person looks for the first thing that is wrong. */
const order: readonly Finding['outcome'][] = ['failed', 'waiting', 'skipped', 'ok'];

/** Why the effects of a command and of its events are there, or are not. */
export const findingsOf = (all: readonly ConsoleEntry[], view: Regions): readonly Finding[] => {
  const ids = new Set(
    all.flatMap(({ eventId, events = [] }) =>
      eventId === undefined ? events : [eventId, ...events],
    ),
  );
  const found = [
    ...ofCommand(all),
    ...[...ids].flatMap((eventId) =>
      ofEvent(eventId, all, view).map((finding) => ({ ...finding, eventId })),
    ),
  ];
  const rank = ({ outcome }: Finding): number => order.indexOf(outcome);
  return found.toSorted((one, other) => rank(one) - rank(other));
};
