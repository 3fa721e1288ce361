/// HTTP/1.1 on connections of our own, for the stores that speak it: every wait is bounded.
@NullMarked
package io.toomai.dcs.http;

import org.jspecify.annotations.NullMarked;
