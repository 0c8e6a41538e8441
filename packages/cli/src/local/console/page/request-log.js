import { readLog } from './api.js';
import { html, useState } from './dom.js';

/** @import { ConsoleEntry } from './entry.ts' */

/** The log lines of one invocation, read when a person opens them. @param {{ readonly entry: ConsoleEntry }} props */
export const RequestLog = ({ entry: { kind, region, functionName, requestId } }) => {
  const [lines, setLines] = useState(/** @type {readonly string[] | undefined} */ (undefined));
  if (kind !== 'invocation' || functionName === undefined || requestId === undefined) return null;
  const onToggle = (/** @type {any} */ { target }) => {
    if (!target.open) return;
    readLog({ region, function: functionName, request: requestId }).then(setLines, (error) =>
      setLines([`The log cannot be read: ${error.message}`]),
    );
  };
  return html`
    <details onToggle=${onToggle}>
      <summary>Log of the request</summary>
      <pre tabindex="0">${lines?.length === 0 ? 'No line is kept.' : lines?.join('\n')}</pre>
    </details>
  `;
};
