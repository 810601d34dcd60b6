package io.neurolink.agent;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.spi.HandlerThreading;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the values of options are read. A complaint never repeats a value that holds a secret. */
final class AgentServerConverters {
    private AgentServerConverters() {
    }

    private static List<String> roles(String text, String form) {
        List<String> roles = List.of(text.split(",", -1));
        if (roles.stream().anyMatch(String::isBlank)) {
            throw new TypeConversionException("must be " + form + " with no empty role");
        }
        return roles;
    }

    private static <T> T oneOf(Stream<T> values, String value) {
        List<T> all = values.toList();
        return all.stream().filter(one -> nameOf(one).equals(value)).findFirst().orElseThrow(() -> new TypeConversionException(
                "must be one of " + String.join(", ", all.stream().map(AgentServerConverters::nameOf).toList()) + ", not '" + value + "'"));
    }

    private static String nameOf(Object value) {
        return value instanceof Enum<?> constant ? constant.name().toLowerCase(Locale.ROOT).replace('_', '-') : value.toString();
    }

    /** Name of an authentication strategy. */
    static final class Auth implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            return oneOf(Stream.of("none", "bearer", "apiKey", "basic"), value);
        }
    }

    /** Idle mode, as {@code busy-spin}. */
    static final class Idle implements ITypeConverter<IdleMode> {
        @Override
        public IdleMode convert(String value) {
            return oneOf(Stream.of(IdleMode.AUTO, IdleMode.BUSY_SPIN, IdleMode.BACKOFF, IdleMode.BLOCKING), value);
        }
    }

    /** Compression, as {@code shared}. */
    static final class Compression implements ITypeConverter<CompressionConfig.Mode> {
        @Override
        public CompressionConfig.Mode convert(String value) {
            return oneOf(Stream.of(CompressionConfig.Mode.values()), value);
        }
    }

    /** Handler threading; refuses what this JDK cannot do. */
    static final class Threading implements ITypeConverter<HandlerThreading> {
        private static final int VIRTUAL_THREADS_SINCE = 21;

        @Override
        public HandlerThreading convert(String value) {
            HandlerThreading threading = oneOf(Stream.of(HandlerThreading.values()), value);
            if (threading == HandlerThreading.VIRTUAL && Runtime.version().feature() < VIRTUAL_THREADS_SINCE) {
                throw new TypeConversionException("virtual needs JDK 21 or later, this is " + Runtime.version().feature());
            }
            return threading;
        }
    }

    /** {@code USER[:ROLE,ROLE…]=TOKEN}; the first {@code =} ends the user. */
    static final class Token implements ITypeConverter<StaticCredential> {
        private static final String FORM = "USER[:ROLE,ROLE...]=TOKEN";

        @Override
        public StaticCredential convert(String value) {
            int equals = value.indexOf('=');
            if (equals < 0 || equals == value.length() - 1) {
                throw new TypeConversionException("must be " + FORM);
            }
            String name = value.substring(0, equals);
            int colon = name.indexOf(':');
            String user = colon < 0 ? name : name.substring(0, colon);
            if (user.isBlank()) {
                throw new TypeConversionException("must be " + FORM);
            }
            return new StaticCredential(user, colon < 0 ? List.of() : roles(name.substring(colon + 1), FORM), value.substring(equals + 1));
        }
    }

    /** {@code USER:PASSWORD[:ROLE,ROLE…]}. */
    static final class BasicUser implements ITypeConverter<StaticCredential> {
        private static final String FORM = "USER:PASSWORD[:ROLE,ROLE...]";

        @Override
        public StaticCredential convert(String value) {
            String[] parts = value.split(":", -1);
            if (parts.length < 2 || parts.length > 3 || parts[0].isBlank() || parts[1].isEmpty()) {
                throw new TypeConversionException("must be " + FORM);
            }
            return new StaticCredential(parts[0], parts.length < 3 ? List.of() : roles(parts[2], FORM), parts[1]);
        }
    }
}
