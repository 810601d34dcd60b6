/** Holds what is published to what was promised: the public API, the POMs, the notices in the jars. */
package io.neurolink.api;
