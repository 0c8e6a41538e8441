/** One request of CloudFormation to the owner of a resource type. */
export type ResourceRequest = {
  readonly stack: { readonly id: string; readonly name: string; readonly region: string };
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The properties before an update. */
  readonly oldProperties?: Readonly<Record<string, unknown>>;
  /** Absent for a creation. */
  readonly physicalId?: string;
};

export type Provided = {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** The owner of a resource type. */
export interface Provider {
  readonly create: (request: ResourceRequest) => Promise<Provided>;
  readonly update: (
    request: ResourceRequest & { readonly physicalId: string },
  ) => Promise<Provided>;
  readonly remove: (request: ResourceRequest & { readonly physicalId: string }) => Promise<void>;
}

/** A resource that could not be made; one that has an id may exist all the same. */
export class ResourceFailure extends Error {
  override readonly name = 'ResourceFailure';
  readonly physicalId: string | undefined;
  constructor(message: string, physicalId?: string, options?: ErrorOptions) {
    super(message, options);
    this.physicalId = physicalId;
  }
}
