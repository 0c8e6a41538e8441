/** A template whose text CloudFormation would refuse; its message is one line. */
export class TemplateFormatError extends Error {
  override readonly name = 'TemplateFormatError';
}
