/**
 * What users of the engine implement, and the narrow views they are handed. Every method says which thread calls it and whether it may
 * block.
 */
package io.neurolink.engine.spi;
