/** The code of README and docs, compiled and run: {@code DocsTest} finds every Java block of the documents here, word for word. */
package io.neurolink.samples;
