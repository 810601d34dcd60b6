package io.neurolink.engine;

import io.neurolink.engine.ScriptedServer.Action;
import io.neurolink.engine.ScriptedServer.Kind;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever peers, application, time and lines do, and in whatever order everybody has a turn: the promises are kept. */
class LockStepScriptTest {
    @Provide
    Arbitrary<List<Action>> scripts() {
        Arbitrary<Kind> kinds = Arbitraries.frequencyOf(
                Tuple.of(20, Arbitraries.of(Kind.TURNS)),
                Tuple.of(20, Arbitraries.of(Kind.TRAFFIC)),
                Tuple.of(8, Arbitraries.of(Kind.LINES)),
                Tuple.of(2, Arbitraries.of(Kind.ENDS)));
        Arbitrary<Integer> amounts = Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.integers().between(0, 40)),
                Tuple.of(1, Arbitraries.integers().between(0, 100_000)));
        return Combinators.combine(kinds, Arbitraries.integers().between(0, 3), amounts).as(Action::new).list().ofMinSize(1).ofMaxSize(150);
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void shouldKeepItsPromises(@ForAll Mode mode, @ForAll("settings") int settings, @ForAll("scripts") List<Action> script) {
        ScriptedServer server = new ScriptedServer(mode, settings);
        script.forEach(server::apply);
        server.end();
    }

    @Provide
    Arbitrary<Integer> settings() {
        return Arbitraries.integers().between(0, ScriptedSettings.COUNT - 1);
    }
}
