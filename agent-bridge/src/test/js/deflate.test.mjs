/** permessage-deflate of the packaged server, with a client whose zlib has the window that was agreed on. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { startServer } from './support/server.mjs';

const PARAMETERS = [
    {},
    { serverNoContextTakeover: true },
    { clientNoContextTakeover: true },
    { serverMaxWindowBits: 9 },
    { serverMaxWindowBits: 15, serverNoContextTakeover: true },
    { serverMaxWindowBits: 10, clientMaxWindowBits: 10 },
];

/** Text that is long, and short when compressed. */
const PROMPT = 'häuser'.repeat(1000);

function until(socket, type) {
    return new Promise((resolve, reject) => {
        socket.on('message', (data) => {
            const message = JSON.parse(data);
            if (message.type === type) {
                resolve(message);
            }
        });
        socket.once('close', (code, reason) => reject(new Error(`closed ${code} ${reason}`)));
        socket.once('error', reject);
    });
}

/** A long prompt comes back twice: in `stream_start` and as a word of the answer. */
async function talk(ws, parameters, extension) {
    const socket = new WebSocket(`${ws}/ws`, { perMessageDeflate: { threshold: 0, ...parameters } });
    const started = until(socket, 'stream_start');
    const completed = until(socket, 'stream_complete');
    await new Promise((resolve) => socket.once('open', resolve));
    assert.equal(socket.extensions, extension);
    socket.send(JSON.stringify({ type: 'stream', requestId: 'r1', payload: { prompt: PROMPT, options: { delayMs: 0 } } }));
    assert.equal((await started).data.prompt, PROMPT);
    await completed;
    assert.equal(socket._socket.bytesRead < PROMPT.length, extension !== '', `bytes read: ${socket._socket.bytesRead}`);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close(1000);
    assert.equal(await closed, 1000);
}

describe('permessage-deflate', () => {
    for (const mode of ['shared', 'dedicated']) {
        it(`should be spoken with every parameter by a server that is ${mode}`, async () => {
            const server = await startServer('--compression', mode);
            try {
                for (const parameters of PARAMETERS) {
                    await talk(server.ws, parameters, 'permessage-deflate');
                }
            } finally {
                await server.stop();
            }
        });
    }

    it('should not be spoken by a server that was not told to', async () => {
        const server = await startServer();
        try {
            await talk(server.ws, {}, '');
        } finally {
            await server.stop();
        }
    });
});
