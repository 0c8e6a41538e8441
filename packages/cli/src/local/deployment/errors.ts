/** The codes of CloudFormation's errors that the engine answers with. */
export type DeploymentErrorCode =
  | 'ValidationError'
  | 'ChangeSetNotFound'
  | 'InvalidChangeSetStatus'
  | 'AlreadyExistsException'
  | 'InsufficientCapabilitiesException';

/** A request that CloudFormation would refuse, with its code and its message. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly code: DeploymentErrorCode;

  constructor(code: DeploymentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @returns never, so that it can stand where a value is due. */
export const refuse = (message: string, code: DeploymentErrorCode = 'ValidationError'): never => {
  throw new DeploymentError(code, message);
};
