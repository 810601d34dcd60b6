/** Requests made ready for those who look at the console for the first time. They show on the demo agent what an agent can do. */

import { element } from './console-dom.js';

const TOUR = `
## Tokens, one by one

An answer is **readable while it is written**: lists, tables and code keep their shape from the *first* token on.

1. The server sends each token the moment the model has it.
2. Nothing is held back to make larger messages.
3. A lost line costs nothing:
   - the run goes on without a viewer
   - the page comes back and asks for what it missed

| what happens | what you see | lost |
| :-- | :-- | --: |
| the socket is cut | \`interrupted\`, then *resumed* | 0 |
| you press Cancel | the model stops | 0 |
| the server restarts | a clear error | 0 |

\`\`\`js
import { NeuroLinkClient } from './neurolink.js';

const client = new NeuroLinkClient('wss://example.com/ws');
for await (const text of client.stream('Hello').text()) {
    process.stdout.write(text); // each piece as it comes
}
\`\`\`

> Markup a model writes is never trusted: <b>this</b> stays text.

Read more in the [protocol](https://github.com/topics/websocket).`;

export const SCENARIOS = [
    { name: 'A rich answer', hint: 'Markdown while it streams', fields: { prompt: TOUR, 'delay-ms': '25' } },
    { name: 'Three at once', hint: 'Runs side by side', fields: { prompt: TOUR, 'delay-ms': '35', copies: '3' } },
    {
        name: 'A cut in the middle', hint: 'The line goes down, no token is lost', cutAfterMs: 1_500,
        fields: { prompt: 'Count for me, and do not stop when the line is cut.', words: '160', 'delay-ms': '30' },
    },
    {
        name: 'Ask before acting', hint: 'A tool waits for your approval',
        fields: { prompt: 'Add 40 and 2, but ask me first.', tool: 'add', approval: 'required', 'delay-ms': '40' },
    },
    {
        name: 'A tool of this page', hint: 'The agent asks your browser',
        fields: { prompt: 'What time is it where I sit?', tool: 'browser_time', 'delay-ms': '40' },
    },
];

/** A list of buttons that play the scenarios. */
export function scenarioItems(play) {
    return SCENARIOS.map((scenario) => {
        const button = element('button');
        button.type = 'button';
        button.append(element('b', '', scenario.name), element('span', 'muted', scenario.hint));
        button.addEventListener('click', () => play(scenario));
        const item = element('li');
        item.append(button);
        return item;
    });
}
