/** The list of `support/conformance.mjs` in Node.js. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { NeuroLinkClient } from '../../main/resources/io/neurolink/agent/web/neurolink.js';
import { conformanceNames, runConformance } from './support/conformance.mjs';
import { IS_PACKAGED, startTarget } from './support/target.mjs';

let server;

before(async () => {
    server = await startTarget();
});

after(() => server.stop());

describe(`client and ${IS_PACKAGED ? 'packaged server' : 'server of the tests'}, in Node.js`, () => {
    for (const name of conformanceNames()) {
        it(`should hold that ${name}`, async (t) => {
            const url = `ws://localhost:${server.port}/ws`;
            const [{ error, note }] = await runConformance({ NeuroLinkClient, url, WebSocket, only: name });
            t.diagnostic(note);
            assert.equal(error, null);
        });
    }
});
