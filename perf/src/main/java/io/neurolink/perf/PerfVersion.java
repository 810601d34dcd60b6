package io.neurolink.perf;

import picocli.CommandLine.IVersionProvider;

/** The version, as the jar's manifest has it. */
public final class PerfVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Perf.class.getPackage().getImplementationVersion();
        return new String[] {"neurolink-perf " + (version == null ? "(not from a jar)" : version)};
    }
}
