package io.neurolink.protocol.handshake;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One extension of a {@code Sec-WebSocket-Extensions} header (RFC 6455 section 9.1). The same extension may be offered several times with
 * other parameters; whether a parameter is known, or may be repeated, is for the extension to say.
 *
 * @param name       a token
 * @param parameters in the order they came
 */
public record ExtensionOffer(String name, List<Parameter> parameters) {
    /** The most extensions in one request or response. */
    public static final int MAX_EXTENSIONS = 32;

    /** The most parameters of one extension. */
    public static final int MAX_PARAMETERS = 16;

    /**
     * A parameter.
     *
     * @param name  a token
     * @param value a token, unquoted, or {@code null} if the parameter has none
     */
    public record Parameter(String name, String value) {
        /**
         * Checks both.
         *
         * @throws IllegalArgumentException if the name or a value that is there is no token
         */
        public Parameter {
            requireToken("parameter name", name);
            if (value != null) {
                requireToken("parameter value", value);
            }
        }

        @Override
        public String toString() {
            return value == null ? name : name + "=" + value;
        }
    }

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if the name is no token, or there are too many parameters
     */
    public ExtensionOffer {
        requireToken("extension name", name);
        parameters = List.copyOf(parameters);
        if (parameters.size() > MAX_PARAMETERS) {
            throw new IllegalArgumentException("an extension has at most " + MAX_PARAMETERS + " parameters");
        }
    }

    private static void requireToken(String what, String text) {
        if (!HttpChars.isToken(Objects.requireNonNull(text, what))) {
            throw new IllegalArgumentException(what + " is not a token");
        }
    }

    /**
     * {@return whether a parameter called {@code parameterName} was given, with a value or without}
     *
     * @param parameterName name of the parameter
     */
    public boolean hasParameter(String parameterName) {
        return find(parameterName) != null;
    }

    /**
     * {@return the value of the first parameter called {@code parameterName}; {@code null} if there is none, or it has no value}
     *
     * @param parameterName name of the parameter
     */
    public String parameter(String parameterName) {
        final Parameter parameter = find(parameterName);
        return parameter == null ? null : parameter.value();
    }

    private Parameter find(String parameterName) {
        for (Parameter parameter : parameters) {
            if (parameter.name().equals(parameterName)) {
                return parameter;
            }
        }
        return null;
    }

    /** As it stands in a header: {@code permessage-deflate; client_max_window_bits=15}. */
    @Override
    public String toString() {
        final StringBuilder out = new StringBuilder(name);
        for (Parameter parameter : parameters) {
            out.append("; ").append(parameter);
        }
        return out.toString();
    }

    /**
     * {@return the list as it stands in one header line}
     *
     * @param extensions the extensions in order
     */
    public static String format(List<ExtensionOffer> extensions) {
        final StringBuilder out = new StringBuilder();
        for (ExtensionOffer extension : extensions) {
            out.append(out.isEmpty() ? "" : ", ").append(extension);
        }
        return out.toString();
    }

    /**
     * Reads a header line.
     *
     * @param line value of the header
     * @return what it offers, in order
     * @throws IllegalArgumentException if it breaks the grammar, or holds more than {@link #MAX_EXTENSIONS}; for lines a peer sent use
     *                                  {@link #tryParse}
     */
    public static List<ExtensionOffer> parse(String line) {
        final List<ExtensionOffer> extensions = tryParse(List.of(line));
        if (extensions == null) {
            throw new IllegalArgumentException("not a list of extensions");
        }
        return extensions;
    }

    /**
     * Reads the lines of a header a peer sent.
     *
     * @param lines values of the header, in order
     * @return what they offer, in order; {@code null} if they break the grammar or a limit
     */
    public static List<ExtensionOffer> tryParse(List<String> lines) {
        if (lines.isEmpty()) {
            return List.of();
        }
        final List<ExtensionOffer> extensions = new ArrayList<>();
        for (String line : lines) {
            if (!new ExtensionParser(line).parseInto(extensions)) {
                return null;
            }
        }
        return List.copyOf(extensions);
    }
}
