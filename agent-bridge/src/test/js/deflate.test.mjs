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

function received(socket, accept) {
    return new Promise((resolve, reject) => {
        socket.on('message', (data) => accept(JSON.parse(data)) && resolve(JSON.parse(data)));
        socket.once('close', (code, reason) => reject(new Error(`closed ${code} ${reason}`)));
        socket.once('error', reject);
    });
}

/** A prompt that is long enough to be compressed comes back in an answer that is. */
async function talk(ws, parameters, extension) {
    const socket = new WebSocket(`${ws}/ws`, { perMessageDeflate: { threshold: 0, ...parameters } });
    const error = received(socket, (message) => message.type === 'error');
    await new Promise((resolve) => socket.once('open', resolve));
    assert.equal(socket.extensions, extension);
    const type = `unknown-${'häuser '.repeat(400)}`;
    socket.send(JSON.stringify({ type }));
    assert.ok(await error);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.removeAllListeners('error');
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
