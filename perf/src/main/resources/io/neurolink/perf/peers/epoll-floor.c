/*
 * What turning frames around costs at the least on Linux: one thread, one epoll, payloads unmasked where they lie, one recv and one
 * send for a ready connection. The same as NioFloor.java in C, to tell what the JVM adds. It trusts its clients: no limits, no
 * checks, no rules but the answers to Ping and Close. With --broadcast a message must fit the buffer.
 *
 *   came:  [2..10 bytes of header][4 bytes of key][payload, masked] [next frame ...
 *   goes:  [2..10 bytes of header][payload] [next frame ...
 *
 * Usage: epoll-floor --port N [--broadcast]
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CAPACITY_BYTES = 512 * 1024, EVENT_COUNT = 512, OPCODE_CLOSE = 8, OPCODE_PING = 9, KEY_LENGTH = 4, REQUEST_BYTES = 8192 };

struct connection {
    int socket;
    int is_upgraded;
    int place;              /* in everybody, or -1 */
    uint32_t key;           /* as it lies in memory, turned so that it fits the next byte */
    uint64_t payload_left;  /* of the frame that goes back in pieces */
    uint8_t *rest;          /* bytes that make no whole header or frame yet */
    size_t rest_bytes;
    uint8_t *unsent;        /* bytes the socket did not take */
    size_t unsent_bytes;
};

static uint8_t buffer[CAPACITY_BYTES + 16];
static size_t out_begin, out_end;
static int epoll_fd, is_broadcast, is_own;
static struct connection **everybody;
static int everybody_count, everybody_capacity;
static volatile sig_atomic_t is_ending;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void *allocate(size_t bytes) {
    void *memory = malloc(bytes ? bytes : 1);
    if (!memory) {
        fail("malloc");
    }
    return memory;
}

/* ---------------------------------------------------------------- the handshake */

static uint32_t left(uint32_t value, int bits) {
    return value << bits | value >> (32 - bits);
}

/* SHA-1 (FIPS 180-4) of a text of at most 119 bytes, which is two blocks. */
static void sha1(const char *text, size_t length, uint8_t digest[20]) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t blocks[128] = {0};
    size_t total = length + 9 <= 64 ? 64 : 128;
    memcpy(blocks, text, length);
    blocks[length] = 0x80;
    blocks[total - 2] = (uint8_t) (length * 8 >> 8);
    blocks[total - 1] = (uint8_t) (length * 8);
    for (size_t at = 0; at < total; at += 64) {
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 16; i++) {
            const uint8_t *p = blocks + at + 4 * i;
            w[i] = (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++) {
            w[i] = left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        }
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
            uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
            uint32_t next = left(a, 5) + f + e + k + w[i];
            e = d;
            d = c;
            c = left(b, 30);
            b = a;
            a = next;
        }
        h[0] += a;
        h[1] += b;
        h[2] += c;
        h[3] += d;
        h[4] += e;
    }
    for (int i = 0; i < 20; i++) {
        digest[i] = (uint8_t) (h[i / 4] >> (24 - 8 * (i % 4)));
    }
}

static void base64(const uint8_t digest[20], char text[29]) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t padded[21] = {0};
    memcpy(padded, digest, 20);
    for (int i = 0; i < 7; i++) {
        uint32_t three = (uint32_t) padded[3 * i] << 16 | (uint32_t) padded[3 * i + 1] << 8 | padded[3 * i + 2];
        for (int j = 0; j < 4; j++) {
            text[4 * i + j] = letters[three >> (18 - 6 * j) & 63];
        }
    }
    text[27] = '=';
    text[28] = 0;
}

/* ---------------------------------------------------------------- sending */

static void interest(struct connection *c, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->socket, &event) < 0) {
        fail("epoll_ctl");
    }
}

/* Sends bytes, or keeps what the socket does not take and reads no more until it does. Returns 0 if the connection is broken. */
static int send_or_keep(struct connection *c, const uint8_t *bytes, size_t length) {
    if (!c->unsent_bytes && length) {
        ssize_t taken = send(c->socket, bytes, length, MSG_NOSIGNAL);
        if (taken < 0 && errno != EAGAIN) {
            return 0;
        }
        bytes += taken > 0 ? taken : 0;
        length -= taken > 0 ? (size_t) taken : 0;
    }
    if (length) {
        if (!c->unsent_bytes) {
            interest(c, EPOLLOUT);
        }
        c->unsent = realloc(c->unsent, c->unsent_bytes + length);
        if (!c->unsent) {
            fail("realloc");
        }
        memcpy(c->unsent + c->unsent_bytes, bytes, length);
        c->unsent_bytes += length;
    }
    return 1;
}

static int flush(struct connection *c) {
    ssize_t taken = send(c->socket, c->unsent, c->unsent_bytes, MSG_NOSIGNAL);
    if (taken < 0) {
        return errno == EAGAIN;
    }
    c->unsent_bytes -= (size_t) taken;
    memmove(c->unsent, c->unsent + taken, c->unsent_bytes);
    if (!c->unsent_bytes) {
        free(c->unsent);
        c->unsent = NULL;
        interest(c, EPOLLIN);
    }
    return 1;
}

/* ---------------------------------------------------------------- turning frames around */

static void unmask(uint8_t *bytes, size_t length, uint32_t key) {
    uint64_t wide = (uint64_t) key << 32 | key;
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        word ^= wide;
        memcpy(bytes + i, &word, 8);
    }
    for (; i < length; i++) {
        bytes[i] ^= ((const uint8_t *) &key)[i & 3];
    }
}

static size_t turn_payload(struct connection *c, size_t read_at, size_t end) {
    size_t length = end - read_at < c->payload_left ? end - read_at : (size_t) c->payload_left;
    uint8_t key[4], turned[4];
    unmask(buffer + read_at, length, c->key);
    if (out_end == out_begin) {
        out_begin = out_end = read_at;
    }
    if (out_end != read_at) {
        memmove(buffer + out_end, buffer + read_at, length);
    }
    out_end += length;
    c->payload_left -= length;
    memcpy(key, &c->key, 4);
    for (size_t i = 0; i < 4; i++) {
        turned[i] = key[(i + length) & 3];
    }
    memcpy(&c->key, turned, 4);
    return read_at + length;
}

static size_t header_length(const uint8_t *frame) {
    int length = frame[1] & 0x7F;
    return length == 127 ? 10 : length == 126 ? 4 : 2;
}

static uint64_t payload_length(const uint8_t *frame) {
    uint64_t length = 0;
    size_t end = header_length(frame);
    for (size_t i = 2; i < end; i++) {
        length = length << 8 | frame[i];
    }
    return end == 2 ? frame[1] & 0x7F : length;
}

static int has_frame(size_t read_at, size_t end) {
    size_t available = end - read_at;
    const uint8_t *frame = buffer + read_at;
    if (available < 2 || available < header_length(frame) + KEY_LENGTH) {
        return 0;
    }
    return (!is_broadcast && !(frame[0] & OPCODE_CLOSE)) || available >= header_length(frame) + KEY_LENGTH + payload_length(frame);
}

static void keep(struct connection *c, size_t from, size_t end) {
    free(c->rest);
    c->rest = NULL;
    c->rest_bytes = end - from;
    if (c->rest_bytes) {
        c->rest = allocate(c->rest_bytes);
        memcpy(c->rest, buffer + from, c->rest_bytes);
    }
}

/* Turns the bytes up to end around. Returns 0 when the client closes. */
static int turn_frames(struct connection *c, size_t end) {
    size_t read_at = 0;
    int goes_on = 1;
    out_begin = out_end = 0;
    is_own = 0;
    if (c->payload_left) {
        read_at = turn_payload(c, 0, end);
    }
    while (goes_on && read_at < end && has_frame(read_at, end)) {
        size_t header = header_length(buffer + read_at);
        uint8_t first = buffer[read_at], second = buffer[read_at + 1];
        int opcode = first & 0x0F;
        c->payload_left = payload_length(buffer + read_at);
        memcpy(&c->key, buffer + read_at + header, KEY_LENGTH);
        if (out_end == out_begin) {
            out_begin = out_end = read_at + KEY_LENGTH;
        }
        memmove(buffer + out_end + 2, buffer + read_at + 2, header - 2);
        buffer[out_end] = opcode == OPCODE_PING ? (uint8_t) (first + 1) : first;
        buffer[out_end + 1] = second & 0x7F;
        out_end += header;
        read_at = turn_payload(c, read_at + header + KEY_LENGTH, end);
        is_own |= opcode >= OPCODE_CLOSE;
        goes_on = opcode != OPCODE_CLOSE;
    }
    if (is_broadcast && read_at == 0 && end == CAPACITY_BYTES) {
        return 0;
    }
    keep(c, goes_on ? read_at : end, end);
    return goes_on;
}

/* ---------------------------------------------------------------- connections */

static void drop(struct connection *c) {
    close(c->socket);
    if (c->place >= 0) {
        everybody[c->place] = everybody[--everybody_count];
        everybody[c->place]->place = c->place;
    }
    free(c->rest);
    free(c->unsent);
    free(c);
}

static void join(struct connection *c) {
    if (everybody_count == everybody_capacity) {
        everybody_capacity = everybody_capacity ? 2 * everybody_capacity : 64;
        everybody = realloc(everybody, (size_t) everybody_capacity * sizeof *everybody);
        if (!everybody) {
            fail("realloc");
        }
    }
    c->place = everybody_count;
    everybody[everybody_count++] = c;
}

static int upgrade(struct connection *c, size_t end) {
    static const char header[] = "\r\nsec-websocket-key:";
    char accept[29], text[128], answer[256];
    uint8_t digest[20];
    buffer[end] = 0;
    char *key = strcasestr((char *) buffer, header);
    if (end < 4 || memcmp(buffer + end - 4, "\r\n\r\n", 4) || !key) {
        keep(c, 0, end);
        return end < REQUEST_BYTES;
    }
    key += strlen(header);
    key += strspn(key, " ");
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1(text, strlen(text), digest);
    base64(digest, accept);
    int length = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    keep(c, 0, 0);
    c->is_upgraded = 1;
    if (is_broadcast) {
        join(c);
    }
    return send_or_keep(c, (uint8_t *) answer, (size_t) length);
}

/* One recv and what follows from it. Returns 0 when the connection ends. */
static int turn(struct connection *c) {
    if (c->rest_bytes) {
        memcpy(buffer, c->rest, c->rest_bytes);
    }
    ssize_t got = recv(c->socket, buffer + c->rest_bytes, CAPACITY_BYTES - c->rest_bytes, 0);
    if (got <= 0) {
        return got < 0 && errno == EAGAIN;
    }
    size_t end = c->rest_bytes + (size_t) got;
    if (!c->is_upgraded) {
        return upgrade(c, end);
    }
    int goes_on = turn_frames(c, end);
    if (!is_broadcast || is_own) {
        return send_or_keep(c, buffer + out_begin, out_end - out_begin) && (goes_on || c->unsent_bytes);
    }
    for (int i = 0; i < everybody_count; i++) {
        /* One that is broken has an event of its own coming, which ends it. */
        send_or_keep(everybody[i], buffer + out_begin, out_end - out_begin);
    }
    return goes_on;
}

static void accept_all(int listener) {
    int socket;
    while ((socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int on = 1;
        struct connection *c = allocate(sizeof *c);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        memset(c, 0, sizeof *c);
        c->socket = socket;
        c->place = -1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, socket, &event) < 0) {
            fail("epoll_ctl");
        }
    }
}

static void end(int signal) {
    (void) signal;
    is_ending = 1;
}

static int listen_on(int port) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listener < 0 || bind(listener, (struct sockaddr *) &address, sizeof address) < 0 || listen(listener, 4096) < 0) {
        fail("listen");
    }
    getsockname(listener, (struct sockaddr *) &address, &length);
    printf("listening on ws://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int argc, char **argv) {
    int port = -1;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--broadcast")) {
            is_broadcast = 1;
        } else if (!strcmp(argv[i], "--port") && i + 1 < argc) {
            port = atoi(argv[++i]);
        } else {
            fprintf(stderr, "unknown option '%s'\n", argv[i]);
            return 2;
        }
    }
    if (port < 0 || port > 65535) {
        fprintf(stderr, "--port is missing or no port\n");
        return 2;
    }
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_on(port);
    struct epoll_event events[EVENT_COUNT], event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) < 0) {
        fail("epoll_ctl");
    }
    while (!is_ending) {
        int count = epoll_wait(epoll_fd, events, EVENT_COUNT, -1);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                accept_all(listener);
            } else if (!(events[i].events & EPOLLOUT ? flush(c) : turn(c))) {
                drop(c);
            }
        }
    }
    return 0;
}
