package io.neurolink.protocol.handshake;

import java.util.ArrayList;
import java.util.List;

/**
 * One pass over one header line, never a step back:
 *
 * <pre>
 *   list      = [ extension ] *( "," [ extension ] )
 *   extension = token *( ";" param )
 *   param     = token [ "=" ( token | quoted-string that is a token once unquoted ) ]
 * </pre>
 *
 * Spaces and tabs may stand around every element.
 */
final class ExtensionParser {
    private final String line;
    private int at;

    ExtensionParser(String line) {
        this.line = line;
    }

    /** False if the line breaks the grammar, or there are too many extensions. */
    boolean parseInto(List<ExtensionOffer> extensions) {
        boolean hasAny = false;
        do {
            skipBlanks();
            if (at < line.length() && line.charAt(at) != ',') {
                final ExtensionOffer extension = parseExtension();
                if (extension == null || extensions.size() == ExtensionOffer.MAX_EXTENSIONS) {
                    return false;
                }
                extensions.add(extension);
                hasAny = true;
            }
        } while (take(','));
        return hasAny && at == line.length();
    }

    private ExtensionOffer parseExtension() {
        final String name = parseToken();
        if (name == null) {
            return null;
        }
        final List<ExtensionOffer.Parameter> parameters = new ArrayList<>(4);
        while (take(';')) {
            skipBlanks();
            final ExtensionOffer.Parameter parameter = parseParameter();
            if (parameter == null || parameters.size() == ExtensionOffer.MAX_PARAMETERS) {
                return null;
            }
            parameters.add(parameter);
        }
        return new ExtensionOffer(name, parameters);
    }

    private ExtensionOffer.Parameter parseParameter() {
        final String name = parseToken();
        if (name == null) {
            return null;
        }
        if (!take('=')) {
            return new ExtensionOffer.Parameter(name, null);
        }
        skipBlanks();
        final String value = at < line.length() && line.charAt(at) == '"' ? parseQuoted() : parseToken();
        return value == null ? null : new ExtensionOffer.Parameter(name, value);
    }

    private String parseToken() {
        final int start = at;
        while (at < line.length() && HttpChars.isTokenChar(line.charAt(at))) {
            at++;
        }
        return at == start ? null : line.substring(start, at);
    }

    private String parseQuoted() {
        final StringBuilder value = new StringBuilder();
        at++;
        while (at < line.length() && line.charAt(at) != '"') {
            if (line.charAt(at) == '\\') {
                at++;
            }
            if (at == line.length() || !HttpChars.isTokenChar(line.charAt(at))) {
                return null;
            }
            value.append(line.charAt(at++));
        }
        if (at == line.length() || value.isEmpty()) {
            return null;
        }
        at++;
        return value.toString();
    }

    private boolean take(char expected) {
        skipBlanks();
        if (at < line.length() && line.charAt(at) == expected) {
            at++;
            return true;
        }
        return false;
    }

    private void skipBlanks() {
        while (at < line.length() && HttpChars.isBlank(line.charAt(at))) {
            at++;
        }
    }
}
