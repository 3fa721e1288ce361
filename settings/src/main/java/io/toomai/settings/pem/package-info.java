/// Certificates and keys in the files that settings name.
@NullMarked
package io.toomai.settings.pem;

import org.jspecify.annotations.NullMarked;
