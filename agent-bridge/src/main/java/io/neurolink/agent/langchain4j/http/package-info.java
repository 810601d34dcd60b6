/**
 * The HTTP client below LangChain4j's models. It parks no thread while a model thinks, can be stopped at any moment, also before the first
 * byte of the answer, reads no faster than its owner takes, and keeps what a provider says about trying again.
 */
package io.neurolink.agent.langchain4j.http;
