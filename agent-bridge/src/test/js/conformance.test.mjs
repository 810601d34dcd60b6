/** The list of `support/conformance.mjs` in Node.js: against the small server of the tests, and against the packaged one where it is named. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { NeuroLinkClient } from '../../main/resources/io/neurolink/agent/web/neurolink.js';
import { conformanceNames, runConformance } from './support/conformance.mjs';
import { startMockServer } from './support/mock-server.mjs';
import { startServer } from './support/server.mjs';

const isLive = process.argv.includes('--live') || process.env.CONFORMANCE === 'live';
let server;

before(async () => {
    server = isLive ? await startServer() : await startMockServer();
});

after(() => server.close?.() ?? server.stop());

describe(`the conformance list against ${isLive ? 'the packaged server' : 'the server of the tests'}`, () => {
    for (const name of conformanceNames()) {
        it(`should hold that ${name}`, async (t) => {
            const [{ error, note }] = await runConformance({ NeuroLinkClient, url: `ws://localhost:${server.port}/ws`, WebSocket, only: name });
            t.diagnostic(note);
            assert.equal(error, null);
        });
    }
});
