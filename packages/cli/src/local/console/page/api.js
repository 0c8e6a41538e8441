/** @import { DeadLetter, Done, EventPath, StackView } from './entry.ts' */

const base = '/_antipode/console/api/';

/**
 * @param {string} name
 * @returns {Promise<any>}
 */
const get = async (name) => {
  const answer = await fetch(`${base}${name}`);
  const body = await answer.json();
  if (answer.ok) return body;
  throw new Error(body.message);
};

/** @type {() => Promise<StackView>} */
export const readStack = () => get('stack');

/** @type {(id: string) => Promise<EventPath>} */
export const readPath = (id) => get(`path?id=${encodeURIComponent(id)}`);

/** @type {() => Promise<readonly DeadLetter[]>} */
export const readDeadLetters = () => get('dead-letters');

/** @type {() => Promise<{ readonly text: string }>} */
export const readFaults = () => get('faults');

/** @type {(of: Record<string, string>) => Promise<readonly string[]>} */
export const readLog = (of) => get(`log?${new URLSearchParams(of)}`);

/**
 * Asks for work. A request that cannot be sent is work that is not done.
 *
 * @param {'redrive' | 'send' | 'faults' | 'region' | 'link'} name
 * @param {object} asked
 * @returns {Promise<Done>}
 */
export const ask = async (name, asked) => {
  try {
    const answer = await fetch(`${base}${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
    const body = await answer.json();
    return answer.ok ? body : { done: false, message: body.message };
  } catch (error) {
    return { done: false, message: String(error) };
  }
};

/** The address of the stream, from the place where it was left. @param {string} after */
export const streamUrl = (after) => `${base}stream?after=${encodeURIComponent(after)}`;
