import { createRequire } from 'node:module';

/**
 * Path of AWS's runtime client, which runs the functions.
 *
 * @throws {Error} that says what to install: its own install script needs a compiler, so it is left
 * to the user.
 */
export const requireRuntimeClient = (): string => {
  try {
    return createRequire(import.meta.url).resolve('aws-lambda-ric');
  } catch (cause) {
    const message =
      'Install the Lambda runtime client: npm install --ignore-scripts aws-lambda-ric@4.0.2';
    throw new Error(message, { cause });
  }
};
