/// JSON as values: what documents, REST bodies and answers are made of. Nothing here knows what any
/// of them means.
@NullMarked
package io.toomai.settings.json;

import org.jspecify.annotations.NullMarked;
