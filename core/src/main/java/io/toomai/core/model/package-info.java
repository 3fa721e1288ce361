/// The units and names that everything else is made of.
@NullMarked
package io.toomai.core.model;

import org.jspecify.annotations.NullMarked;
