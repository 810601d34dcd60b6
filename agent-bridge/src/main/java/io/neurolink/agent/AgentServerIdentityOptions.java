package io.neurolink.agent;

import io.neurolink.engine.ClientCertificates;
import io.neurolink.engine.auth.CertificateName;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that say where users and their credentials are known, beside the few that are in {@link AgentServerOptions}. */
final class AgentServerIdentityOptions {
    @Option(names = "--credentials-file", paramLabel = "FILE", order = 11,
            description = "A file with lines like the values of --token, or of --basic-user for --auth basic, as they are or hashed (see"
                    + " below); followed when it changes.")
    Path credentialsFile;

    @Option(names = "--introspection", paramLabel = "URL", order = 11,
            description = "Bearer tokens are asked about at this OAuth 2.0 introspection endpoint (RFC 7662).")
    URI introspection;

    @Option(names = "--introspection-client", paramLabel = "ID", order = 11, description = "As which client the endpoint is asked.")
    String introspectionClient;

    @Option(names = "--introspection-secret-env", paramLabel = "NAME", order = 11,
            description = "Environment variable that holds the client's secret.")
    String introspectionSecretEnv;

    @Option(names = "--introspection-secret-file", paramLabel = "FILE", order = 11, description = "File that holds the client's secret.")
    Path introspectionSecretFile;

    @Option(names = "--introspection-issuer", paramLabel = "ISSUER", order = 11, description = "What iss of an answer must be.")
    String introspectionIssuer;

    @Option(names = "--introspection-audience", paramLabel = "AUDIENCE", order = 11, description = "What aud of an answer must contain.")
    String introspectionAudience;

    @Option(names = "--mtls-user", paramLabel = "NAME", defaultValue = "subject-cn", order = 11,
            converter = AgentServerConverters.MtlsUser.class,
            description = "Which name in a client's certificate is the user, for --auth mtls: subject, subject-cn, san-dns, san-email or"
                    + " san-uri. Default: ${DEFAULT-VALUE}.")
    CertificateName mtlsUser;

    @Option(names = "--tls-client-ca", paramLabel = "FILE", order = 24,
            description = "PEM file with the certificates of those who may sign a client's certificate. Clients are asked for one then.")
    Path tlsClientCa;

    @Option(names = "--tls-client-certificates", paramLabel = "MODE", order = 24,
            converter = AgentServerConverters.ClientCertificate.class,
            description = "required: who shows no certificate does not get in, also not to /api/health; wanted: a certificate that is"
                    + " shown must be valid. Default: required.")
    ClientCertificates tlsClientCertificates;

    @Option(names = "--require-role-for", paramLabel = "ACTION=ROLE", order = 16, converter = AgentServerConverters.Need.class,
            description = "Role that a user must have for a type of message (stream, generate, tool_call, ...) or a tool (tool:NAME,"
                    + " tool:*), any of them where repeated. Who has not gets FORBIDDEN.")
    List<AgentServerConverters.Need.Value> rolesFor = List.of();

    @Option(names = "--require-permission-for", paramLabel = "ACTION=PERMISSION", order = 16,
            converter = AgentServerConverters.Need.class,
            description = "Permission that a user must have for an action, as above, all of them where repeated.")
    List<AgentServerConverters.Need.Value> permissionsFor = List.of();

    @Option(names = "--user-messages-per-minute", paramLabel = "N", defaultValue = "0", order = 16,
            description = "Messages a user may send per minute, on all connections; more are answered with RATE_LIMITED; 0 = no limit."
                    + " Default: ${DEFAULT-VALUE}.")
    int userMessagesPerMinute;

    @Option(names = "--user-runs-per-minute", paramLabel = "N", defaultValue = "0", order = 16,
            description = "Runs a user may start per minute, the same. Default: ${DEFAULT-VALUE}.")
    int userRunsPerMinute;

    @Option(names = "--user-tokens-per-minute", paramLabel = "N", defaultValue = "0", order = 16,
            description = "Tokens of models a user may use per minute, the same. Default: ${DEFAULT-VALUE}.")
    long userTokensPerMinute;

    @Option(names = "--user-concurrent-runs", paramLabel = "N", defaultValue = "64", order = 16,
            description = "Runs a user may have going; more are answered with TOO_MANY_RUNS. Default: ${DEFAULT-VALUE}.")
    int userConcurrentRuns;

    /** @return whether clients must have a certificate; the default counts only where authorities are named. */
    ClientCertificates clientCertificates() {
        return tlsClientCertificates == null ? ClientCertificates.REQUIRED : tlsClientCertificates;
    }
}
