/** The moments at which CloudFormation works on a resource. */
export const phases = ['create', 'update', 'delete'] as const;

export type Phase = (typeof phases)[number];

/** Names of condition keys with their values, by the operator that compares them. */
export type Conditions = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;

/** Calls of one kind that CloudFormation makes for a resource. */
export type ResourceCalls = {
  /**
   * The ARNs that the calls act on. `{Name}` stands for the name in that property, `{Outer.Inner}`
   * for one below it, and `{ref}` for the name that CloudFormation gives the resource.
   */
  readonly on: string | readonly string[];
  /** Actions, with blanks between; those of the service that is named last need no prefix. */
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  /** Only a resource with this property needs the calls. */
  readonly with?: string;
  readonly when?: Conditions;
};

/** The actions in a text such as `sqs:CreateQueue GetQueueUrl`, each with its service. */
export const actionsIn = (text = ''): readonly string[] => {
  let service = '';
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [name, prefix] = word.split(':').toReversed();
      service = prefix ?? service;
      return `${service}:${name}`;
    });
};

/** A role may be handed to this service alone. */
export const passedTo = (service: string): Conditions => ({
  StringEquals: { 'iam:PassedToService': service },
});

/** A key may be used through these services alone, on behalf of the caller. */
export const throughServices: Conditions = {
  StringLike: {
    'kms:ViaService': ['backup', 'dsql', 'events', 'lambda'].map(
      (service) => `${service}.*.amazonaws.com`,
    ),
  },
};

/** A resource whose calls change nothing but who may use it. */
export const policyOf = (on: string, actions: string): readonly ResourceCalls[] => [
  { on, create: actions, update: actions, delete: actions },
];
