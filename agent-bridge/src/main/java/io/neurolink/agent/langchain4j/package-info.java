/**
 * LangChain4j at work for agents: its models as providers, its {@code @Tool} methods and MCP client as sources of tools. The libraries are
 * optional dependencies of this module; without them nothing else misses them.
 */
package io.neurolink.agent.langchain4j;
