/**
 * Clients that are there and say nothing, or have each streamed one answer, for .ci/jvm memory: prints `ready` when they are, and leaves
 * when its standard input ends.
 *
 *     node .ci/jvm-crowd.mjs URL CONNECTIONS WORDS
 */

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../agent-bridge/src/test/js/', import.meta.url)));
const { WebSocket } = require('ws');
const [url, connections, words] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

function connect() {
    return new Promise((resolve, reject) => {
        const socket = new WebSocket(url, { perMessageDeflate: false });
        socket.on('error', reject);
        socket.on('message', (data) => {
            if (data.includes('"connected"') && words > 0) {
                socket.send(JSON.stringify({ type: 'stream', payload: { prompt: 'x', options: { words, delayMs: 1 } } }));
            } else if (words === 0 || data.includes('"stream_complete"')) {
                resolve();
            }
        });
    });
}

for (let i = 0; i < connections; i += 100) {
    await Promise.all(Array.from({ length: Math.min(100, connections - i) }, connect));
}
console.log('ready');
process.stdin.resume().on('end', () => process.exit(0));
