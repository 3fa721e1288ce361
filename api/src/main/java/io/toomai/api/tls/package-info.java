/// Certificates and keys from PEM files, replaceable while connections are served.
@NullMarked
package io.toomai.api.tls;

import org.jspecify.annotations.NullMarked;
