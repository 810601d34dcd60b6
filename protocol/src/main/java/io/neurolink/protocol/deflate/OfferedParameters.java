package io.neurolink.protocol.deflate;

import io.neurolink.protocol.handshake.ExtensionOffer;

/** The parameters of one {@code permessage-deflate} as they stand in a header, known to be well-formed. */
record OfferedParameters(
        boolean serverNoContextTakeover, boolean clientNoContextTakeover, int serverMaxWindowBits, int clientMaxWindowBits) {
    static final String SERVER_NO_CONTEXT_TAKEOVER = "server_no_context_takeover";
    static final String CLIENT_NO_CONTEXT_TAKEOVER = "client_no_context_takeover";
    static final String SERVER_MAX_WINDOW_BITS = "server_max_window_bits";
    static final String CLIENT_MAX_WINDOW_BITS = "client_max_window_bits";

    /** The parameter is not there. */
    static final int ABSENT = 0;

    /** The parameter is there without a value, as an offer may have {@code client_max_window_bits}. */
    static final int WITHOUT_VALUE = -1;

    private static final int WRONG = -2;

    boolean hasServerMaxWindowBits() {
        return serverMaxWindowBits != ABSENT;
    }

    boolean hasClientMaxWindowBits() {
        return clientMaxWindowBits != ABSENT;
    }

    /** {@code client_max_window_bits}, where nothing said means 15. */
    int clientWindow() {
        return clientMaxWindowBits > 0 ? clientMaxWindowBits : DeflateParameters.MAX_WINDOW_BITS;
    }

    /** {@code server_max_window_bits}, where nothing said means 15. */
    int serverWindow() {
        return serverMaxWindowBits > 0 ? serverMaxWindowBits : DeflateParameters.MAX_WINDOW_BITS;
    }

    /**
     * Reads what a peer sent.
     *
     * @return null if a parameter is unknown, given twice, has a value it must not have, or misses one it needs.
     */
    static OfferedParameters read(ExtensionOffer extension, boolean isResponse) {
        boolean serverNoContextTakeover = false;
        boolean clientNoContextTakeover = false;
        int serverBits = ABSENT;
        int clientBits = ABSENT;
        for (ExtensionOffer.Parameter parameter : extension.parameters()) {
            boolean isFlag = parameter.value() == null;
            if (parameter.name().equals(SERVER_NO_CONTEXT_TAKEOVER) && isFlag && !serverNoContextTakeover) {
                serverNoContextTakeover = true;
            } else if (parameter.name().equals(CLIENT_NO_CONTEXT_TAKEOVER) && isFlag && !clientNoContextTakeover) {
                clientNoContextTakeover = true;
            } else if (parameter.name().equals(SERVER_MAX_WINDOW_BITS) && serverBits == ABSENT) {
                serverBits = isFlag ? WRONG : windowBits(parameter.value());
            } else if (parameter.name().equals(CLIENT_MAX_WINDOW_BITS) && clientBits == ABSENT) {
                clientBits = !isFlag ? windowBits(parameter.value()) : isResponse ? WRONG : WITHOUT_VALUE;
            } else {
                return null;
            }
        }
        return serverBits == WRONG || clientBits == WRONG ? null
                : new OfferedParameters(serverNoContextTakeover, clientNoContextTakeover, serverBits, clientBits);
    }

    /** 8 to 15 in decimal digits without a leading zero; nothing else is a number of window bits. */
    private static int windowBits(String value) {
        return switch (value) {
            case "8" -> 8;
            case "9" -> 9;
            case "10" -> 10;
            case "11" -> 11;
            case "12" -> 12;
            case "13" -> 13;
            case "14" -> 14;
            case "15" -> 15;
            default -> WRONG;
        };
    }
}
