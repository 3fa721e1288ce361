/// Tests of the documents.
@NullMarked
package io.toomai.dcs.document;

import org.jspecify.annotations.NullMarked;
