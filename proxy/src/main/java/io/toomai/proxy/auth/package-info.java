/// Who may log in to the proxy, and how: rules, maps, user lists. Pure: what is read from files
/// comes in as text.
@NullMarked
package io.toomai.proxy.auth;

import org.jspecify.annotations.NullMarked;
