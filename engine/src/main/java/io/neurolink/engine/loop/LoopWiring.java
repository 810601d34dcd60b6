package io.neurolink.engine.loop;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.transport.Poller;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/**
 * What a loop is given at its start.
 *
 * @param settings         sizes and times
 * @param endpoints        whose connections it carries, in the order of their index
 * @param frontDoor        who may come in; one for all loops
 * @param shedder          watches over the memory budget; one for all loops
 * @param requestHandler   answers plain HTTP requests
 * @param poller           its own
 * @param proxy            its own
 * @param counters         its own
 * @param clock            tells the time of a cycle
 * @param epochClock       tells the date
 * @param coldExecutor     runs what may block; bounded
 * @param errorHandler     is told what should not have happened
 * @param handlerErrors    is told what the application's code throws
 * @param stallThresholdNs a cycle that takes longer is counted as a stall
 * @param shutdown         tells whether upgrades are to be refused
 * @param accessLog        takes what is to be logged, at once; null if nothing is
 */
public record LoopWiring(
        LoopSettings settings,
        List<? extends Endpoint> endpoints,
        FrontDoor frontDoor,
        LoadShedder shedder,
        RequestHandler requestHandler,
        Poller poller,
        EventLoopProxy proxy,
        CounterSet counters,
        NanoClock clock,
        EpochClock epochClock,
        Executor coldExecutor,
        ErrorHandler errorHandler,
        ErrorHandler handlerErrors,
        long stallThresholdNs,
        BooleanSupplier shutdown,
        Consumer<AccessEntry> accessLog) {
}
