import { readStack } from './api.js';
import { html, render, useEffect, useMemo, useState } from './dom.js';
import { FilterBar, isWanted, noFilters } from './filters.js';
import { PathView } from './path-view.js';
import { TimelineList } from './timeline.js';
import { followTimeline } from './timeline-store.js';
import { idOf } from './words.js';

/** @import { EntrySummary, StackView } from './entry.ts' */
/** @import { Timeline } from './timeline-store.js' */

/** How often the state of the Regions is asked for. */
const stackMs = 2_000;

/** @returns {StackView | undefined} */
const useStack = () => {
  const [stack, setStack] = useState(/** @type {StackView | undefined} */ (undefined));
  useEffect(() => {
    // While the stack cannot be reached, the line on the connection says so.
    const read = () => void readStack().then(setStack, () => undefined);
    read();
    const timer = setInterval(read, stackMs);
    return () => clearInterval(timer);
  }, []);
  return stack;
};

/** @param {{ readonly stack: StackView | undefined, readonly connected: boolean }} props */
const Header = ({ stack, connected }) => html`
  <header class="top">
    <h1>Antipode console</h1>
    <ul class="regions" aria-label="Regions">
      ${stack?.regions.map(
        ({ region, running }) => html`
          <li key=${region} class=${running ? 'ok' : 'failed'}>
            ${region} <span class="outcome">${running ? '✓ running' : '✗ stopped'}</span>
          </li>
        `,
      )}
      ${stack?.links
        .filter(({ cut }) => cut)
        .map(
          ({ between }) => html`
          <li key=${between.join()} class="failed">✗ the link of ${between.join(' and ')} is cut</li>
        `,
        )}
    </ul>
    <p role="status">${connected ? 'Connected' : 'Connection lost: trying again'}</p>
  </header>
`;

/** `/` goes to the filter, and Escape closes a path. @param {() => void} onEscape */
const useKeys = (onEscape) => {
  useEffect(() => {
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
      const { target, key } = event;
      const types = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
      if (key === 'Escape') onEscape();
      if (key !== '/' || types) return;
      event.preventDefault();
      document.getElementById('filter-id')?.focus();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
};

const App = () => {
  const stack = useStack();
  const [timeline, setTimeline] = useState(
    /** @type {Timeline} */ ({ entries: [], connected: false }),
  );
  const [filters, setFilters] = useState(noFilters);
  const [selected, setSelected] = useState(/** @type {number | undefined} */ (undefined));
  const [openId, setOpenId] = useState(/** @type {string | undefined} */ (undefined));
  useEffect(() => followTimeline(setTimeline), []);
  const { entries, connected } = timeline;
  const shown = useMemo(() => entries.filter(isWanted(filters)).toReversed(), [entries, filters]);
  const types = useMemo(
    () => [...new Set(entries.flatMap(({ type }) => type ?? []))].toSorted(),
    [entries],
  );
  const close = () => {
    setOpenId(undefined);
    document.getElementById('timeline')?.focus();
  };
  useKeys(close);
  const open = (/** @type {EntrySummary} */ entry) => {
    setSelected(entry.seq);
    setOpenId(idOf(entry));
  };
  return html`
    <${Header} stack=${stack} connected=${connected} />
    <main class=${openId === undefined ? '' : 'split'}>
      <section class="events" aria-label="Events">
        <${FilterBar} filters=${filters} types=${types} onChange=${setFilters}
          regions=${stack?.regions.map(({ region }) => region) ?? []} />
        <p class="count">${shown.length} of ${entries.length} steps. Keys: / filter, j and k move, Enter opens, Escape closes.</p>
        <${TimelineList} entries=${shown} selected=${selected} onOpen=${open}
          onSelect=${(/** @type {EntrySummary} */ { seq }) => setSelected(seq)} />
      </section>
      ${
        openId !== undefined &&
        html`<${PathView} id=${openId} last=${entries.at(-1)?.seq ?? 0} onClose=${close} />`
      }
    </main>
  `;
};

render(html`<${App} />`, document.body);
