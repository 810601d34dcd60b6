/**
 * Brings the metrics of a server into a registry of Micrometer. Nobody else needs Micrometer: it is an optional dependency, and these
 * classes are loaded only by whoever names them.
 */
package io.neurolink.engine.micrometer;
