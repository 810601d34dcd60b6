package io.neurolink.perf.attack;

import java.util.List;

/** Requests that two servers might read differently: what one takes for a body, the other would take for the next request. */
final class SmugglingForms {
    private static final String POST = "POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    private static final String GET = "GET /upload HTTP/1.1\r\nHost: 127.0.0.1\r\n";

    static final List<String> ALL = List.of(
            POST + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            POST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            POST + "Transfer-Encoding: xchunked\r\n\r\n",
            POST + "Transfer-Encoding:\tchunked\r\n\r\n",
            POST + "Transfer-Encoding: identity, chunked\r\n\r\n",
            POST + "Transfer-Encoding : chunked\r\n\r\n",
            POST + "Transfer-Encoding\u000b: chunked\r\n\r\n",
            POST + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
            POST + "Content-Length: 0, 5\r\n\r\n",
            POST + "Content-Length: +0\r\n\r\n",
            POST + "Content-Length: -1\r\n\r\n",
            POST + "Content-Length: 0x0\r\n\r\n",
            POST + "Content-Length: 0 0\r\n\r\n",
            POST + "Content-Length:\r\n\r\n",
            POST + "Content-Length: 99999999999999999999\r\n\r\n",
            POST + "Content-Length : 0\r\n\r\n",
            POST + " Content-Length: 0\r\n\r\n",
            POST + "X-Folded: a\r\n b\r\n\r\n",
            POST + "X-Null: a\u0000b\r\n\r\n",
            POST + "X-Return: a\rb\r\n\r\n",
            POST + "X-Feed: a\nContent-Length: 5\r\n\r\n",
            POST + "No colon here\r\n\r\n",
            POST + ": no name\r\n\r\n",
            POST + "X\u00e9: not a token\r\n\r\n",
            "POST /upload HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n",
            " GET /upload HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "\u0000\u0001GET /upload HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "GET  /upload HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "GET\t/upload HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "GET /upload HTTP/1.1 \r\nHost: 127.0.0.1\r\n\r\n",
            "GET /upload HTTP/1.1 x\r\nHost: 127.0.0.1\r\n\r\n",
            "GET /upload HTTP/2.0\r\nHost: 127.0.0.1\r\n\r\n",
            "GET /upload HTTP/1.10\r\nHost: 127.0.0.1\r\n\r\n",
            "GET /upload http/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "GET /upload\r\n\r\n",
            "GET /up\u0000load HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            "GET upload HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            GET + "Host: evil.example\r\n\r\n",
            "GET /upload HTTP/1.1\r\n\r\n",
            "G@T /upload HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");

    private SmugglingForms() {
    }
}
