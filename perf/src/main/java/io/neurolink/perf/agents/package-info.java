/** Many runs of an agent at once: what the agent bridge adds to a model. */
package io.neurolink.perf.agents;
