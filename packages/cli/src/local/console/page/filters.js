import { html } from './dom.js';
import { kindWords } from './words.js';

/** @import { EntryKind, EntrySummary } from './entry.ts' */

/**
 * @typedef {object} Filters
 * @property {string} id a part of any id
 * @property {string} type
 * @property {string} kind
 * @property {string} region
 * @property {boolean} problems only entries that have failed
 */

/** @type {Filters} */
export const noFilters = { id: '', type: '', kind: '', region: '', problems: false };

/**
 * @param {Filters} filters
 * @returns {(entry: EntrySummary) => boolean}
 */
export const isWanted = ({ id, type, kind, region, problems }) => {
  const wanted = id.trim();
  return (entry) => {
    if (region !== '' && entry.region !== region) return false;
    if (type !== '' && entry.type !== type) return false;
    if (kind !== '' && entry.kind !== kind) return false;
    if (problems && entry.outcome !== 'failed') return false;
    if (wanted === '') return true;
    const { key, eventId, envelopeId, requestId, correlationId, events = [] } = entry;
    return [key, eventId, envelopeId, requestId, correlationId, ...events].some((one) =>
      one?.includes(wanted),
    );
  };
};

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.value
 * @param {readonly (readonly [string, string])[]} props.options each its value and its words
 * @param {(value: string) => void} props.onChange
 */
const Choice = ({ label, value, options, onChange }) => html`
  <label>
    ${label}
    <select value=${value} onChange=${(/** @type {any} */ { target }) => onChange(target.value)}>
      <option value="">all</option>
      ${options.map(([one, words]) => html`<option key=${one} value=${one}>${words}</option>`)}
    </select>
  </label>
`;

/**
 * @param {object} props
 * @param {Filters} props.filters
 * @param {readonly string[]} props.types
 * @param {readonly string[]} props.regions
 * @param {(filters: Filters) => void} props.onChange
 */
export const FilterBar = ({ filters, types, regions, onChange }) => {
  const same = (/** @type {string} */ one) => /** @type {const} */ ([one, one]);
  return html`
    <form class="filters" role="search" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label>
        Id
        <input
          id="filter-id"
          type="search"
          size="28"
          spellcheck=${false}
          placeholder="key, event, request, trace (press /)"
          value=${filters.id}
          onInput=${(/** @type {any} */ { target }) => onChange({ ...filters, id: target.value })}
        />
      </label>
      <${Choice} label="Type" value=${filters.type} options=${types.map(same)}
        onChange=${(/** @type {string} */ type) => onChange({ ...filters, type })} />
      <${Choice} label="Step" value=${filters.kind} options=${Object.entries(kindWords)}
        onChange=${(/** @type {EntryKind} */ kind) => onChange({ ...filters, kind })} />
      <${Choice} label="Region" value=${filters.region} options=${regions.map(same)}
        onChange=${(/** @type {string} */ region) => onChange({ ...filters, region })} />
      <label>
        <input type="checkbox" checked=${filters.problems}
          onChange=${(/** @type {any} */ { target }) => onChange({ ...filters, problems: target.checked })} />
        Only failures
      </label>
    </form>
  `;
};
