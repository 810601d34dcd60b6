package io.neurolink.engine;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Holds the floor plan: which package may know which, as a table; what is not in the table fails. */
class PackageArrowsTest {
    private static final String HOUSE = "io.neurolink.";
    private static final String AGRONA = "org.agrona..";
    private static final String JCTOOLS = "org.jctools.queues..";
    private static final String MICROMETER = "io.micrometer.core..";
    private static final String JFR = "jdk.jfr..";
    private static final String TLS = "javax.net.ssl";

    /** For masking keys, and for hashes of passwords. */
    private static final String CRYPTO = "javax.crypto..";

    /** A package, the packages of the house it may import, and the libraries beside the JDK. */
    private record Room(String name, List<String> mayImport, List<String> libraries) {
        static Room of(String name, String mayImport, String... libraries) {
            return new Room(name, mayImport.isEmpty() ? List.of() : List.of(mayImport.split(" ")), List.of(libraries));
        }

        String packageName() {
            return HOUSE + name;
        }

        String[] allowed() {
            return Stream.of(Stream.of("java..", packageName()), mayImport.stream().map(HOUSE::concat), libraries.stream())
                    .flatMap(names -> names).toArray(String[]::new);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Bottom up: a room knows only rooms above it in this list. */
    static final List<Room> ROOMS = List.of(
            Room.of("protocol", ""),
            Room.of("protocol.handshake", "protocol"),
            Room.of("protocol.deflate", "protocol protocol.handshake"),
            Room.of("protocol.proxy", "protocol.handshake"),
            Room.of("engine.jfr", "", JFR),
            Room.of("engine.duty", "", AGRONA, JCTOOLS),
            Room.of("engine.metrics", ""),
            Room.of("engine.status", "engine.duty engine.metrics", AGRONA),
            Room.of("engine.transport", "engine.duty engine.status", AGRONA, TLS),
            Room.of("engine.tls", "engine.status", AGRONA, TLS),
            Room.of("engine.spi", "protocol"),
            Room.of("engine.loop", "protocol protocol.handshake protocol.deflate protocol.proxy engine.spi engine.transport engine.duty"
                    + " engine.status engine.jfr",
                    AGRONA, JCTOOLS, CRYPTO),
            Room.of("engine.worker", "engine.loop engine.spi engine.duty engine.status", AGRONA, JCTOOLS),
            Room.of("engine.cluster", "engine.spi engine.duty engine.status", AGRONA, JCTOOLS),
            Room.of("engine.http", "protocol protocol.handshake engine.metrics engine.spi"),
            Room.of("engine.auth", "protocol protocol.handshake engine.spi", CRYPTO, "javax.security.auth.x500"),
            Room.of("engine", "protocol protocol.handshake protocol.deflate engine.spi engine.duty engine.metrics engine.status"
                    + " engine.transport engine.loop engine.worker engine.http engine.auth engine.tls engine.jfr engine.cluster", AGRONA,
                    JCTOOLS, TLS),
            Room.of("engine.client", "protocol protocol.handshake protocol.deflate engine.spi engine.status engine.transport engine.loop"
                    + " engine.tls engine", TLS),
            Room.of("engine.micrometer", "engine engine.metrics", MICROMETER));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("module-info"))
            .importPackages("io.neurolink");

    @ParameterizedTest
    @FieldSource("ROOMS")
    void shouldImportOnlyWhatTheFloorPlanAllows(Room room) {
        classes().that().resideInAPackage(room.packageName())
                .should().onlyDependOnClassesThat(resideInAnyPackage(room.allowed()).or(isPrimitive()))
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @ParameterizedTest
    @FieldSource("ROOMS")
    void shouldKnowOnlyRoomsAboveItself(Room room) {
        List<String> above = ROOMS.subList(0, ROOMS.indexOf(room)).stream().map(Room::name).toList();
        assertEquals(List.of(), room.mayImport().stream().filter(name -> !above.contains(name)).toList());
    }

    @Test
    void shouldListEveryPackageInTheFloorPlan() {
        var known = ROOMS.stream().map(Room::packageName).toList();
        var unknown = new TreeSet<String>();
        CLASSES.stream().map(JavaClass::getPackageName).filter(name -> !known.contains(name)).forEach(unknown::add);
        assertEquals(new TreeSet<String>(), unknown);
        assertFalse(CLASSES.isEmpty());
    }

    @Test
    void shouldHaveNoCycles() {
        SlicesRuleDefinition.slices().matching("io.neurolink.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void shouldTouchChannelsOnlyInTransportAndLoop() {
        noClasses().that(not(resideInAnyPackage(HOUSE + "engine.transport", HOUSE + "engine.loop"))
                        .and(not(named(HOUSE + "engine.AccessLogFile"))))
                .should().dependOnClassesThat().resideInAnyPackage("java.nio.channels..")
                .check(CLASSES);
    }

    @Test
    void shouldKeepProtocolFreeOfSocketsThreadsClocksAndLoggers() {
        noClasses().that().resideInAPackage(HOUSE + "protocol..")
                .should().dependOnClassesThat(named("java.lang.Thread", "java.lang.System$Logger", "java.net.Socket", "java.time.Clock")
                        .or(resideInAnyPackage("java.nio.channels..", "java.util.concurrent..")))
                .orShould().callMethod(System.class, "nanoTime")
                .orShould().callMethod(System.class, "currentTimeMillis")
                .check(CLASSES);
    }

    @Test
    void shouldReadTheClockOnlyInTheDuty() {
        noClasses().that().resideInAnyPackage(HOUSE + "engine.transport", HOUSE + "engine.loop", HOUSE + "engine.worker")
                .should().callMethod(System.class, "nanoTime")
                .orShould().callMethod(System.class, "currentTimeMillis")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void shouldUseNothingThatNeedsAFlagOrWarns() {
        noClasses().should().dependOnClassesThat(resideInAnyPackage("sun..", "jdk.internal..", "java.util.logging..",
                        "org.jctools.queues.unpadded..", "org.jctools.maps..", "org.jctools.util..",
                        "org.agrona.concurrent.ringbuffer..", "org.agrona.concurrent.broadcast..", "org.agrona.concurrent.status..",
                        "org.agrona.concurrent.errors..", "org.agrona.nio..")
                        .or(named("org.agrona.UnsafeAccess", "org.agrona.concurrent.UnsafeBuffer"))
                        .or(nameMatches("org\\.jctools\\.queues\\.(Spsc|Mpsc|Spmc|Mpmc)\\w+"))
                        .or(nameMatches("org\\.agrona\\.concurrent\\.\\w+Concurrent\\w*Queue")))
                .check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> isPrimitive() {
        return DescribedPredicate.describe("a primitive type", type -> type.getBaseComponentType().isPrimitive());
    }

    private static DescribedPredicate<JavaClass> named(String... names) {
        return DescribedPredicate.describe("named " + List.of(names),
                type -> Arrays.asList(names).contains(type.getName()));
    }

    private static DescribedPredicate<JavaClass> nameMatches(String pattern) {
        return DescribedPredicate.describe("named like " + pattern, type -> type.getName().matches(pattern));
    }
}
