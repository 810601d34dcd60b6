package io.neurolink.engine.jfr;

import java.util.Set;
import jdk.jfr.SettingControl;

/** A setting of an event: from how many bytes on. The least that any recording wants is what holds. */
final class MinimumSize extends SettingControl {
    private static final int DEFAULT_BYTES = 64 * 1024;
    private static final int KI = 1024;

    private String value = "64k";
    private int bytes = DEFAULT_BYTES;

    int bytes() {
        return bytes;
    }

    @Override
    public String combine(Set<String> settingValues) {
        String least = null;
        for (String candidate : settingValues) {
            if (least == null || parse(candidate) < parse(least)) {
                least = candidate;
            }
        }
        return least == null ? "64k" : least;
    }

    @Override
    public void setValue(String settingValue) {
        value = settingValue;
        bytes = parse(settingValue);
        JfrEvents.largeLength(bytes);
    }

    @Override
    public String getValue() {
        return value;
    }

    /** What cannot be read, which nobody could be told of here, is the default. */
    static int parse(String text) {
        String digits = text.trim().toLowerCase(java.util.Locale.ROOT);
        long factor = digits.endsWith("k") ? KI : digits.endsWith("m") ? KI * KI : 1;
        try {
            long number = Long.parseLong(factor == 1 ? digits : digits.substring(0, digits.length() - 1).trim());
            return number < 0 ? DEFAULT_BYTES : (int) Math.min(Integer.MAX_VALUE, Math.multiplyExact(number, factor));
        } catch (NumberFormatException | ArithmeticException e) {
            return DEFAULT_BYTES;
        }
    }
}
