package io.neurolink.agent;

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
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Holds the floor plan of the agent bridge: which package may know which, as a table; what is not in the table fails. */
class AgentPackageArrowsTest {
    private static final String HOUSE = "io.neurolink.";
    private static final String ENGINE = "engine engine.spi protocol";
    private static final String CLOCKS = "org.agrona.concurrent..";
    private static final String QUEUES = "org.jctools.queues.atomic..";
    private static final String JSON = "com.dslplatform.json..";
    private static final String LANGCHAIN4J = "dev.langchain4j..";
    private static final String JACKSON = "com.fasterxml.jackson.databind..";
    private static final String PICOCLI = "picocli..";
    private static final String NATS = "io.nats.client..";
    private static final String TLS = "javax.net.ssl";

    /** A package, the packages of the house it may import, and the libraries beside the JDK. */
    private record Room(String name, List<String> mayImport, List<String> libraries) {
        static Room of(String name, String mayImport, String... libraries) {
            return new Room(name, mayImport.isEmpty() ? List.of() : List.of(mayImport.split(" ")), List.of(libraries));
        }

        String[] allowed() {
            return Stream.of(Stream.of("java..", HOUSE + name), mayImport.stream().map(HOUSE::concat), libraries.stream())
                    .flatMap(names -> names).toArray(String[]::new);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Bottom up: a room knows only rooms above it in this list. */
    static final List<Room> ROOMS = List.of(
            Room.of("agent.spi", "engine.spi"),
            Room.of("agent.jwt", "engine.spi", "com.nimbusds.."),
            Room.of("agent.envelope", "", JSON),
            Room.of("agent.oauth", "agent.envelope engine.spi", TLS),
            Room.of("agent.demo", "agent.spi"),
            Room.of("agent.langchain4j.http", "agent.envelope", LANGCHAIN4J),
            Room.of("agent.langchain4j", "agent.spi agent.envelope agent.langchain4j.http engine.spi", LANGCHAIN4J, JACKSON),
            Room.of("agent.metrics", "agent.spi engine.metrics engine.spi engine.status", "jdk.jfr"),
            Room.of("agent.session", "agent.spi agent.envelope agent.metrics " + ENGINE, CLOCKS, QUEUES),
            Room.of("agent.nats", "agent.spi engine.client " + ENGINE, NATS, TLS),
            Room.of("agent.client", "agent.spi agent.envelope engine.client " + ENGINE, CLOCKS),
            Room.of("agent", "agent.spi agent.jwt agent.oauth agent.nats agent.envelope agent.metrics agent.session engine.client"
                    + " engine.http engine.auth engine.metrics engine.status " + ENGINE, CLOCKS, JSON, PICOCLI, TLS));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(HOUSE + "agent");

    @ParameterizedTest
    @FieldSource("ROOMS")
    void shouldImportOnlyWhatTheFloorPlanAllows(Room room) {
        DescribedPredicate<JavaClass> primitive = DescribedPredicate.describe("a primitive type",
                type -> type.getBaseComponentType().isPrimitive());
        classes().that().resideInAPackage(HOUSE + room.name())
                .should().onlyDependOnClassesThat(resideInAnyPackage(room.allowed()).or(primitive))
                .check(CLASSES);
    }

    @ParameterizedTest
    @FieldSource("ROOMS")
    void shouldKnowOnlyRoomsAboveItself(Room room) {
        List<String> above = ROOMS.subList(0, ROOMS.indexOf(room)).stream().map(Room::name).toList();
        assertEquals(List.of(), room.mayImport().stream().filter(name -> name.startsWith("agent") && !above.contains(name)).toList());
    }

    @Test
    void shouldListEveryPackageInTheFloorPlan() {
        List<String> known = ROOMS.stream().map(room -> HOUSE + room.name()).toList();
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
    void shouldLeaveSocketsToTheEngine() {
        noClasses().should().dependOnClassesThat()
                .resideInAnyPackage("java.nio.channels..", "sun..", "jdk.internal..", "java.util.logging..")
                .check(CLASSES);
    }

    @Test
    void shouldKeepTheCommandLineInTheLauncher() {
        noClasses().that(DescribedPredicate.describe("are not the launcher's",
                        (JavaClass type) -> !type.getName().contains(".AgentServer")))
                .should().dependOnClassesThat().resideInAnyPackage(PICOCLI)
                .check(CLASSES);
    }
}
