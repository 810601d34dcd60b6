/** A TCP line to a server that can be cut. */

import { connect, createServer } from 'node:net';

/**
 * Starts a proxy.
 *
 * @param {number} port where the server is, on this machine
 * @returns {Promise<{ port: number, connections: number, cut: () => number, close: () => Promise<void> }>} `cut` resets what is open
 */
export async function cuttingProxy(port) {
    const pairs = new Set();
    const proxy = { port: 0, connections: 0 };
    const server = createServer((near) => {
        const far = connect(port, 'localhost');
        const pair = [near, far];
        pairs.add(pair);
        proxy.connections++;
        for (const [from, to] of [[near, far], [far, near]]) {
            from.on('error', () => {});
            from.on('close', () => {
                pairs.delete(pair);
                to.destroy();
            });
            from.pipe(to);
        }
    });
    await new Promise((resolve) => server.listen(0, 'localhost', resolve));
    proxy.port = server.address().port;
    proxy.cut = () => {
        const count = pairs.size;
        pairs.forEach((pair) => pair.forEach((socket) => socket.resetAndDestroy()));
        return count;
    };
    proxy.close = () => {
        proxy.cut();
        return new Promise((resolve) => server.close(resolve));
    };
    return proxy;
}
