/** The soak: mixed traffic for as long as one likes, after which nothing may be left and memory may not have grown. */
package io.neurolink.perf.soak;
