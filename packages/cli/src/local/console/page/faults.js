import { ask, readFaults } from './api.js';
import { html, useEffect, useState } from './dom.js';
import { Result } from './send-again.js';

/** @import { Done, StackView } from './entry.ts' */

/** The failures of `--faults` that have a field here: name, words, step and end of the values. */
const fields = /** @type {const} */ ([
  ['seed', 'Seed', '1', ''],
  ['duplicate', 'Deliveries that come twice', '0.01', '1'],
  ['delay', 'Longest delay of a delivery, ms', '1', '86400000'],
  ['refused-entry', 'Entries that PutEvents refuses', '0.01', '1'],
  ['crash-before-publish', 'Processes that die before they publish', '0.01', '1'],
  ['crash-after-publish', 'Processes that die after they published', '0.01', '1'],
  ['oc000', 'COMMITs that conflict', '0.01', '1'],
  ['lost-commit', 'COMMITs whose answer is lost', '0.01', '1'],
]);

/** The value of a failure in a list such as `seed=7,duplicate=0.1`. @param {string} text @param {string} name */
const valueIn = (text, name) =>
  text
    .split(',')
    .map((part) => part.split('='))
    .find(([key]) => key?.trim() === name)?.[1] ?? '';

/** A list with another value of one failure; those without a field here stay. @param {string} text @param {string} name @param {string} value */
const withValue = (text, name, value) => {
  const others = text
    .split(',')
    .filter((part) => part !== '' && part.split('=')[0]?.trim() !== name);
  return [...(value === '' ? [] : [`${name}=${value}`]), ...others].join(',');
};

/**
 * The switches of the Regions, of their link, and of the failures that are drawn from a seed.
 *
 * @param {{ readonly stack: StackView | undefined }} props
 */
export const Faults = ({ stack }) => {
  const [text, setText] = useState('');
  const [result, setResult] = useState(/** @type {Done | undefined} */ (undefined));
  useEffect(
    () =>
      void readFaults().then(
        (faults) => setText(faults.text),
        () => undefined,
      ),
    [],
  );
  const turn = async (/** @type {Parameters<typeof ask>} */ ...work) => {
    setResult(undefined);
    setResult(await ask(...work));
  };
  const isCut = stack?.links.some(({ cut }) => cut) === true;
  return html`
    <section class="letters" aria-labelledby="faults-title">
      <h2 id="faults-title">Faults</h2>
      <${Result} result=${result} />
      <h3>Regions</h3>
      ${stack?.regions.map(
        ({ region, running, url }) => html`
          <p key=${region} class="switch">
            <button type="button" onClick=${() => turn('region', { region, running: !running })}>
              ${running ? 'Stop' : 'Start'} ${region}
            </button>
            ${url.endsWith(`:${location.port}`) && ' This page is at its port: use that of the other Region to start it again.'}
          </p>
        `,
      )}
      <p class="switch">
        <button type="button" onClick=${() => turn('link', { cut: !isCut })}>
          ${isCut ? 'Mend' : 'Cut'} the link between the Regions
        </button>
      </p>
      <h3>Failures by chance, the same for a seed</h3>
      <form
        class="faults"
        onSubmit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          void turn('faults', { text });
        }}
      >
        ${fields.map(
          ([name, words, step, max]) => html`
            <label key=${name}>
              ${words}
              <input
                type="number"
                min="0"
                max=${max}
                step=${step}
                value=${valueIn(text, name)}
                onInput=${(/** @type {any} */ { target }) => setText(withValue(text, name, target.value))}
              />
            </label>
          `,
        )}
        <p>As an option of the start: <code>--faults ${text || 'seed=7'}</code></p>
        <button type="submit">Inject</button>
        <button
          type="button"
          onClick=${() => {
            setText('');
            void turn('faults', { text: '' });
          }}
        >
          End all
        </button>
      </form>
    </section>
  `;
};
