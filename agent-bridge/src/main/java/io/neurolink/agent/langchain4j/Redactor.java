package io.neurolink.agent.langchain4j;

import java.util.List;

/** Takes secrets out of texts. Its own text has none. */
final class Redactor {
    static final Redactor NONE = new Redactor(List.of());

    private static final String REPLACEMENT = "[redacted]";

    private final List<String> secrets;

    private Redactor(List<String> secrets) {
        this.secrets = secrets;
    }

    /**
     * @param secret the secret, or null if there is none.
     */
    static Redactor of(String secret) {
        return secret == null || secret.isBlank() ? NONE : new Redactor(List.of(secret));
    }

    String clean(String text) {
        String cleaned = text;
        for (String secret : secrets) {
            cleaned = cleaned.replace(secret, REPLACEMENT);
        }
        return cleaned;
    }

    /** @return whether the error, or one below it, tells a secret. */
    boolean isTold(Throwable error) {
        int depth = 0;
        for (Throwable current = error; current != null && depth < 32; current = current.getCause(), depth++) {
            String text = current.toString();
            if (secrets.stream().anyMatch(text::contains)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return "Redactor of " + secrets.size();
    }
}
