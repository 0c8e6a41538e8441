import { html, useEffect, useLayoutEffect, useRef, useState } from './dom.js';
import { idOf, kindWords, outcomeWords, subjectOf, timeWords } from './words.js';

/** @import { EntrySummary } from './entry.ts' */

/** Pixels, as in the style sheet: only the rows that are in sight are elements. */
const rowHeight = 28;

/** Rows above and below those in sight, so that a turn of the wheel shows no gap. */
const spareRows = 10;

/** @param {number} seq */
const rowId = (seq) => `entry-${seq}`;

/**
 * @param {object} props
 * @param {EntrySummary} props.entry
 * @param {number} props.place from 0
 * @param {number} props.count
 * @param {boolean} props.selected
 * @param {(entry: EntrySummary) => void} props.onOpen
 */
const Row = ({ entry, place, count, selected, onOpen }) => html`
  <div
    id=${rowId(entry.seq)}
    role="option"
    class=${`row ${entry.outcome}`}
    style=${{ transform: `translateY(${place * rowHeight}px)` }}
    aria-selected=${selected}
    aria-setsize=${count}
    aria-posinset=${place + 1}
    onClick=${() => onOpen(entry)}
  >
    <span class="time">${timeWords(entry.at)}</span>
    <span>${entry.region}</span>
    <span>${kindWords[entry.kind]}</span>
    <span class="outcome">${outcomeWords[entry.outcome]}</span>
    <span>${subjectOf(entry)}</span>
    <span class="id">${idOf(entry)}</span>
    <span class="reason">${entry.reason}</span>
  </div>
`;

/** @type {Readonly<Record<string, (place: number, page: number, last: number) => number>>} */
const moves = {
  j: (place) => place + 1,
  ArrowDown: (place) => place + 1,
  k: (place) => place - 1,
  ArrowUp: (place) => place - 1,
  PageDown: (place, page) => place + page,
  PageUp: (place, page) => place - page,
  Home: () => 0,
  End: (_place, _page, last) => last,
};

/** Keeps the rows in sight in their places while others come in above them. */
const usePlaces = (
  /** @type {readonly EntrySummary[]} */ entries,
  /** @type {{ current: HTMLElement | null }} */ list,
) => {
  const [view, setView] = useState({ top: 0, height: 600 });
  const before = useRef(entries);
  const look = () => {
    const { scrollTop: top = 0, clientHeight: height = 0 } = list.current ?? {};
    setView({ top, height });
  };
  useLayoutEffect(() => {
    const seen = before.current[0];
    before.current = entries;
    const element = list.current;
    if (!element || !seen || element.scrollTop === 0) return;
    const added = entries.findIndex(({ seq }) => seq <= seen.seq);
    if (added > 0) element.scrollTop += added * rowHeight;
  }, [entries]);
  useEffect(() => {
    if (!list.current) return undefined;
    const observer = new ResizeObserver(look);
    observer.observe(list.current);
    return () => observer.disconnect();
  }, []);
  return { view, look };
};

/**
 * The entries, the newest first. Rows out of sight are no elements, so that ten thousand cost as
 * much as fifty.
 *
 * @param {object} props
 * @param {readonly EntrySummary[]} props.entries the newest first
 * @param {number | undefined} props.selected a sequence number
 * @param {(entry: EntrySummary) => void} props.onSelect
 * @param {(entry: EntrySummary) => void} props.onOpen
 */
export const TimelineList = ({ entries, selected, onSelect, onOpen }) => {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const { view, look } = usePlaces(entries, list);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - spareRows);
  const end = first + Math.ceil(view.height / rowHeight) + 2 * spareRows;
  const place = entries.findIndex(({ seq }) => seq === selected);

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const { key } = event;
    const current = entries[place];
    if (key === 'Enter' && current) onOpen(current);
    const move = moves[key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const last = entries.length - 1;
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const next = Math.max(0, Math.min(last, move(place, page, last)));
    const entry = entries[next];
    if (!entry || !list.current) return;
    onSelect(entry);
    const [top, bottom] = [next * rowHeight, (next + 1) * rowHeight];
    if (top < list.current.scrollTop) list.current.scrollTop = top;
    const overlap = bottom - list.current.scrollTop - list.current.clientHeight;
    if (overlap > 0) list.current.scrollTop += overlap;
  };

  return html`
    <div
      ref=${list}
      id="timeline"
      class="timeline"
      role="listbox"
      aria-label="Timeline"
      tabindex="0"
      aria-activedescendant=${place >= 0 ? rowId(Number(selected)) : undefined}
      onScroll=${look}
      onKeyDown=${onKeyDown}
    >
      <div class="rows" role="presentation" style=${{ height: `${entries.length * rowHeight}px` }}>
        ${entries.slice(first, end).map(
          (entry, at) => html`
            <${Row} key=${entry.seq} entry=${entry} place=${first + at} count=${entries.length}
              selected=${entry.seq === selected} onOpen=${onOpen} />
          `,
        )}
      </div>
    </div>
  `;
};
