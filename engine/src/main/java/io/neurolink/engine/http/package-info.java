/**
 * Plain HTTP beside the WebSockets: which route answers a request, and files. Nothing here touches a socket; requests come in whole, and
 * everything may be called by several threads at once.
 */
package io.neurolink.engine.http;
