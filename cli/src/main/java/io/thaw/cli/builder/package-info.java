/// `thaw builder`: the commands around the service that indexes on push.
///
/// `notify` reads what registries say, `intake` decides what becomes of it, `queue` keeps the jobs,
/// `work` does them, `web` answers requests and puts all together.
@NullMarked
package io.thaw.cli.builder;

import org.jspecify.annotations.NullMarked;
