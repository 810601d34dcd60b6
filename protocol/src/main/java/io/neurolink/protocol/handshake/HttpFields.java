package io.neurolink.protocol.handshake;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The header fields of one received head, in the order they came: an immutable view over its bytes. Strings are made when they are asked
 * for, one per octet (ISO 8859-1). Names are compared without regard to ASCII case. Every lookup walks the fields once; there is no table
 * whose keys a peer could choose.
 */
public final class HttpFields {
    static final int NAME_START = 0;
    static final int NAME_END = 1;
    static final int VALUE_START = 2;
    static final int VALUE_END = 3;
    static final int INTS_PER_FIELD = 4;

    private final byte[] bytes;
    private final int[] offsets;
    private final int count;

    HttpFields(byte[] bytes, int[] offsets, int count) {
        this.bytes = bytes;
        this.offsets = offsets;
        this.count = count;
    }

    /** The number of field lines. */
    public int count() {
        return count;
    }

    /** The name of field line {@code index}, as it came. */
    public String name(int index) {
        return text(index, NAME_START, NAME_END);
    }

    /** The value of field line {@code index}, without the spaces around it. */
    public String value(int index) {
        return text(index, VALUE_START, VALUE_END);
    }

    /** The bytes of memory that the fields take. */
    int heldBytes() {
        return bytes.length + Integer.BYTES * offsets.length;
    }

    /** The value of the first field line called {@code name}, or {@code null}. */
    public String first(String name) {
        final int index = indexOf(name, 0);
        return index < 0 ? null : value(index);
    }

    /** The values of all field lines called {@code name}, in order; empty if there is none. */
    public List<String> all(String name) {
        final int first = indexOf(name, 0);
        if (first < 0) {
            return List.of();
        }
        final List<String> values = new ArrayList<>(2);
        for (int i = first; i >= 0; i = indexOf(name, i + 1)) {
            values.add(value(i));
        }
        return List.copyOf(values);
    }

    /** The number of field lines called {@code name}. */
    public int countOf(String name) {
        int found = 0;
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
            found++;
        }
        return found;
    }

    /** Whether there is a field line called {@code name}. */
    public boolean contains(String name) {
        return indexOf(name, 0) >= 0;
    }

    /** Every name once, as it was written first, in order. */
    public List<String> names() {
        final List<String> names = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            final String name = name(i);
            if (indexOf(name, 0) == i) {
                names.add(name);
            }
        }
        return List.copyOf(names);
    }

    /**
     * The elements of a comma-separated list that may be spread over several field lines (RFC 9110 section 5.6.1), trimmed, empty ones left
     * out, as they were written.
     */
    public List<String> tokens(String name) {
        final int first = indexOf(name, 0);
        if (first < 0) {
            return List.of();
        }
        final List<String> tokens = new ArrayList<>();
        for (int i = first; i >= 0; i = indexOf(name, i + 1)) {
            addTokens(value(i), tokens);
        }
        return List.copyOf(tokens);
    }

    /** Whether the list {@code name} holds {@code token}, without regard to ASCII case. */
    public boolean hasToken(String name, String token) {
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
            if (isInList(offset(i, VALUE_START), offset(i, VALUE_END), token)) {
                return true;
            }
        }
        return false;
    }

    private boolean isInList(int start, int end, String token) {
        int from = start;
        for (int at = start; at <= end; at++) {
            if (at == end || bytes[at] == ',') {
                if (isTrimmed(from, at, token)) {
                    return true;
                }
                from = at + 1;
            }
        }
        return false;
    }

    private boolean isTrimmed(int start, int end, String token) {
        int from = start;
        int to = end;
        while (from < to && HttpChars.isBlank(bytes[from])) {
            from++;
        }
        while (to > from && HttpChars.isBlank(bytes[to - 1])) {
            to--;
        }
        return equalsIgnoreCase(from, to, token);
    }

    private static void addTokens(String value, List<String> tokens) {
        int start = 0;
        while (start <= value.length()) {
            final int comma = value.indexOf(',', start);
            final int end = comma < 0 ? value.length() : comma;
            final String token = HttpChars.trim(value.substring(start, end));
            if (!token.isEmpty()) {
                tokens.add(token);
            }
            start = end + 1;
        }
    }

    private int indexOf(String name, int from) {
        for (int i = from; i < count; i++) {
            if (isNamed(i, name)) {
                return i;
            }
        }
        return -1;
    }

    private boolean isNamed(int index, String name) {
        return equalsIgnoreCase(offset(index, NAME_START), offset(index, NAME_END), name);
    }

    private boolean equalsIgnoreCase(int start, int end, String text) {
        if (end - start != text.length()) {
            return false;
        }
        for (int i = start; i < end; i++) {
            if (HttpChars.lower(bytes[i] & 0xFF) != HttpChars.lower(text.charAt(i - start))) {
                return false;
            }
        }
        return true;
    }

    private int offset(int index, int which) {
        return offsets[index * INTS_PER_FIELD + which];
    }

    private String text(int index, int startOffset, int endOffset) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException("field " + index + " of " + count);
        }
        final int start = offset(index, startOffset);
        final int end = offset(index, endOffset);
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    /** The number of fields only: names and values are the peer's, and may be secrets. */
    @Override
    public String toString() {
        return "HttpFields[" + count + "]";
    }
}
