import { readStack } from './api.js';
import { DeadLetters } from './dead-letters.js';
import { html, render, useEffect, useMemo, useState } from './dom.js';
import { Faults } from './faults.js';
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

/** The parts of the page. */
const views = /** @type {const} */ (['Timeline', 'Dead letters', 'Faults']);

/** @typedef {typeof views[number]} View */

/**
 * @param {object} props
 * @param {StackView | undefined} props.stack
 * @param {boolean} props.connected
 * @param {View} props.view
 * @param {(view: View) => void} props.onView
 */
const Header = ({ stack, connected, view, onView }) => html`
  <header class="top">
    <h1>Antipode console</h1>
    <nav aria-label="Views">
      ${views.map(
        (one) => html`
          <button
            key=${one}
            type="button"
            aria-current=${one === view ? 'page' : undefined}
            onClick=${() => onView(one)}
          >
            ${one}
          </button>
        `,
      )}
    </nav>
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
      // An event that is being edited stays.
      if (key === 'Escape' && !(target instanceof HTMLTextAreaElement)) onEscape();
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
  const [view, setView] = useState(/** @type {View} */ ('Timeline'));
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
    <${Header} stack=${stack} connected=${connected} view=${view} onView=${setView} />
    <main class=${openId === undefined ? '' : 'split'}>
      ${
        view === 'Faults'
          ? html`<${Faults} stack=${stack} />`
          : view === 'Dead letters'
            ? html`<${DeadLetters} onOpen=${setOpenId} />`
            : html`
              <section class="events" aria-label="Events">
                <${FilterBar} filters=${filters} types=${types} onChange=${setFilters}
                  regions=${stack?.regions.map(({ region }) => region) ?? []} />
                <p class="count">${shown.length} of ${entries.length} steps. Keys: / filter, j and k move, Enter opens, Escape closes.</p>
                <${TimelineList} entries=${shown} selected=${selected} onOpen=${open}
                  onSelect=${(/** @type {EntrySummary} */ { seq }) => setSelected(seq)} />
              </section>
            `
      }
      ${
        openId !== undefined &&
        html`<${PathView} id=${openId} last=${entries.at(-1)?.seq ?? 0} onClose=${close} />`
      }
    </main>
  `;
};

render(html`<${App} />`, document.body);
