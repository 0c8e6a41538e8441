import type {
  AnyService,
  ConsumerName,
  DecidedEventOf,
  EventEnvelope,
} from '../../domain/kernel/index.ts';

/** The part of an event that a test rarely names. */
export type GivenFields = {
  /** The event's id: an event whose id the consumer knows has no effect. */
  readonly id?: string;
  readonly subject?: string;
  readonly aggregateVersion?: number;
  /** When the consumer gets it, in milliseconds since the epoch; as the one before unless given. */
  readonly at?: number;
};

type Upcasts<Declared> = Declared extends { readonly upcast: infer Given } ? Given : never;

/** The older versions of an event, each with the data that its upcast takes. */
type OlderVersions<Type extends string, Declared, Given = Upcasts<Declared>> = [Given] extends [
  never,
]
  ? never
  : {
      [Version in keyof Given & number]: Given[Version] extends (data: infer Data) => unknown
        ? { readonly type: Type; readonly schemaVersion: Version; readonly data: Data }
        : never;
    }[keyof Given & number];

type Newest<Event> = Event extends {
  readonly type: infer Type;
  readonly schemaVersion: infer Version;
  readonly data: infer Data;
}
  ? { readonly type: Type; readonly schemaVersion?: Version; readonly data: Data }
  : never;

/**
 * An event as a test gives it to a consumer, for each that the consumer listens to: its type and
 * data, and the version if that is an older one.
 */
export type GivenEvent<Service extends AnyService, Name extends ConsumerName<Service>> = {
  [Type in Service['consumers'][Name]['on'][number] & string]: GivenFields &
    (
      | Newest<Extract<DecidedEventOf<Service>, { readonly type: Type }>>
      | OlderVersions<Type, Service['events'][Type]>
    );
}[Service['consumers'][Name]['on'][number] & string];

/** Any event that a test gives. */
export type AnyGivenEvent = GivenFields & {
  readonly type: string;
  readonly schemaVersion?: number | undefined;
  readonly data: unknown;
};

/** The attributes of a given event that the test does not name. */
export type GivenDefaults = {
  readonly id: string;
  readonly region: string;
  readonly aggregateVersion: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** The envelope of a given event, in the version that the test gives. */
export const givenEnvelope = (
  { source, events }: Pick<AnyService, 'source' | 'events'>,
  given: AnyGivenEvent,
  defaults: GivenDefaults,
): EventEnvelope => ({
  specversion: '1.0',
  id: given.id ?? defaults.id,
  source,
  type: given.type,
  time: new Date(given.at ?? defaults.now).toISOString(),
  subject: given.subject ?? 'test',
  datacontenttype: 'application/json',
  schemaversion: given.schemaVersion ?? events[given.type]?.version ?? 1,
  originregion: defaults.region,
  aggregateversion: given.aggregateVersion ?? defaults.aggregateVersion,
  correlationid: 'test',
  // As it comes over a network.
  data: JSON.parse(JSON.stringify(given.data)),
});
