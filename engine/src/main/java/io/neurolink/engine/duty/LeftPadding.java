package io.neurolink.engine.duty;

/**
 * Two cache lines in front of the fields of a subclass, because processors fetch lines in pairs. Such fields are all {@code long}: the
 * JVM puts a shorter one into the gap behind the object's header, in front of the padding.
 */
abstract class LeftPadding {
    @SuppressWarnings("unused")
    private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15;
}
