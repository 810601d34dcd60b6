package io.neurolink.engine.spi;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An answer to a plain HTTP request. Immutable. {@code Content-Length}, {@code Connection} and {@code Date} are added by the engine.
 *
 * @param status  status code, 200 to 599.
 * @param headers names and values in the order they are written.
 * @param body    the body, not copied; must not be changed afterwards.
 */
public record HttpResponse(int status, List<Map.Entry<String, String>> headers, byte[] body) {
    private static final byte[] EMPTY = new byte[0];

    /** Copies the headers and checks the status. */
    public HttpResponse {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("status of an HttpResponse must be 200 to 599, not " + status);
        }
        headers = List.copyOf(headers);
        Objects.requireNonNull(body, "body");
    }

    /**
     * {@return 200 with a JSON body}
     *
     * @param json the body.
     */
    public static HttpResponse json(String json) {
        return json(200, json);
    }

    /**
     * {@return a JSON body with that status}
     *
     * @param status status code.
     * @param json   the body.
     */
    public static HttpResponse json(int status, String json) {
        return of(status, "application/json; charset=utf-8", json.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * {@return a plain text body with that status}
     *
     * @param status status code.
     * @param text   the body.
     */
    public static HttpResponse text(int status, String text) {
        return of(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * {@return a response with that body}
     *
     * @param status      status code.
     * @param contentType value of {@code Content-Type}.
     * @param body        the body.
     */
    public static HttpResponse of(int status, String contentType, byte[] body) {
        return new HttpResponse(status, List.of(Map.entry("Content-Type", contentType)), body);
    }

    /**
     * {@return a response without a body}
     *
     * @param status status code.
     */
    public static HttpResponse empty(int status) {
        return new HttpResponse(status, List.of(), EMPTY);
    }

    /**
     * {@return a copy with one header more}
     *
     * @param name  name of a header.
     * @param value its value.
     */
    public HttpResponse withHeader(String name, String value) {
        var more = new ArrayList<>(headers);
        more.add(Map.entry(name, value));
        return new HttpResponse(status, more, body);
    }
}
