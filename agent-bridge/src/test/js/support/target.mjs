/** The server that a test of `resume` runs against: the small one of the tests, or with `NEUROLINK_TARGET=server` the packaged one. */

import { startMockServer } from './mock-server.mjs';
import { startServer } from './server.mjs';

export const IS_PACKAGED = process.env.NEUROLINK_TARGET === 'server';

/** @returns {Promise<{ port: number, stop: () => Promise<unknown> }>} */
export async function startTarget() {
    if (IS_PACKAGED) {
        return startServer();
    }
    const server = await startMockServer();
    return { port: server.port, stop: () => server.close() };
}
