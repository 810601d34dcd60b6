package io.neurolink.engine.status;

/**
 * Everything the engine counts. A counter only grows; a gauge is a present amount; a maximum is the largest value since the start. The
 * order may change from release to release, the {@link #label()} does not.
 */
public enum EngineCounter {

    CONNECTIONS_OPENED("connections.opened", "Connections whose upgrade was accepted, by this server or for its clients."),
    CONNECTIONS_CLOSED("connections.closed", "Connections that are gone, on whatever path; equals opened when none is open."),
    CONNECTIONS_OPEN("connections.open", Kind.GAUGE, "Connections that are open now."),
    SOCKETS_ACCEPTED("sockets.accepted", "TCP connections accepted."),
    SOCKETS_CONNECTED("sockets.connected", "TCP connections that clients of this engine have opened."),
    SOCKETS_CLOSED("sockets.closed", "TCP connections closed, upgraded or not; equals accepted plus connected when none is open."),
    SOCKETS_OPEN("sockets.open", Kind.GAUGE, "TCP connections that are open now, upgraded or not."),
    SOCKETS_REFUSED("sockets.refused", "TCP connections closed at once because too many were open or waited for the server."),
    SOCKETS_REFUSED_ADDRESS_LIMIT("sockets.refused.address_limit",
            "TCP connections closed at once because their address had as many as it may."),
    SOCKETS_REFUSED_NO_PROXY("sockets.refused.no_proxy",
            "TCP connections closed at once because the PROXY protocol is spoken and they came from no trusted proxy."),
    PROXY_HEADERS("proxy.headers", "Headers of the PROXY protocol read."),
    PROXY_HEADERS_REFUSED("proxy.headers.refused",
            "Connections closed because they did not begin with a sound header of the PROXY protocol."),
    PROXY_CONTRADICTIONS("proxy.contradictions",
            "Requests answered with 400 because Forwarded and X-Forwarded-For named different clients."),
    HANDSHAKES_TIMED_OUT("handshakes.timed_out", "TCP connections closed because no request began in time."),
    HANDSHAKES_DROPPED("handshakes.dropped", "TCP connections closed before their upgrade, to make room for new ones."),
    ACCEPT_ERRORS("accept.errors", "Accepts that failed, for instance for lack of file descriptors."),

    UPGRADES_ACCEPTED("upgrades.accepted", "Opening handshakes answered with 101."),
    UPGRADES_REFUSED_MAX_CONNECTIONS("upgrades.refused.max_connections",
            "Upgrades answered with 503: the manager holds as many connections as it may."),
    UPGRADES_REFUSED_USER_LIMIT("upgrades.refused.user_limit", "Upgrades refused because the user holds as many connections as allowed."),
    UPGRADES_REFUSED_ADDRESS_LIMIT("upgrades.refused.address_limit",
            "Upgrades answered with 503: the client that a proxy names holds as many connections as one address may."),
    UPGRADES_REFUSED_TOO_MANY_FAILURES("upgrades.refused.too_many_failures",
            "Upgrades answered with 429: too many of their address had failed."),
    UPGRADES_REFUSED_UNAUTHORIZED("upgrades.refused.unauthorized", "Upgrades answered with 401: credentials missing or wrong."),
    UPGRADES_REFUSED_FORBIDDEN("upgrades.refused.forbidden", "Upgrades answered with 403: a role or a permission is missing."),
    UPGRADES_REFUSED_ORIGIN("upgrades.refused.origin", "Upgrades answered with 403: the Origin is not allowed."),
    UPGRADES_REFUSED_BAD_REQUEST("upgrades.refused.bad_request", "Upgrades answered with 400 or 426."),
    UPGRADES_REFUSED_NOT_FOUND("upgrades.refused.not_found", "Upgrades answered with 404: no manager has the path."),
    UPGRADES_REFUSED_TIMEOUT("upgrades.refused.timeout", "Opening handshakes that took too long."),
    UPGRADES_REFUSED_AUTH_TIMEOUT("upgrades.refused.auth_timeout", "Upgrades answered with 504: the authenticator took too long."),
    UPGRADES_REFUSED_AUTH_FAILURE("upgrades.refused.auth_failure", "Upgrades answered with 500: the authenticator failed."),
    UPGRADES_REFUSED_AUTH_UNAVAILABLE("upgrades.refused.auth_unavailable",
            "Upgrades answered with 503: the credential could not be checked at present."),
    UPGRADES_REFUSED_SHUTTING_DOWN("upgrades.refused.shutting_down", "Upgrades answered with 503: the server is shutting down."),

    AUTH_REFUSED_TOO_MANY_FAILURES("auth.refused.too_many_failures",
            "Authentications by message refused without a look because too many of their address had failed."),

    CLIENT_CONNECTS("client.connects", "Connections that clients of this engine began to open."),
    CLIENT_CONNECTS_OPENED("client.connects.opened",
            "Those that were opened; connects equals opened and the following when none is under way."),
    CLIENT_CONNECTS_REFUSED("client.connects.refused", "Those that the server answered with another status than 101."),
    CLIENT_CONNECTS_VIOLATED("client.connects.violated", "Those whose answer broke the rules of the opening handshake."),
    CLIENT_CONNECTS_FAILED("client.connects.failed", "Those for which host, TCP, TLS or the answer failed."),
    CLIENT_CONNECTS_TIMED_OUT("client.connects.timed_out", "Those that took too long."),
    CLIENT_CONNECTS_CANCELLED("client.connects.cancelled", "Those that nobody wanted any more."),

    HTTP_REQUESTS("http.requests", "HTTP requests that were no upgrades."),
    HTTP_REFUSED_ORIGIN("http.refused.origin", "HTTP requests answered with 403: they change something, and the Origin is not allowed."),
    HTTP_RESPONSES_2XX("http.responses.2xx", "HTTP answers with a status from 200 to 299."),
    HTTP_RESPONSES_3XX("http.responses.3xx", "HTTP answers with a status from 300 to 399."),
    HTTP_RESPONSES_4XX("http.responses.4xx", "HTTP answers with a status from 400 to 499, refused upgrades included."),
    HTTP_RESPONSES_5XX("http.responses.5xx", "HTTP answers with a status from 500 to 599, refused upgrades included."),

    TLS_HANDSHAKES_STARTED("tls.handshakes.started", "TLS handshakes whose first byte came in, or that a client began."),
    TLS_HANDSHAKES_COMPLETED("tls.handshakes.completed", "TLS handshakes that were completed."),
    TLS_HANDSHAKES_FAILED("tls.handshakes.failed",
            "TLS handshakes that failed, or ended or were cut before they were complete; started equals completed plus failed"
                + " when none is under way."),
    TLS_HANDSHAKES_DEFERRED("tls.handshakes.deferred", "Times a TLS handshake had to wait for the next turn of its loop."),
    TLS_NO_PROGRESS("tls.no_progress", "TLS connections ended because records came and came that carried nothing."),
    TLS_ERRORS("tls.errors", "TLS connections ended by a broken record after their handshake."),
    TLS_RENEGOTIATIONS_REFUSED("tls.renegotiations_refused", "TLS connections ended because the peer wanted to negotiate anew."),
    TLS_TRUNCATIONS("tls.truncations", "TLS connections whose stream ended without close_notify."),
    TLS_PLAIN_HTTP("tls.plain_http", "Connections to a TLS port that spoke plain HTTP and were answered with 400."),
    TLS_RELOADS("tls.reloads", "Times changed certificate or key files were put to use."),
    TLS_RELOAD_FAILURES("tls.reload_failures", "Times changed certificate or key files could not be used, and the old ones stayed."),
    TLS_HELD_BYTES("tls.held_bytes", Kind.GAUGE, "Bytes of unfinished TLS records and of what sockets have not taken."),

    BYTES_IN("bytes.in", "Bytes read from sockets, after TLS."),
    BYTES_OUT("bytes.out", "Bytes written to sockets, before TLS."),
    READS("reads", "Read calls on sockets."),
    WRITES("writes", "Write calls on sockets."),
    MESSAGES_IN("messages.in", "Whole messages received."),
    PINGS_IN("pings.in", "Ping frames received."),
    PINGS_OUT("pings.out", "Ping frames sent."),
    PONGS_IN("pongs.in", "Pong frames received."),
    PONGS_OUT("pongs.out", "Pong frames sent."),

    MESSAGES_QUEUED("messages.queued", "Messages that send accepted; equals sent plus reported when nothing waits."),
    MESSAGES_SENT("messages.sent", "Accepted messages that were written whole."),
    MESSAGES_REPORTED("messages.reported", "Accepted messages that could not be written and were reported to their sender."),
    MESSAGES_DROPPED_NEWEST("messages.dropped.newest", "Messages that the slow-consumer policy kept out of a full queue."),
    MESSAGES_DROPPED_OLDEST("messages.dropped.oldest", "Messages that the slow-consumer policy took out of a full queue."),
    SLOW_CONSUMERS("slow_consumers", "Times that the slow-consumer policy was applied to a connection."),
    SENDS_BACK_PRESSURED("sends.back_pressured", "Sends answered with back-pressure."),
    SENDS_CLOSED("sends.closed", "Sends answered with closed."),

    CONTROL_FLOODS("limits.control_frames", "Connections closed with 1008 because of too many pings, pongs and empty frames per second."),
    RATE_LIMIT_CLOSES("limits.rate.closes", "Connections closed with 1008 because of too many messages or bytes per second."),
    RATE_LIMIT_PAUSES("limits.rate.pauses", "Times a connection was not read for a while for the same reason."),
    RATE_LIMITED_MESSAGES("limits.rate.messages", "Messages that were reported instead of delivered for the same reason."),
    FRAGMENT_FLOODS("limits.fragments", "Connections closed with 1008 because a message had too many fragments."),

    MESSAGES_DEFLATED("messages.deflated", "Messages sent compressed; those of broadcasts are not among them."),
    MESSAGES_NOT_DEFLATED("messages.not_deflated", "Messages sent uncompressed because compressing did not make them shorter."),
    MESSAGES_INFLATED("messages.inflated", "Compressed messages received."),
    DEFLATED_FROM("deflate.bytes_before", "Bytes of payload of what was compressed, before; each broadcast once for each window."),
    DEFLATED_TO("deflate.bytes_after", "Bytes of the same, compressed."),
    INFLATED_FROM("inflate.bytes_before", "Bytes of payload of compressed messages received."),
    INFLATED_TO("inflate.bytes_after", "Bytes of the same, inflated."),
    INFLATE_FAILURES("inflate.failures", "Compressed messages refused: corrupt, too large, inflating too much, or not UTF-8."),
    DEFLATE_CONTEXTS("deflate.contexts", Kind.GAUGE, "Compressors and decompressors of the native zlib."),
    DEFLATE_HELD_BYTES("deflate.held_bytes", Kind.GAUGE, "Bytes of those, and of what messages of peers may look back at."),
    DEFLATE_DEDICATED("deflate.dedicated", Kind.GAUGE, "Connections with context takeover."),
    DEFLATE_DEDICATED_REFUSED("deflate.dedicated_refused",
            "Connections that got no context takeover because as many had it as may."),
    DEFLATE_GIVEN_BACK("deflate.given_back", "Compressors of connections that were given back because they rested, or memory was short."),

    PONG_TIMEOUTS("timeouts.pong", "Connections closed because no answer came to a ping."),
    IDLE_TIMEOUTS("timeouts.idle", "Connections closed because nothing was said for too long."),
    CLOSE_TIMEOUTS("timeouts.close", "Connections cut because the closing handshake took too long."),
    ROUTE_TIMEOUTS("timeouts.route", "HTTP requests answered with 503 because their route took too long."),
    AUTH_EXPIRED("timeouts.auth_expired", "Connections closed with 4403: the credential of their user ran out."),
    AUTH_TIMEOUTS("timeouts.auth", "Connections closed because the first-message authentication took too long."),

    CLOSES_NORMAL("closes.normal", "Connections closed with 1000."),
    CLOSES_GOING_AWAY("closes.going_away", "Connections closed with 1001."),
    CLOSES_PROTOCOL_ERROR("closes.protocol_error", "Connections closed with 1002 or 1003."),
    CLOSES_NO_STATUS("closes.no_status", "Connections closed by an empty close frame, 1005."),
    CLOSES_ABNORMAL("closes.abnormal", "Connections lost without a closing handshake, 1006."),
    CLOSES_INVALID_UTF8("closes.invalid_utf8", "Connections closed with 1007."),
    CLOSES_POLICY("closes.policy", "Connections closed with 1008."),
    CLOSES_TOO_BIG("closes.too_big", "Connections closed with 1009."),
    CLOSES_INTERNAL_ERROR("closes.internal_error", "Connections closed with 1011."),
    CLOSES_SLOW_CONSUMER("closes.slow_consumer", "Connections closed with 1013."),
    CLOSES_OTHER("closes.other", "Connections closed with another code."),

    READS_DEFERRED("reads.deferred", "Times a ready connection waited for the next turn, since unfinished messages took enough in this."),
    TURNS_YIELDED("turns.yielded", "Times a connection had more frames than are handled for it in one turn of its loop; the rest waited."),
    READS_PAUSED("reads.paused", "Times a connection was no longer read because whoever takes its messages was full."),
    READS_RESUMED("reads.resumed", "Times reading went on."),
    LANE_FULL("lane.full", "Messages that found a full lane to or from a worker."),
    COMMANDS_REFUSED("commands.refused", "Commands from other threads that found a full queue."),
    COMMANDS("commands", "Commands from other threads that were carried out."),
    WORKER_MESSAGES("worker.messages", "Messages handed to workers."),

    BROADCASTS("broadcasts", "Broadcasts and publications."),
    BROADCAST_ENCODES("broadcasts.encodes", "Frames encoded for them."),
    BROADCAST_DEFLATES("broadcasts.deflates", "Times one of them was compressed: once for each window that a connection has."),
    BROADCAST_RECIPIENTS("broadcasts.recipients", "Connections they were queued for."),
    TOPICS("topics", Kind.GAUGE, "Topics with a subscriber, summed over the loops."),
    SUBSCRIPTIONS("subscriptions", Kind.GAUGE, "Subscriptions of connections to topics."),

    CLUSTER_PUBLISHED("cluster.published", "Messages handed to the bus for the connections of other nodes."),
    CLUSTER_RECEIVED("cluster.received", "Messages of other nodes handed to the connections of this one."),
    CLUSTER_DROPPED_OUT("cluster.dropped.out", "Messages for other nodes that found the buffer full, or waited too long for the bus."),
    CLUSTER_DROPPED_IN("cluster.dropped.in", "Messages of other nodes that the bus or this node had no room for."),
    CLUSTER_UNCONFIRMED("cluster.unconfirmed",
            "Messages that were on their way when the bus was lost: they may have arrived or not. Those of the cluster itself among them."),
    CLUSTER_DUPLICATES("cluster.duplicates", "Messages of other nodes that had come before."),
    CLUSTER_INCOMPLETE("cluster.incomplete", "Messages of other nodes of which a part was lost."),
    CLUSTER_REFUSED("cluster.refused", "What came from the bus and was no message of a node."),
    CLUSTER_LOST("cluster.lost", "Times the connection to the bus was lost, or did not come about."),
    CLUSTER_NODES("cluster.nodes", Kind.GAUGE, "Other nodes of the cluster."),
    CLUSTER_SUBSCRIPTIONS("cluster.subscriptions", Kind.GAUGE, "Subjects that this node has subscribed to."),
    CLUSTER_BUFFERED_BYTES("cluster.buffered_bytes", Kind.GAUGE, "Bytes that wait for the bus, or have come from it and wait."),

    TIMERS_FIRED("timers.fired", "Timers that came due."),
    HELD_BYTES("buffers.held_bytes", Kind.GAUGE, "Bytes of buffers that hold unfinished messages, and what came while it found no room."),
    OUTBOUND_BYTES("memory.outbound_bytes", Kind.GAUGE, "Bytes of frames in outbound queues, those of broadcasts left out."),
    BROADCAST_BYTES("memory.broadcast_bytes", Kind.GAUGE, "Bytes of the frames of broadcasts that wait somewhere, each counted once."),
    LANE_BYTES("memory.lane_bytes", Kind.GAUGE, "Bytes on their way to and from handlers beyond the fixed size of the lanes."),
    HTTP_HELD_BYTES("http.held_bytes", Kind.GAUGE, "Bytes of HTTP requests that are read or worked on, and of unwritten answers."),
    POOLED_BYTES("memory.pooled_bytes", Kind.GAUGE, "Bytes of buffers kept to be used again."),
    UPGRADES_REFUSED_MEMORY("upgrades.refused.memory", "Upgrades answered with 503: the engine nears its memory budget."),
    SOCKETS_REFUSED_MEMORY("sockets.refused.memory", "TCP connections closed at once: the engine exceeds its memory budget."),
    SHED_CONNECTIONS("memory.shed_connections", "Connections closed (1013, 503) because they held the most when the budget was exceeded."),
    QUEUED_BYTES("queued.bytes", Kind.GAUGE, "Bytes that wait in outbound queues."),

    ACCESS_LOG_LINES("access_log.lines", "Lines of the access log written."),
    ACCESS_LOG_DROPPED("access_log.dropped", "Lines of the access log dropped because too many waited, or their target failed."),

    HANDLER_ERRORS("errors.handler", "Exceptions thrown by handlers, routes, authenticators, filters and listeners."),
    LOOP_ERRORS("errors.loop", "Unexpected errors in event loops, workers and their threads."),
    STALLS("stalls", "Duty cycles that took longer than the stall threshold."),
    STALLS_REPORTED("stalls.reported", "Stalls of loops and workers that lasted long enough to be reported with their stack."),
    STALL_MAX_NS("stalls.max_ns", Kind.MAXIMUM, "The longest duty cycle, in nanoseconds."),
    DUTY_CYCLES("duty.cycles", "Duty cycles of loops and workers."),
    BUSY_NS("duty.busy_ns", "Time of those duty cycles that had something to do, in nanoseconds.");

    /** How values are to be read and added up. */
    public enum Kind {
        /** Only grows; summed over all writers. */
        COUNTER,
        /** A present amount; summed over all writers. */
        GAUGE,
        /** The largest value seen; the largest over all writers. */
        MAXIMUM
    }

    private final String label;
    private final Kind kind;
    private final String sentence;

    EngineCounter(String label, String sentence) {
        this(label, Kind.COUNTER, sentence);
    }

    EngineCounter(String label, Kind kind, String sentence) {
        this.label = label;
        this.kind = kind;
        this.sentence = sentence;
    }

    /** The stable number of this counter within this build; its ordinal. */
    public int id() {
        return ordinal();
    }

    /** The name for outside, for instance {@code messages.in}: lower case, dots and underscores. */
    public String label() {
        return label;
    }

    /** How values add up. */
    public Kind kind() {
        return kind;
    }

    /** What is counted, in a sentence. */
    public String sentence() {
        return sentence;
    }
}
