/// What an operator's browser, and what reads HAProxy's statistics, sees of a proxy. Pure.
@NullMarked
package io.toomai.proxy.page;

import org.jspecify.annotations.NullMarked;
