import { randomBytes } from 'node:crypto';
import { startHttpServer } from 'antipode-local-dsql/http';
import { controlRoute } from '../../local/stack/control-route.ts';
import type { LocalStack } from '../../local/stack/local-stack.ts';
import type { ControlAccess } from './stack-access.ts';

/**
 * Opens the port on which a stack takes commands about itself, such as the stop of a Region. It is
 * no port of a Region, since it answers when all of them are stopped.
 *
 * @param onChange receives one line for each change
 */
export const startControl = async (
  stack: Pick<LocalStack, 'regions' | 'network' | 'crashes'>,
  onChange: (line: string) => void,
): Promise<ControlAccess & { readonly stop: () => Promise<void> }> => {
  const token = randomBytes(24).toString('base64url');
  const { url, stop } = await startHttpServer({
    port: 0,
    routes: [controlRoute(stack, token, onChange)],
  });
  return { url, token, stop };
};
