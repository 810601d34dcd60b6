package io.neurolink.agent;

import io.neurolink.agent.spi.ActionRules;
import io.neurolink.engine.ClientCertificates;
import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.auth.CertificateName;
import io.neurolink.engine.auth.StaticTokens;
import io.neurolink.engine.auth.StaticUsers;
import io.neurolink.engine.auth.StoredCredential;
import io.neurolink.engine.spi.HandlerThreading;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the values of options are read. A complaint never repeats a value that holds a secret. */
final class AgentServerConverters {
    private AgentServerConverters() {
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
            return oneOf(Stream.of("none", "bearer", "apiKey", "basic", "mtls"), value);
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

    /** Name of a client's certificate, as {@code san-email}. */
    static final class MtlsUser implements ITypeConverter<CertificateName> {
        @Override
        public CertificateName convert(String value) {
            return oneOf(Stream.of(CertificateName.values()), value);
        }
    }

    /** Whether clients show certificates. */
    static final class ClientCertificate implements ITypeConverter<ClientCertificates> {
        @Override
        public ClientCertificates convert(String value) {
            return oneOf(Stream.of(ClientCertificates.REQUIRED, ClientCertificates.WANTED), value);
        }
    }

    /** {@code USER[:ROLE,ROLE…]=TOKEN}, the token as it is or hashed. */
    static final class Token implements ITypeConverter<StoredCredential> {
        @Override
        public StoredCredential convert(String value) {
            return checked(() -> {
                StoredCredential token = StoredCredential.ofToken(value);
                new StaticTokens(Map.of(token.secret(), token.authenticated()));
                return token;
            });
        }
    }

    /** {@code USER:PASSWORD[:ROLE,ROLE…]}, the password as it is or hashed. */
    static final class BasicUser implements ITypeConverter<StoredCredential> {
        @Override
        public StoredCredential convert(String value) {
            return checked(() -> {
                StoredCredential user = StoredCredential.ofUser(value);
                new StaticUsers.Login(user.user(), user.secret(), user.authenticated());
                return user;
            });
        }
    }

    /** {@code ACTION=NEED}. */
    static final class Need implements ITypeConverter<Need.Value> {
        /**
         * @param action type of a message, or a tool
         * @param need   role or permission
         */
        record Value(String action, String need) {
        }

        @Override
        public Value convert(String value) {
            int equals = value.indexOf('=');
            return checked(() -> {
                if (equals < 0) {
                    throw new IllegalArgumentException("must be like stream=NAME or tool:add=NAME, not '" + value + "'");
                }
                Value read = new Value(value.substring(0, equals), value.substring(equals + 1));
                ActionRules.builder().role(read.action, read.need);
                return read;
            });
        }
    }

    private static <T> T checked(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
