import { randomBytes } from 'node:crypto';

/**
 * The part that an X-Ray header needs, as in
 * `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
 */
const rootPattern = /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/;

/**
 * The most characters that a trace header has (`AWSTraceHeader` of SQS, `TraceHeader` of
 * PutEvents).
 */
const traceLengthMax = 500;

/**
 * A trace header as it came, nothing if X-Ray would not take it: such a header is dropped, not
 * refused.
 */
export const validTraceHeader = (header: string | undefined): string | undefined =>
  header !== undefined &&
  header.length <= traceLengthMax &&
  header.split(';').some((part) => rootPattern.test(part))
    ? header
    : undefined;

/** An X-Ray header that says: not sampled. */
export const newTraceHeader = (): string => {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  const [root, parent] = [randomBytes(12).toString('hex'), randomBytes(8).toString('hex')];
  return `Root=1-${seconds}-${root};Parent=${parent};Sampled=0`;
};
