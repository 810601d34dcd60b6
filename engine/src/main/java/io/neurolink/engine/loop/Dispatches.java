package io.neurolink.engine.loop;

import java.util.Arrays;

/** How the events of each endpoint reach its handlers, by the index of the endpoint. Belongs to the loop. */
final class Dispatches {
    private Dispatch[] byEndpoint;

    Dispatches(int endpointCount) {
        this.byEndpoint = new Dispatch[endpointCount];
    }

    void put(int index, Dispatch dispatch) {
        if (index >= byEndpoint.length) {
            byEndpoint = Arrays.copyOf(byEndpoint, index + 1);
        }
        byEndpoint[index] = dispatch;
    }

    Dispatch get(int index) {
        return byEndpoint[index];
    }

    /** Nothing more comes from this endpoint; what came before is still taken. */
    void remove(int index) {
        byEndpoint[index].wakeUp();
        byEndpoint[index] = null;
    }

    void wakeUp() {
        for (Dispatch dispatch : byEndpoint) {
            if (dispatch != null) {
                dispatch.wakeUp();
            }
        }
    }
}
