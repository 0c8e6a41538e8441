import { readPath } from './api.js';
import { html, useEffect, useRef, useState } from './dom.js';
import { RequestLog } from './request-log.js';
import { SendAgain } from './send-again.js';
import { kindWords, outcomeWords, subjectOf, timeWords } from './words.js';

/** @import { ConsoleEntry, EventPath, Finding } from './entry.ts' */

/** A JSON text with a line for each member; any other text as it is. @param {string} text */
const indented = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
};

/** @param {{ readonly finding: Finding }} props */
const FindingItem = ({ finding: { outcome, text, region } }) => html`
  <li class=${outcome}>
    <span class="outcome">${outcomeWords[outcome]}</span> ${region && html`<b>${region}</b> `}${text}
  </li>
`;

/** @param {{ readonly title: string, readonly text: string | undefined }} props */
const Payload = ({ title, text }) =>
  text === undefined
    ? null
    : html`<details><summary>${title}</summary><pre tabindex="0">${indented(text)}</pre></details>`;

/** @param {{ readonly entry: ConsoleEntry }} props */
const Step = ({ entry }) => html`
  <li class=${entry.outcome}>
    <div>
      <span class="time">${timeWords(entry.at)}</span> <b>${entry.region}</b>${' '}
      ${kindWords[entry.kind]} <span class="outcome">${outcomeWords[entry.outcome]}</span>${' '}
      ${subjectOf(entry)}
      ${entry.attempt !== undefined && ` (attempt ${entry.attempt})`}
      ${entry.durationMs !== undefined && ` ${entry.durationMs.toFixed(0)} ms`}
    </div>
    ${entry.reason && html`<div class="reason">${entry.reason}</div>`}
    <${Payload} title=${entry.kind === 'invocation' ? 'Input' : 'Payload'} text=${entry.payload} />
    <${Payload} title="Answer" text=${entry.answer} />
    <${RequestLog} entry=${entry} />
    <${SendAgain} entry=${entry} />
  </li>
`;

/**
 * The path of one id: why an effect is missing, then all steps.
 *
 * @param {object} props
 * @param {string} props.id
 * @param {number} props.last the last entry of the timeline: the path is read again after a new one
 * @param {() => void} props.onClose
 */
export const PathView = ({ id, last, onClose }) => {
  const [path, setPath] = useState(/** @type {EventPath | undefined} */ (undefined));
  const [problem, setProblem] = useState('');
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), [id]);
  useEffect(() => {
    let left = false;
    // Entries come many times in a second; nobody reads as fast.
    const timer = setTimeout(
      () =>
        readPath(id).then(
          (found) => {
            if (left) return;
            setPath(found);
            setProblem('');
          },
          (error) => !left && setProblem(String(error.message)),
        ),
      path?.id === id ? 500 : 0,
    );
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [id, last]);
  const known = path?.id === id ? path : undefined;
  return html`
    <section class="path" aria-labelledby="path-title">
      <header>
        <h2 id="path-title" tabindex="-1" ref=${heading}>Path of ${id}</h2>
        <button type="button" onClick=${onClose}>Close</button>
      </header>
      ${problem && html`<p role="alert">The path cannot be read: ${problem}</p>`}
      <h3 id="findings-title">Where it stands</h3>
      <ul class="findings" aria-labelledby="findings-title">
        ${known?.findings.map((finding, at) => html`<${FindingItem} key=${at} finding=${finding} />`)}
        ${known?.findings.length === 0 && html`<li>Nothing more is known than the steps below.</li>`}
      </ul>
      <h3 id="steps-title">Steps</h3>
      <ol class="steps" aria-labelledby="steps-title">
        ${known?.entries.map((entry) => html`<${Step} key=${entry.seq} entry=${entry} />`)}
      </ol>
    </section>
  `;
};
