package io.neurolink.agent.demo;

/**
 * A text in pieces: each a word with the white space that follows it. Together they are the text again. Not safe for use by several
 * threads.
 */
final class Words {
    private final String text;
    private final long count;
    private int position;
    private long number;

    private Words(String text, long count) {
        this.text = text;
        this.count = count;
    }

    static Words of(String text) {
        return new Words(text, -1);
    }

    /** {@code w1 w2 …} up to the count, made as they are asked for. */
    static Words numbered(long count) {
        return new Words("", count);
    }

    static long count(String text) {
        Words words = of(text);
        long count = 0;
        while (words.next() != null) {
            count++;
        }
        return count;
    }

    boolean hasNext() {
        return count >= 0 ? number < count : position < text.length();
    }

    /** @return the next piece, or null after the last. */
    String next() {
        if (!hasNext()) {
            return null;
        }
        return count >= 0 ? nextNumbered() : nextOfText();
    }

    private String nextNumbered() {
        number++;
        return number < count ? "w" + number + " " : "w" + number;
    }

    private String nextOfText() {
        int start = position;
        while (position < text.length() && !Character.isWhitespace(text.charAt(position))) {
            position++;
        }
        while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
            position++;
        }
        return text.substring(start, position);
    }
}
