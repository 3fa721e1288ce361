/// What the pages say.
@NullMarked
package io.toomai.proxy.page;

import org.jspecify.annotations.NullMarked;
