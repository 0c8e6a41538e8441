import { streamUrl } from './api.js';

/** @import { EntrySummary } from './entry.ts' */

/**
 * @typedef {object} Timeline
 * @property {readonly EntrySummary[]} entries the oldest first
 * @property {boolean} connected
 */

/** As many as the stack keeps. */
const entriesMax = 50_000;

/** A browser gives up after an answer that is no stream, such as that of another program. */
const reopenMs = 1_000;

/**
 * Keeps the entries that the stack sends, and goes on after a lost connection where it was.
 *
 * @param {(timeline: Timeline) => void} onChange
 * @returns {() => void} ends it
 */
export const followTimeline = (onChange) => {
  /** @type {EntrySummary[]} */
  let entries = [];
  let position = '';
  let ended = false;
  /** @type {EventSource | undefined} */
  let source;

  const open = () => {
    if (ended) return;
    source = new EventSource(streamUrl(position));
    source.addEventListener('begin', ({ data }) => {
      if (!JSON.parse(data).resumed) entries = [];
      onChange({ entries, connected: true });
    });
    source.addEventListener('entries', ({ data, lastEventId }) => {
      /** @type {{ readonly entries: EntrySummary[] }} */
      const added = JSON.parse(data);
      entries = [...entries, ...added.entries].slice(-entriesMax);
      position = lastEventId;
      onChange({ entries, connected: true });
    });
    source.addEventListener('error', () => {
      onChange({ entries, connected: false });
      if (source?.readyState === EventSource.CLOSED) setTimeout(open, reopenMs);
    });
  };

  open();
  return () => {
    ended = true;
    source?.close();
  };
};
