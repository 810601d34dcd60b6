package io.neurolink.perf.attack;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.perf.server.Balances;
import io.neurolink.perf.server.Certificate;
import io.neurolink.perf.server.TargetProcess;
import io.neurolink.perf.server.TargetState;
import io.neurolink.perf.wire.Driver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/** Makes attacks, one after the other, those of one profile on one server; what each left behind would show in the next. */
final class AttackRunner {
    private static final int HEAP_MEGABYTES = 512;

    /** What the live heap may have grown by after an attack: classes and code of paths that were not walked before. */
    private static final long HEAP_SLACK = 12L * 1024 * 1024;
    private static final int DESCRIPTORS_SLACK = 8;
    private static final long CALM_DOWN_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int MAX_GROWTH = 3;
    private static final int REHEARSALS = 3;

    private final boolean isShort;
    private final long floorNs;
    private final Certificate certificate;

    /**
     * @param isShort     small numbers.
     * @param floorNs     a p99 of the neighbour below this is good whatever it was before.
     * @param certificate for servers that speak TLS.
     */
    AttackRunner(boolean isShort, long floorNs, Certificate certificate) {
        this.isShort = isShort;
        this.floorNs = floorNs;
        this.certificate = certificate;
    }

    /** Makes the attacks of a profile. @param told gets each result at once. */
    void run(Profile profile, List<Attack> attacks, Consumer<AttackResult> told) throws Exception {
        if (attacks.isEmpty()) {
            return;
        }
        SSLContext tls = profile == Profile.TLS ? certificate.trust() : null;
        try (TargetProcess target = TargetProcess.start(HEAP_MEGABYTES, profile.maxDescriptors(), profile.options(certificate));
                NeighbourProcess neighbour = new NeighbourProcess(target.address(), tls == null ? null : certificate)) {
            measure(neighbour, isShort ? 1500 : 5000);
            for (Attack attack : attacks) {
                if (!isShort) {
                    rehearse(attack, target, tls);
                }
                told.accept(run(attack, target, neighbour, tls));
            }
            neighbour.leave();
            List<String> faults = faultsOfEnd(target);
            if (!faults.isEmpty()) {
                throw new IllegalStateException("the end of the server of " + profile + ": " + faults);
            }
        }
    }

    /** A server that has run for a while has compiled all of its code; what comes after meets one that has, too. */
    private static void rehearse(Attack attack, TargetProcess target, SSLContext tls) throws Exception {
        TargetState before = target.collected();
        for (int i = 0; i < REHEARSALS; i++) {
            try (Driver driver = new Driver(target.address())) {
                attack.run().on(new Stage(target, driver, before, tls, true));
                driver.resetAll();
            }
            calmedDown(target, before, new ArrayList<>());
        }
    }

    private static NeighbourProcess.Times measure(NeighbourProcess neighbour, long millis) {
        neighbour.start();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
        return neighbour.stop();
    }

    private AttackResult run(Attack attack, TargetProcess target, NeighbourProcess neighbour, SSLContext tls) throws Exception {
        NeighbourProcess.Times calm = measure(neighbour, isShort ? 750 : 4000);
        TargetState before = target.collected();
        long residentBefore = target.residentBytes();
        long beginNs = System.nanoTime();
        List<String> faults = new ArrayList<>();
        List<String> bounds;
        NeighbourProcess.Times attacked;
        MemorySampler memory = new MemorySampler(target);
        try (memory; Driver driver = new Driver(target.address())) {
            Stage stage = new Stage(target, driver, before, tls, isShort);
            neighbour.start();
            make(attack, stage);
            attacked = neighbour.stop();
            driver.resetAll();
            bounds = stage.bounds();
            faults.addAll(stage.faults());
            driver.failures().forEach(failure -> faults.add("the attack itself failed: " + failure));
        }
        TargetState after = calmedDown(target, before, faults);
        double seconds = (System.nanoTime() - beginNs) / 1e9;
        var amounts = new AttackResult.Memory(residentBefore, memory.maxResident(), target.residentBytes(), before.get(TargetState.HEAP),
                memory.maxHeap(), after.get(TargetState.HEAP), before.get(TargetState.DIRECT), memory.maxDirect(),
                after.get(TargetState.DIRECT));
        checkNeighbour(neighbour, calm, attacked, faults);
        checkAfter(target, before, after, faults);
        checkComplaints(target, attack.profile(), faults);
        visit(target, tls, faults);
        return new AttackResult(attack.name(), bounds, amounts, calm, attacked, seconds, faults);
    }

    /** What keeps one attack from being made keeps the others from nothing. */
    private static void make(Attack attack, Stage stage) throws Exception {
        try {
            attack.run().on(stage);
        } catch (IOException e) {
            stage.expect(false, "the attack itself failed: " + e);
        }
    }

    // ------------------------------------------------------------------ what must hold afterwards

    /** Waits until every gauge is where it was. */
    private static TargetState calmedDown(TargetProcess target, TargetState before, List<String> faults) {
        long beginNs = System.nanoTime();
        TargetState now = target.state();
        while (!Balances.gaugesOff(before, now).isEmpty() && System.nanoTime() - beginNs < CALM_DOWN_NS) {
            LockSupport.parkNanos(PAUSE_NS);
            now = target.state();
        }
        faults.addAll(Balances.gaugesOff(before, now));
        TargetState after = target.collected();
        // Whom the system still keeps for a listener that rests is taken, and let go, when it goes on.
        while (hasMoreDescriptors(before, after) && System.nanoTime() - beginNs < CALM_DOWN_NS) {
            LockSupport.parkNanos(PAUSE_NS);
            after = target.collected();
        }
        return after;
    }

    private static boolean hasMoreDescriptors(TargetState before, TargetState after) {
        return after.get(TargetState.DESCRIPTORS) > before.get(TargetState.DESCRIPTORS) + DESCRIPTORS_SLACK;
    }

    /** Attackers and server share the machine: what they take from a line without a server, they take from the neighbour, too. */
    private void checkNeighbour(NeighbourProcess neighbour, NeighbourProcess.Times calm, NeighbourProcess.Times attacked,
            List<String> faults) {
        faults.addAll(neighbour.complaints());
        long machineNs = attacked.control().getValueAtPercentile(99) - calm.control().getValueAtPercentile(99);
        long limitNs = Math.max(floorNs, MAX_GROWTH * calm.echoes().getValueAtPercentile(99)) + Math.max(0, machineNs);
        if (attacked.echoes().getValueAtPercentile(99) > limitNs) {
            faults.add(String.format("the neighbour's p99 grew beyond %.1f ms", limitNs / 1e6));
        }
    }

    private static void checkAfter(TargetProcess target, TargetState before, TargetState after, List<String> faults) throws IOException {
        faults.addAll(Balances.off(after));
        if (after.get(EngineCounter.LOOP_ERRORS.label()) != before.get(EngineCounter.LOOP_ERRORS.label())) {
            faults.add("errors in the loop: " + target.errors());
        }
        if (after.get(TargetState.HEAP) - before.get(TargetState.HEAP) > HEAP_SLACK) {
            faults.add("the live heap has grown");
        }
        if (hasMoreDescriptors(before, after)) {
            faults.add("descriptors were " + before.get(TargetState.DESCRIPTORS) + " and are " + after.get(TargetState.DESCRIPTORS));
        }
    }

    /** Nothing on standard error, but for the one line that tells the operator that there are no descriptors left. */
    private static void checkComplaints(TargetProcess target, Profile profile, List<String> faults) throws IOException {
        String complaints = target.complaints();
        boolean isWarranted = profile == Profile.FEW_DESCRIPTORS && complaints.contains("accept.errors: first of its kind");
        if (!complaints.isEmpty() && !isWarranted) {
            faults.add("standard error: " + complaints);
        }
    }

    private static void visit(TargetProcess target, SSLContext tls, List<String> faults) {
        try {
            Neighbour.visit(target.address(), tls);
        } catch (IOException e) {
            faults.add("a new visitor was not served: " + e);
        }
    }

    private static List<String> faultsOfEnd(TargetProcess target) {
        TargetState end = target.end();
        List<String> faults = new ArrayList<>(Balances.off(end));
        faults.addAll(Balances.gaugesOff(TargetState.zero(), end));
        return faults;
    }
}
