import { ask } from './api.js';
import { html, useState } from './dom.js';

/** @import { ConsoleEntry, Done } from './entry.ts' */

/** A payload that was cut is no JSON, and cannot be sent. @param {string | undefined} text */
const isWhole = (text) => {
  try {
    JSON.parse(text ?? '');
    return true;
  } catch {
    return false;
  }
};

/** @param {{ readonly result: Done | undefined }} props */
export const Result = ({ result }) =>
  result &&
  html`
    <p role="status" class=${result.done ? 'ok' : 'failed'}>
      <span class="outcome">${result.done ? '✓' : '✗'}</span> ${result.message}
    </p>
  `;

/**
 * Sends the event or the input of a step again, as it was or edited.
 *
 * @param {{ readonly entry: ConsoleEntry }} props
 */
export const SendAgain = ({ entry }) => {
  const { region, kind, bus, functionName, payload } = entry;
  const [text, setText] = useState(/** @type {string | undefined} */ (undefined));
  const [result, setResult] = useState(/** @type {Done | undefined} */ (undefined));
  const target = kind === 'invocation' ? { functionName } : { bus };
  const isSendable = kind === 'invocation' || (kind === 'published' && bus !== undefined);
  if (!isSendable || !isWhole(payload)) return null;
  const send = async (/** @type {string} */ sent) => {
    setResult(undefined);
    setResult(await ask('send', { region, ...target, payload: sent }));
  };
  return html`
    <div class="again">
      <button type="button" onClick=${() => send(payload ?? '')}>Send again</button>
      <button
        type="button"
        aria-expanded=${text !== undefined}
        onClick=${() =>
          setText(
            text === undefined
              ? JSON.stringify(JSON.parse(payload ?? ''), undefined, 2)
              : undefined,
          )}
      >
        Edit and send
      </button>
      ${
        text !== undefined &&
        html`
        <label class="editor">
          JSON to send
          <textarea
            rows="12"
            spellcheck=${false}
            value=${text}
            onInput=${(/** @type {any} */ { target }) => setText(target.value)}
          ></textarea>
        </label>
        <button type="button" onClick=${() => send(text)}>Send</button>
      `
      }
      <${Result} result=${result} />
    </div>
  `;
};
