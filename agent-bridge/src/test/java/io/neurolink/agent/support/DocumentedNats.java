package io.neurolink.agent.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The configuration of NATS that the documents show, for a test's own machine. */
public final class DocumentedNats {
    private static final Pattern USER = Pattern.compile("(?s)( {6}\\{\n.*?\n {6}}\n)");
    private static final Pattern TLS = Pattern.compile("(?s)tls \\{.*?\n\\}\n");
    private static final Pattern SUBJECT = Pattern.compile("\"((?:shop\\.|\\$JS\\.)[^\"]*)\"");

    private final String text;

    private DocumentedNats(String text) {
        this.text = text;
    }

    public static DocumentedNats read() throws IOException {
        return new DocumentedNats(Files.readString(Documents.ROOT.resolve("docs/operations/nats/nats-server.conf")));
    }

    /**
     * @param folder      where the streams are.
     * @param certificate what it shows; null = it speaks no TLS.
     * @param users       beside the one that the documents name, each with a comma or an end of line behind it.
     * @return its lines, but for the address.
     */
    public String[] lines(Path folder, TestCertificate certificate, String users) {
        String here = certificate == null ? TLS.matcher(text).replaceFirst("")
                : text.replace("/etc/nats/server.pem", certificate.chain().toString())
                        .replace("/etc/nats/server-key.pem", certificate.key().toString());
        return here.replace("listen: \"0.0.0.0:4222\"\n", "")
                .replace("/var/lib/nats", folder.resolve("streams").toString())
                .replace("$SHOP_PASSWORD", "\"secret\"")
                .replace("    users: [\n", "    users: [\n" + users)
                .split("\n");
    }

    /** @return the subjects that the user may publish to, and then those it may subscribe to. */
    public List<String> subjects() {
        return SUBJECT.matcher(text).results().map(found -> found.group(1)).toList();
    }

    /**
     * @param prefix of another deployment, and the name of its user.
     * @param lacks  place in {@link #subjects} of the one that this user is not allowed, or -1.
     * @return a user like the one that the documents show.
     */
    public String user(String name, String prefix, int lacks) {
        Matcher user = USER.matcher(text);
        if (!user.find()) {
            throw new IllegalStateException("no user in " + text);
        }
        Matcher subject = SUBJECT.matcher(user.group(1).replace("user: \"shop\"", "user: \"" + name + "\""));
        StringBuilder changed = new StringBuilder();
        for (int place = 0; subject.find(); place++) {
            String allowed = subject.group(1).replaceAll("^shop\\.", prefix + ".").replaceAll("shop_runs$", prefix + "_runs");
            subject.appendReplacement(changed, Matcher.quoteReplacement("\"" + (place == lacks ? "nothing" : allowed) + "\""));
        }
        return subject.appendTail(changed).toString().replace("$SHOP_PASSWORD", "\"secret\"");
    }
}
