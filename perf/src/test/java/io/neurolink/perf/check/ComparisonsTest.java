package io.neurolink.perf.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.Param;

class ComparisonsTest {
    static final List<Comparison> ALL = Comparisons.ALL;

    /** A benchmark that was renamed would just not be measured. */
    @ParameterizedTest
    @FieldSource("ALL")
    void shouldNameBenchmarksThatThereAre(Comparison comparison) {
        Set<String> names = Arrays.stream(comparison.benchmark().getMethods())
                .filter(method -> method.isAnnotationPresent(Benchmark.class))
                .map(ComparisonsTest::nameOf).collect(Collectors.toSet());
        assertTrue(names.containsAll(List.of(comparison.method(), comparison.baseline())), names::toString);
    }

    /** JMH passes over values for parameters that a benchmark does not have. */
    @ParameterizedTest
    @FieldSource("ALL")
    void shouldNameParametersThatThereAre(Comparison comparison) {
        for (String name : comparison.params().keySet()) {
            assertTrue(Arrays.stream(comparison.benchmark().getDeclaredFields()).filter(field -> field.isAnnotationPresent(Param.class))
                    .map(Field::getName).anyMatch(name::equals), name);
        }
    }

    /** Two figures of one name would be mixed up, and a parameter left open would make several of one. */
    @Test
    void shouldHaveOneNameEachAndLeaveNoChoiceOpen() {
        assertEquals(ALL.size(), ALL.stream().map(Comparison::name).distinct().count());
        for (Comparison comparison : ALL) {
            Set<String> open = new HashSet<>();
            for (Field field : comparison.benchmark().getDeclaredFields()) {
                Param param = field.getAnnotation(Param.class);
                if (param != null && (param.value().length > 1 || field.getType().isEnum())) {
                    open.add(field.getName());
                }
            }
            open.removeAll(comparison.params().keySet());
            assertEquals(Set.of(), open, comparison::name);
        }
    }

    @Test
    void shouldSortParametersInTheName() {
        assertEquals("Codec.a x=1 y=2 / b",
                new Comparison(io.neurolink.perf.micro.CodecBenchmark.class, "a", "b", Map.of("y", "2", "x", "1")).name());
    }

    private static String nameOf(Method method) {
        Group group = method.getAnnotation(Group.class);
        return group == null ? method.getName() : group.value();
    }
}
