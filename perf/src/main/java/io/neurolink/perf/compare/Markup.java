package io.neurolink.perf.compare;

import java.util.Locale;

/** A page in the making: well-formed as XML as well as HTML. */
final class Markup {
    private final StringBuilder text = new StringBuilder(1 << 16);

    /** Adds what is markup already; numbers are formatted as {@link String#format}. */
    Markup add(String format, Object... values) {
        text.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
        return this;
    }

    /** Adds an element that holds text only. */
    Markup element(String tag, String content) {
        return add("<" + tag + ">").text(content).add("</" + tag.split(" ")[0] + ">");
    }

    /** Adds text. */
    Markup text(String content) {
        text.append(escaped(content));
        return this;
    }

    /** Text as it stands between tags or in an attribute. */
    static String escaped(String content) {
        return content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
