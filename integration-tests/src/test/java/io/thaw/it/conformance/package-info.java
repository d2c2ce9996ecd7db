/// Rules that every snapshotter has to keep, and the snapshotters that are held to them.
package io.thaw.it.conformance;
