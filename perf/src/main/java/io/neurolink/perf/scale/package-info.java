/** What a cluster of any size would carry, by a model and by a simulation that checks it, from costs measured on one node. */
package io.neurolink.perf.scale;
