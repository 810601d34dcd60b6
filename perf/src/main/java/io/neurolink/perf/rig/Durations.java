package io.neurolink.perf.rig;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time as {@code 300ms}, {@code 1.5s}, {@code 5} (seconds) or {@code 2m}, in nanoseconds. */
public final class Durations implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,6})?)(ms|s|m|)");

    @Override
    public Long convert(String value) {
        Matcher form = FORM.matcher(value);
        if (!form.matches()) {
            throw new TypeConversionException("must be a time as 300ms, 1.5s or 2m, not '" + value + "'");
        }
        double unitNs = switch (form.group(2)) {
            case "ms" -> 1e6;
            case "m" -> 60e9;
            default -> 1e9;
        };
        return Math.round(Double.parseDouble(form.group(1)) * unitNs);
    }
}
