/// The REST server: routes, who may change things, TLS, limits.
@NullMarked
package io.toomai.api.rest;

import org.jspecify.annotations.NullMarked;
