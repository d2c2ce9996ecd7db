/// containerd's filter expressions: `name==x,labels."a.b"~=/re/,kind`.
///
/// Knows no snapshots; what is filtered shows its fields through
/// [io.thaw.daemon.snapshot.filter.Fields].
@NullMarked
package io.thaw.daemon.snapshot.filter;

import org.jspecify.annotations.NullMarked;
