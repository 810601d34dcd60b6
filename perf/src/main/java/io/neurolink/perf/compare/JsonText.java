package io.neurolink.perf.compare;

import com.dslplatform.json.DslJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Reads JSON objects. */
final class JsonText {
    private static final DslJson<Object> READER = new DslJson<>(new DslJson.Settings<>());

    private JsonText() {
    }

    /**
     * @param text a JSON object.
     * @return its members; objects in it are maps, arrays are lists, numbers are of any class.
     * @throws IllegalArgumentException if it is none.
     */
    static Map<String, Object> read(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try {
            @SuppressWarnings("unchecked")
            Map<String, Object> map = READER.deserialize(Map.class, bytes, bytes.length);
            if (map == null) {
                throw new IllegalArgumentException("no JSON object: " + start(text));
            }
            return map;
        } catch (IOException e) {
            throw new IllegalArgumentException("no JSON object: " + start(text), e);
        }
    }

    private static String start(String text) {
        return text.substring(0, Math.min(80, text.length()));
    }
}
