import type { PutEvents, PutEventsEntry } from '../../../adapters/eventbridge/index.ts';
import type { EventEnvelope } from '../../../domain/kernel/index.ts';
import type { Machine, SimulatedProcess } from '../machine/process.ts';
import type { Acceptance, Publications } from '../oracles/publications.ts';
import type { Regions } from './regions.ts';

/** An event on a bus, with EventBridge's own wrapping. */
export type BusEvent = {
  /** The bus's own id: another one in each Region. */
  readonly id: string;
  /** The Region in which it was published first. */
  readonly region: string;
  readonly replayName: string | undefined;
  readonly envelope: EventEnvelope;
  /** JSON text of the whole event, as a target gets it. */
  readonly text: string;
};

/** A rule of one Region's bus. */
export type BusRule = {
  readonly region: string;
  readonly matches: (event: BusEvent) => boolean;
  /** Hands a copy of the event to the target. */
  readonly deliver: (event: BusEvent) => void;
};

/** Whether the rule between the Regions copies an event that is on a bus of one of them. */
export type Crossing = (event: BusEvent, bus: string) => boolean;

/** The buses of both Regions. */
export interface SimulatedBus {
  /** `PutEvents` as one process calls it on the bus of its Region. */
  readonly putEvents: (process: SimulatedProcess) => PutEvents;
  readonly addRule: (rule: BusRule) => void;
  /** Says which events on a bus the rule between the Regions copies. */
  readonly setCrossing: (crosses: Crossing) => void;
  /** Brings back what the archive of a Region has of the last `ms`. */
  readonly replay: (region: string, ms: number) => number;
  /** When each event was accepted first by any bus, by its id. Virtual milliseconds. */
  readonly accepted: ReadonlyMap<string, number>;
  /** All that a bus has accepted, in this order. */
  readonly acceptances: readonly Acceptance[];
  /** How often the rule between the Regions has copied each event, by its id. */
  readonly copies: ReadonlyMap<string, number>;
  /** Events that a bus has accepted and lost, and that none has accepted again, but for replays. */
  readonly lost: ReadonlySet<string>;
  /** Whether the bus of a Region refuses every entry. */
  readonly setAway: (region: string, isAway: boolean) => void;
  /** Deliveries that are under way. */
  readonly openCount: () => number;
}

/** How long the publisher waits for an answer that does not come; its own limit. Milliseconds. */
const unansweredMs = 10_000;

/** How long a bus takes to a target. Milliseconds. */
const deliveryMs = [20, 400] as const;

/** How long a slow delivery takes. Milliseconds. */
const lateMs = [5_000, 180_000] as const;

/** How long the way to the other Region takes. Milliseconds. */
const crossingMs = [60, 900] as const;

const codes = ['InternalFailure', 'ThrottlingException'] as const;

const textOf = (event: Omit<BusEvent, 'text'>, detail: string, now: number): string => {
  const { id, region, replayName, envelope } = event;
  const replay = replayName === undefined ? '' : `"replay-name":${JSON.stringify(replayName)},`;
  return `{"version":"0","id":"${id}","detail-type":${JSON.stringify(envelope.type)},"source":${JSON.stringify(envelope.source)},"account":"123456789012","time":"${new Date(now).toISOString()}","region":"${region}","resources":[],${replay}"detail":${detail}}`;
};

type Archived = { readonly region: string; readonly at: number; readonly detail: string };

/** The ways from a bus to its targets, and to the bus of the other Region. */
const createRouting = (machine: Machine, regions: Regions) => {
  const { scheduler, faults, random } = machine;
  const rules: BusRule[] = [];
  const copies = new Map<string, number>();
  let crosses: Crossing = () => false;
  let open = 0;

  const make = (region: string, detail: string, replayName?: string): BusEvent => {
    const event = {
      ...{ id: random.uuid(), region, replayName },
      envelope: JSON.parse(detail) as EventEnvelope,
    };
    return { ...event, text: textOf(event, detail, Math.floor(scheduler.now())) };
  };

  /** Delivers an event to one target, at least once. */
  const send = (
    label: string,
    withinMs: readonly [number, number],
    whenThere: (work: () => void) => void,
    arrive: () => void,
  ): void => {
    const times = faults.happens('event twice') ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      open += 1;
      const delayMs = faults.happens('event late') ? lateMs : withinMs;
      scheduler.after(random.within(delayMs), undefined, label, () =>
        whenThere(() => {
          open -= 1;
          arrive();
        }),
      );
    }
  };

  /** Hands the event to the targets of the rules on one bus. */
  const route = (bus: string, event: BusEvent): void => {
    for (const rule of rules) {
      if (rule.region !== bus || !rule.matches(event)) continue;
      const whenUp = (work: () => void): void => regions.whenUp(bus, work);
      send('delivered', deliveryMs, whenUp, () => rule.deliver(event));
    }
  };

  /** Copies an event to the other Region, whose own rule may match the copy. */
  const cross = (bus: string, detail: string, event: BusEvent): void => {
    if (!crosses(event, bus)) return;
    const peer = regions.other(bus);
    const { id } = event.envelope;
    copies.set(id, (copies.get(id) ?? 0) + 1);
    const whenReached = (work: () => void): void => regions.whenReached(peer, work);
    send('crossed', crossingMs, whenReached, () => {
      const copy = make(bus, detail);
      route(peer, copy);
      cross(peer, detail, copy);
    });
  };

  return {
    make,
    route,
    cross,
    addRule: (rule: BusRule): void => {
      rules.push(rule);
    },
    setCrossing: (rule: Crossing): void => {
      crosses = rule;
    },
    copies,
    openCount: () => open,
  };
};

/**
 * EventBridge Classic: at least once, in no order. An event that crosses Regions gets a new id.
 */
export const createEventBus = (
  machine: Machine,
  regions: Regions,
  publications: Pick<Publications, 'latest'>,
): SimulatedBus => {
  const { scheduler, faults, random, story } = machine;
  const { make, route, cross, ...routing } = createRouting(machine, regions);
  const accepted = new Map<string, number>();
  const acceptances: Acceptance[] = [];
  const lost = new Set<string>();
  const away = new Set<string>();
  const archive: Archived[] = [];
  let replays = 0;

  const put = (
    { region: bus, number }: Pick<SimulatedProcess, 'region'> & { readonly number?: number },
    detail: string,
    replayName?: string,
  ): string => {
    const event = make(bus, detail, replayName);
    const { id } = event.envelope;
    const at = scheduler.now();
    if (!accepted.has(id)) accepted.set(id, at);
    acceptances.push({
      ...{ eventId: id, bus, at, isReplay: replayName !== undefined, isAnswerLost: false },
      publication: number === undefined ? undefined : publications.latest(id, number),
    });
    if (replayName === undefined) archive.push({ region: bus, at: scheduler.now(), detail });
    if (replayName === undefined && faults.happens('event lost')) {
      lost.add(id);
      if (story.isTold) story.tell(`The bus of ${bus}`, `loses event ${id}, which it has accepted`);
    } else {
      // A replay does not cross, so it does not bring back everything.
      if (replayName === undefined) lost.delete(id);
      if (story.isTold) story.tell(`The bus of ${bus}`, `accepts event ${id}`);
      route(bus, event);
      cross(bus, detail, event);
    }
    return event.id;
  };

  const takeEntry = (process: SimulatedProcess, { Detail: detail }: PutEventsEntry) => {
    if (!away.has(process.region) && !faults.happens('entry failed')) {
      return { EventId: put(process, detail) };
    }
    return { ErrorCode: random.pick(codes), ErrorMessage: 'The entry has failed' };
  };

  const putEvents: SimulatedBus['putEvents'] = (process) => (entries) =>
    new Promise((resolve, reject) => {
      const { region } = process;
      const giveUp = (why: string): void => {
        if (story.isTold) story.tell(process.name, `PutEvents: ${why}`);
        const error = new Error(`PutEvents has timed out: ${why}`);
        scheduler.after(unansweredMs, process, `PutEvents: ${why}`, () => reject(error));
      };
      if (faults.happens('publish request lost')) return giveUp('the request is lost');
      scheduler.after(regions.latencyMs(), undefined, 'PutEvents', () => {
        if (!regions.isUp(region)) return;
        const before = acceptances.length;
        const answer = { Entries: entries.map((entry) => takeEntry(process, entry)) };
        if (faults.happens('publish answer lost')) {
          for (const acceptance of acceptances.slice(before)) acceptance.isAnswerLost = true;
          return giveUp('the answer is lost');
        }
        const answerMs = regions.latencyMs();
        scheduler.after(answerMs, process, 'PutEvents: answered', () => resolve(answer));
      });
    });

  return {
    putEvents,
    ...routing,
    replay: (region, ms) => {
      replays += 1;
      const since = scheduler.now() - ms;
      const events = archive.filter((one) => one.region === region && one.at >= since);
      story.tell('An operator', `replays ${events.length} events of ${region}`);
      for (const { detail } of events) put({ region }, detail, `replay-${replays}`);
      return events.length;
    },
    accepted,
    acceptances,
    lost,
    setAway: (region, isAway) => {
      if (isAway) away.add(region);
      else away.delete(region);
      story.tell(`The bus of ${region}`, isAway ? 'refuses everything' : 'accepts events again');
    },
  };
};
