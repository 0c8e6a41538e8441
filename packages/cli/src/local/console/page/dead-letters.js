import { ask, readDeadLetters } from './api.js';
import { html, useEffect, useState } from './dom.js';
import { Result } from './send-again.js';
import { timeWords } from './words.js';

/** @import { DeadLetter, Done } from './entry.ts' */

/** How often the queues are looked at. Milliseconds. */
const lookMs = 2_000;

/**
 * @param {object} props
 * @param {DeadLetter} props.letter
 * @param {(letter: DeadLetter) => void} props.onRedrive
 * @param {(id: string) => void} props.onOpen
 */
const Row = ({ letter, onRedrive, onOpen }) => {
  const { region, queue, sentAt, cause, target, eventType, eventId, canBeRedriven } = letter;
  return html`
    <tr>
      <td class="time">${timeWords(sentAt)}</td>
      <td>${region}</td>
      <td>${queue}</td>
      <td>${target}</td>
      <td>
        ${eventType}${' '}
        ${
          eventId &&
          html`<button type="button" class="id" onClick=${() => onOpen(eventId)}>${eventId}</button>`
        }
      </td>
      <td class="failed"><span class="outcome">✗</span> ${cause}</td>
      <td>
        ${
          canBeRedriven &&
          html`<button type="button" onClick=${() => onRedrive(letter)}>Redrive</button>`
        }
      </td>
    </tr>
  `;
};

/**
 * The dead letters of all queues with their causes.
 *
 * @param {{ readonly onOpen: (id: string) => void }} props
 */
export const DeadLetters = ({ onOpen }) => {
  const [letters, setLetters] = useState(
    /** @type {readonly DeadLetter[] | undefined} */ (undefined),
  );
  const [result, setResult] = useState(/** @type {Done | undefined} */ (undefined));
  const look = () => readDeadLetters().then(setLetters, () => undefined);
  useEffect(() => {
    void look();
    const timer = setInterval(look, lookMs);
    return () => clearInterval(timer);
  }, []);
  const onRedrive = async (/** @type {DeadLetter} */ { region, queue, id }) => {
    setResult(undefined);
    setResult(await ask('redrive', { region, queue, id }));
    await look();
  };
  return html`
    <section class="letters" aria-labelledby="letters-title">
      <h2 id="letters-title">Dead letters</h2>
      <${Result} result=${result} />
      ${letters?.length === 0 && html`<p>No queue has a dead letter.</p>`}
      ${
        letters &&
        letters.length > 0 &&
        html`
        <table>
          <thead>
            <tr>
              ${['Time', 'Region', 'Queue', 'For', 'Event', 'Cause', 'Action'].map(
                (title) => html`<th key=${title} scope="col">${title}</th>`,
              )}
            </tr>
          </thead>
          <tbody>
            ${letters.map(
              (letter) =>
                html`<${Row} key=${letter.id} letter=${letter} onRedrive=${onRedrive} onOpen=${onOpen} />`,
            )}
          </tbody>
        </table>
      `
      }
    </section>
  `;
};
