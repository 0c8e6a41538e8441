/** Errors of the control API, with their HTTP status in the service's model. */
export const errorStatus = {
  ValidationException: 400,
  ServiceQuotaExceededException: 402,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ConflictException: 409,
  ThrottlingException: 429,
  InternalServerException: 500,
} as const;

export type ControlPlaneErrorKind = keyof typeof errorStatus;

/** A request that the control plane refuses, in the service's words. */
export class ControlPlaneError extends Error {
  readonly kind: ControlPlaneErrorKind;
  /** Members of the error's body besides its message. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Seconds that a client waits before it tries again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: ControlPlaneErrorKind,
    message: string,
    options: {
      readonly details?: Readonly<Record<string, unknown>>;
      readonly retryAfterSeconds?: number;
    } = {},
  ) {
    super(message);
    this.name = kind;
    this.kind = kind;
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The connection ends without an answer. The request may have taken effect. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost';
}

export const invalid = (
  message: string,
  reason:
    | 'fieldValidationFailed'
    | 'cannotParse'
    | 'deletionProtectionEnabled'
    | 'other' = 'fieldValidationFailed',
): ControlPlaneError =>
  new ControlPlaneError('ValidationException', message, { details: { reason } });

export const conflict = (message: string, resourceId: string): ControlPlaneError =>
  new ControlPlaneError('ConflictException', message, {
    details: { resourceId, resourceType: 'cluster' },
  });

export const notFound = (
  message: string,
  resourceId: string,
  resourceType = 'cluster',
): ControlPlaneError =>
  new ControlPlaneError('ResourceNotFoundException', message, {
    details: { resourceId, resourceType },
  });
