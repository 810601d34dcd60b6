package io.neurolink.engine.auth;

import io.neurolink.engine.spi.UpgradeRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * Where a token is looked for, in this order: header, query parameter, cookie, subprotocol. The first that is there counts. Browsers can
 * send only the last three.
 *
 * @param scheme            scheme of the {@code Authorization} header, such as {@code Bearer}; in other headers it may be left out
 * @param headerName        name of the header, or null for none
 * @param queryParameter    name of the query parameter, or null for none
 * @param cookieName        name of the cookie, or null for none
 * @param subprotocolPrefix what a subprotocol starts with whose rest is the token in base64url, such as {@code bearer.}, or null for none
 */
public record CredentialSources(
        String scheme, String headerName, String queryParameter, String cookieName, String subprotocolPrefix) {

    private static final Lookup ABSENT = new Lookup(null, null);

    /** A credential, or a fault, or neither where there is none. */
    record Lookup(String credential, String fault) {
        static Lookup found(String credential) {
            return new Lookup(credential, null);
        }

        static Lookup malformed(String fault) {
            return new Lookup(null, fault);
        }

        boolean isAbsent() {
            return credential == null && fault == null;
        }

        /** Without the credential. */
        @Override
        public String toString() {
            return "Lookup[" + (isAbsent() ? "absent" : fault == null ? "found" : fault) + "]";
        }
    }

    /**
     * Checks what is given.
     *
     * @throws IllegalArgumentException if there is no source at all.
     */
    public CredentialSources {
        if (headerName == null && queryParameter == null && cookieName == null && subprotocolPrefix == null) {
            throw new IllegalArgumentException("a credential needs at least one source");
        }
    }

    Lookup find(UpgradeRequest request) {
        Lookup lookup = headerName == null ? ABSENT : inHeader(request.headers(headerName));
        if (lookup.isAbsent() && queryParameter != null) {
            lookup = plain(request.queryParameter(queryParameter));
        }
        if (lookup.isAbsent() && cookieName != null) {
            lookup = plain(request.cookie(cookieName));
        }
        if (lookup.isAbsent() && subprotocolPrefix != null) {
            lookup = inSubprotocols(request.subprotocols());
        }
        return hasControlCharacter(lookup.credential) ? Lookup.malformed("the credential holds a control character") : lookup;
    }

    private Lookup inHeader(List<String> values) {
        if (values.size() > 1) {
            return Lookup.malformed("the header " + headerName + " must not be sent more than once");
        }
        return values.isEmpty() ? ABSENT : inHeader(values.get(0));
    }

    private Lookup inHeader(String value) {
        int length = scheme.length();
        boolean hasScheme = value.regionMatches(true, 0, scheme, 0, length) && (value.length() == length || value.charAt(length) == ' ');
        if (hasScheme) {
            return plain(value.substring(length).strip());
        }
        return isAuthorization() ? ABSENT : plain(value);
    }

    /** There the scheme says whose credential it is: another scheme's is not for us. */
    private boolean isAuthorization() {
        return headerName.toLowerCase(Locale.ROOT).equals("authorization");
    }

    private static Lookup plain(String value) {
        return value == null || value.isEmpty() ? ABSENT : Lookup.found(value);
    }

    private Lookup inSubprotocols(List<String> subprotocols) {
        Lookup lookup = ABSENT;
        for (String subprotocol : subprotocols) {
            if (subprotocol.startsWith(subprotocolPrefix)) {
                if (!lookup.isAbsent()) {
                    return Lookup.malformed("only one subprotocol may start with " + subprotocolPrefix);
                }
                lookup = decode(subprotocol.substring(subprotocolPrefix.length()));
            }
        }
        return lookup;
    }

    private Lookup decode(String base64Url) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(base64Url);
            return bytes.length == 0
                    ? Lookup.malformed("the subprotocol " + subprotocolPrefix + " carries no credential")
                    : Lookup.found(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (IllegalArgumentException | CharacterCodingException notText) {
            return Lookup.malformed("the subprotocol " + subprotocolPrefix + " must be followed by UTF-8 text in base64url");
        }
    }

    private static boolean hasControlCharacter(String credential) {
        return credential != null && credential.chars().anyMatch(Character::isISOControl);
    }

    /** The places, for a sentence: {@code in the header Authorization or the query parameter token}. */
    String describe() {
        var places = new ArrayList<String>();
        if (headerName != null) {
            places.add("the header " + headerName + (isAuthorization() ? " (" + scheme + ")" : ""));
        }
        if (queryParameter != null) {
            places.add("the query parameter " + queryParameter);
        }
        if (cookieName != null) {
            places.add("the cookie " + cookieName);
        }
        if (subprotocolPrefix != null) {
            places.add("the subprotocol " + subprotocolPrefix + "<base64url>");
        }
        return "in " + String.join(" or ", places);
    }
}
