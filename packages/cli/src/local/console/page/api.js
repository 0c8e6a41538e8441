/** @import { EventPath, StackView } from './entry.ts' */

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

/** The address of the stream, from the place where it was left. @param {string} after */
export const streamUrl = (after) => `${base}stream?after=${encodeURIComponent(after)}`;
