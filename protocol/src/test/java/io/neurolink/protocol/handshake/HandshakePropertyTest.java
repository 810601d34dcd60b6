package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class HandshakePropertyTest {
    private static final String TOKEN_CHARS = "!#$%&'*+-.^_`|~0123456789abcxyzABCXYZ";

    @Provide
    Arbitrary<String> tokens() {
        return Arbitraries.strings().withChars(TOKEN_CHARS.toCharArray()).ofMinLength(1).ofMaxLength(20);
    }

    @Provide
    Arbitrary<String> values() {
        return Arbitraries.strings().withCharRange('!', '~').withCharRange('\u0080', '\u00ff').withChars(' ', '\t').ofMaxLength(60)
            .map(HttpChars::trim);
    }

    @Provide
    Arbitrary<List<String>> subprotocols() {
        return tokens().list().ofMaxSize(8).uniqueElements();
    }

    @Provide
    Arbitrary<List<ExtensionOffer>> extensions() {
        final Arbitrary<ExtensionOffer.Parameter> parameter =
            Combinators.combine(tokens(), tokens().injectNull(0.3)).as(ExtensionOffer.Parameter::new);
        return Combinators.combine(tokens(), parameter.list().ofMaxSize(4)).as(ExtensionOffer::new)
            .list().ofMaxSize(5).uniqueElements(ExtensionOffer::name);
    }

    @Provide
    Arbitrary<Map<String, String>> headers() {
        return Arbitraries.maps(tokens().map(token -> "X-" + token), values()).ofMaxSize(6);
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void shouldOpenWhateverIsOffered(
        @ForAll("subprotocols") List<String> subprotocols,
        @ForAll("extensions") List<ExtensionOffer> extensions,
        @ForAll("headers") Map<String, String> headers,
        @ForAll long seed) {
        final Random random = new Random(seed);
        final ClientHandshake client = build(subprotocols, extensions, headers, random);

        final RequestDecoder requests = new RequestDecoder(HttpLimits.DEFAULTS);
        decodeInPieces(requests::decode, client.request(), random);
        final HttpRequestHead request = requests.head();
        final UpgradeOffer offer = assertInstanceOf(UpgradeOffer.class, ServerHandshake.validate(request));
        assertEquals(client.key(), offer.key());
        assertEquals(subprotocols, offer.subprotocols());
        assertEquals(extensions, offer.extensions());
        headers.forEach((name, value) -> assertTrue(request.headers(name).contains(value)));

        final String chosen = subprotocols.isEmpty() ? null : subprotocols.get(random.nextInt(subprotocols.size()));
        final List<ExtensionOffer> agreed = extensions.subList(0, random.nextInt(extensions.size() + 1));
        final List<HttpField> extra = new ArrayList<>();
        headers.forEach((name, value) -> extra.add(new HttpField(name, value)));
        final byte[] answer = HandshakeEncoder.switchingProtocols(offer.key(), chosen, ExtensionOffer.format(agreed), extra);

        final ResponseDecoder responses = new ResponseDecoder(HttpLimits.DEFAULTS);
        decodeInPieces(responses::decode, answer, random);
        assertEquals(new UpgradeAgreement(chosen, agreed), client.validate(responses.head()));
        headers.forEach((name, value) -> assertTrue(responses.head().headers(name).contains(value)));
    }

    private static ClientHandshake build(
        List<String> subprotocols, List<ExtensionOffer> extensions, Map<String, String> headers, Random random) {
        final ClientHandshake.Builder builder = ClientHandshake.builder("h", "/").subprotocols(subprotocols.toArray(String[]::new));
        extensions.forEach(builder::extension);
        headers.forEach(builder::header);
        return builder.build(random);
    }

    private interface Decode {
        int decode(ByteBuffer in, int position, int limit);
    }

    private static void decodeInPieces(Decode decoder, byte[] bytes, Random random) {
        int at = 0;
        while (at < bytes.length) {
            final int end = Math.min(bytes.length, at + 1 + random.nextInt(64));
            assertEquals(end, decoder.decode(ByteBuffer.wrap(bytes), at, end));
            at = end;
        }
    }

    @Property(tries = 300)
    void shouldReadBackEveryQuery(@ForAll("queries") Map<String, String> parameters) {
        final StringBuilder query = new StringBuilder();
        parameters.forEach((name, value) ->
            query.append(query.isEmpty() ? "" : "&").append(encode(name)).append('=').append(encode(value)));
        final HttpRequestHead head = Heads.get("/?" + query);
        parameters.forEach((name, value) -> assertEquals(value, head.queryParameter(name)));
        final HttpRequestHead redacted = Heads.get(head.redactedTarget(parameters.keySet()));
        parameters.forEach((name, value) -> assertEquals("***", redacted.queryParameter(name)));
        assertEquals(head.target(), head.redactedTarget(Set.of()));
    }

    @Provide
    Arbitrary<Map<String, String>> queries() {
        final Arbitrary<String> text = Arbitraries.strings().withCharRange(' ', '~').withCharRange('\u00a0', '\u2fff').ofMaxLength(20);
        return Arbitraries.maps(text, text).ofMaxSize(6).map(LinkedHashMap::new);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Property(tries = 300)
    void shouldWriteExtensionsThatReadBack(@ForAll("extensions") List<ExtensionOffer> extensions) {
        final String line = ExtensionOffer.format(extensions);
        assertEquals(extensions, extensions.isEmpty() ? List.of() : ExtensionOffer.parse(line));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void shouldReadBackWhatTheEncoderWrites(
        @ForAll("headers") Map<String, String> headers, @ForAll byte[] body, @ForAll boolean keepAlive) {
        final List<HttpField> fields = new ArrayList<>();
        headers.forEach((name, value) -> fields.add(new HttpField(name, value)));
        final byte[] response = HttpResponseEncoder.encode(200, fields, body, keepAlive, HttpDate.format(0));

        final ResponseDecoder decoder = new ResponseDecoder(HttpLimits.DEFAULTS);
        final int end = decoder.decode(ByteBuffer.wrap(response), 0, response.length);
        assertEquals(response.length - body.length, end);
        assertEquals(body.length, decoder.head().contentLength());
        assertEquals(keepAlive ? "keep-alive" : "close", decoder.head().header("Connection"));
        headers.forEach((name, value) -> assertTrue(decoder.head().headers(name).contains(value)));
    }
}
