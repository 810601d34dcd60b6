package io.neurolink.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ApiSignatureTest {
    private static final String HERE = ApiSignatureTest.class.getName();

    /** Its members are those of the types below it. */
    abstract static class Hidden {
        public void inherited() {
        }

        void internal() {
        }
    }

    public abstract static class Open<T extends Comparable<T>> extends Hidden implements AutoCloseable {
        public static final int LIMIT = 7;
        static final int SECRET = 8;

        protected Open(T first) {
        }

        protected abstract List<? super T> all(T[] some) throws IOException;

        @Deprecated
        @Override
        public synchronized void close() {
        }
    }

    public static final class Closed {
        private Closed() {
        }

        protected void nobodyCanCallIt() {
        }

        private static final class Inner {
            public void nobodyCanNameIt() {
            }
        }
    }

    public sealed interface Shape permits Round {
        default double area() {
            return 0;
        }
    }

    public record Round(double radius) implements Shape {
    }

    public enum Colour { RED }

    private static List<String> of(Class<?> type) {
        return ApiSignature.of(type).stream().map(line -> line.replace(HERE + "$", "")).toList();
    }

    @Test
    void shouldListWhatUsersCanNameAndNothingElse() {
        assertEquals(List.of("public abstract static class Open<T extends java.lang.Comparable<T>> extends Hidden"
                        + " implements java.lang.AutoCloseable",
                "    protected abstract java.util.List<? super T> all(T[]) throws java.io.IOException",
                "    protected Open(T)",
                "    public static final int LIMIT = 7",
                "    public void close()",
                "    public void inherited()"), of(Open.class));
        assertEquals(List.of("public static final class Closed"), of(Closed.class));
        assertFalse(ApiSignature.isApi(Closed.Inner.class));
        assertFalse(ApiSignature.isApi(Hidden.class));
    }

    @Test
    void shouldKnowEveryKindOfType() {
        assertEquals(List.of("public static sealed interface Shape", "    public default double area()"), of(Shape.class));
        assertEquals(List.of("public static final record Round implements Shape",
                "    public double radius()",
                "    public final boolean equals(java.lang.Object)",
                "    public final int hashCode()",
                "    public final java.lang.String toString()",
                "    public Round(double)"), of(Round.class));
        assertEquals(List.of("public static enum Colour",
                "    public static final Colour RED",
                "    public static Colour valueOf(java.lang.String)",
                "    public static Colour[] values()"), of(Colour.class));
    }
}
