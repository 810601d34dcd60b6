/** The demo agent: needs no key and no network, and answers so predictably that scripts can check it. */
package io.neurolink.agent.demo;
