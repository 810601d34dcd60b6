package io.neurolink.samples;

import io.neurolink.agent.oauth.TokenIntrospection;
import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.session.UserQuota;
import io.neurolink.agent.spi.ActionRules;
import io.neurolink.agent.spi.AgentAuthorizer;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.ClientCertificates;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.auth.CertificateName;
import io.neurolink.engine.auth.CredentialsFile;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** The samples of docs/identity.md, one method each. */
final class IdentitySamples {
    private IdentitySamples() {
    }

    static AuthConfig users() throws IOException {
        return AuthConfig.basicAsync(CredentialsFile.users(Path.of("users.txt")))
                .roles("admin")
                .build();
    }

    static AuthConfig introspection(String clientSecret) {
        TokenIntrospection tokens = TokenIntrospection.at(URI.create("https://id.example.com/oauth2/introspect"))
                .client("chat", clientSecret)
                .audience("chat")
                .build();
        return AuthConfig.bearerAsync(tokens)
                .permissions("chat:use")
                .build();
    }

    static Map.Entry<WebSocketConfig, TlsConfig> certificates() {
        WebSocketConfig config = WebSocketConfig.builder()
                .auth(AuthConfig.clientCertificate(certificate -> {
                    String name = CertificateName.SAN_URI.apply(certificate);
                    return name == null ? null : AuthenticatedUser.of(name);
                }).build())
                .build();
        TlsConfig tls = TlsConfig.pem(Path.of("chain.pem"), Path.of("key.pem"))
                .clientCertificates(ClientCertificates.WANTED, Path.of("authorities.pem"));
        return Map.entry(config, tls);
    }

    static AgentHandlerConfig rules() {
        AgentHandlerConfig config = AgentHandlerConfig.builder()
                .authorizer(ActionRules.builder()
                        .role("tool:*", "staff")
                        .permission("tool:refund", "payments:write")
                        .permission("stream", "chat:use")
                        .permission("generate", "chat:use")
                        .build())
                .build();
        return config;
    }

    static AgentAuthorizer byModel() {
        AgentAuthorizer byModel = AgentAuthorizer.of((user, action) ->
                !(action.payload().get("options") instanceof Map<?, ?> options) || !"large".equals(options.get("model"))
                        || user != null && user.roles().contains("pro"));
        return byModel;
    }

    static AgentHandlerConfig quotas() {
        AgentHandlerConfig config = AgentHandlerConfig.builder()
                .userQuotas(user -> user != null && user.roles().contains("pro")
                        ? UserQuota.NONE.withRunsPerMinute(120).withTokensPerMinute(200_000)
                        : UserQuota.NONE.withMessagesPerMinute(60).withRunsPerMinute(10).withTokensPerMinute(20_000).withConcurrentRuns(2))
                .build();
        return config;
    }
}
